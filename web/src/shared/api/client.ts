import i18n from 'i18next'
import { authorization, forget, reach, refresh, useSession } from './session'
import { problemOf } from './problem'
import type { Page } from './records'

export type Query = Record<string, string | number | boolean | null | undefined>

interface Call {
  query?: Query
  body?: unknown
  signal?: AbortSignal
}

const LARGEST_PAGE = 200
const AGAIN = [502, 503, 504]

/** One call of the API (`path` is under /api/v1), answered with its JSON. Throws Problem. */
export async function call<T>(method: string, path: string, { query, body, signal }: Call = {}): Promise<T> {
  const answer = await send(method, path, { query, body, signal })
  if (answer.status === 204) return undefined as T
  const said = await answer.json().catch(() => ({}))
  if (answer.ok) return said as T
  // A batch in which nothing succeeded answers 409 with the same body as a success.
  if (answer.status === 409 && 'failed' in said) return said as T
  throw problemOf(answer.status, said, answer.statusText)
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal })
export const post = <T>(path: string, body: unknown = {}) => call<T>('POST', path, { body })
export const put = <T>(path: string, body: unknown) => call<T>('PUT', path, { body })
export const patch = <T>(path: string, body: unknown) => call<T>('PATCH', path, { body })
export const remove = (path: string) => call<void>('DELETE', path)

/** All rows of a list, page by page. Throws Problem. */
export async function getAll<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T[]> {
  const rows: T[] = []
  for (let page = 1; ; page += 1) {
    const { items, total } = await get<Page<T>>(path, { ...query, page, page_size: LARGEST_PAGE }, signal)
    rows.push(...items)
    if (!items.length || rows.length >= total) return rows
  }
}

/** A file of the API as a blob with its name. Throws Problem. */
export async function download(path: string, query?: Query): Promise<{ blob: Blob; name: string }> {
  const answer = await send('GET', path, { query })
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => ({})), answer.statusText)
  return { blob: await answer.blob(), name: fileName(answer.headers.get('Content-Disposition') ?? '') }
}

/** The name a Content-Disposition header gives, RFC 6266 first. */
function fileName(header: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1]
  return extended ? decodeURIComponent(extended) : (/filename="?([^";]+)"?/i.exec(header)?.[1] ?? 'download')
}

async function send(method: string, path: string, { query, body, signal }: Call): Promise<Response> {
  const key = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const once = () => request(method, path, { query, body, signal }, key)
  let answer = await once()
  // The key makes it safe to ask again: what was done is not done twice.
  if (AGAIN.includes(answer.status)) answer = await wait(600, signal).then(once)
  if (answer.status !== 401) return answer
  await refresh(useSession.getState().token)
  answer = await once()
  if (answer.status === 401) forget(true)
  return answer
}

async function request(method: string, path: string, { query, body, signal }: Call, key: string): Promise<Response> {
  const isForm = body instanceof FormData
  const headers: Record<string, string> = { ...(await authorization()), 'Accept-Language': i18n.language }
  if (method !== 'GET') headers['Idempotency-Key'] = key
  if (body !== undefined && !isForm) headers['Content-Type'] = 'application/json'
  const content = body === undefined ? undefined : isForm ? body : JSON.stringify(body)
  return reach(address(path, query), { method, headers, body: content, signal })
}

function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return `/api/v1${path}${text ? `?${text}` : ''}`
}

const wait = (milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((done, stop) => {
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', () => (clearTimeout(timer), stop(signal.reason)))
  })
