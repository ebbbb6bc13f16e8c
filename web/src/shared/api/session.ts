import i18n from 'i18next'
import { create } from 'zustand'
import type { Impersonation } from './contracts'
import { Problem, problemOf } from './problem'

/** The person who is logged in. */
export interface Account {
  id: string
  username: string
  display_name: string
  roles: string[]
  language: string | null
  email?: string | null
  remind_by_mail?: boolean
}

interface SessionState {
  token: string | null
  account: Account | null
  permissions: string[]
  scopes: Record<string, string>
  /** Whose midnight ends a day in the organisation. */
  timeZone?: string
  /** Whether a log-in asks for a second factor. */
  twoFactor: boolean
  /** When acting as somebody else ends; null while one is oneself. */
  actsUntil: number | null
  /** The server could not be asked yet who is logged in. */
  isAway: boolean
  /** The log-in came to its end without the person's doing. */
  hasEnded: boolean
}

const NOBODY: SessionState = { token: null, account: null, permissions: [], scopes: {}, twoFactor: false, actsUntil: null, isAway: false, hasEnded: false }
const KNOWN = 'highseas.logged-in'
const EARLY_SECONDS = 30
const FIRST_WAIT = 1000
const LONGEST_WAIT = 15_000

export const useSession = create<SessionState>(() => NOBODY)

let endsAt = 0
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('highseas.session')

/** Whether the caller has a permission ("order:approve"); none asked for is always granted. */
export function may(permission: string | undefined, permissions = useSession.getState().permissions): boolean {
  return !permission || permissions.includes('*') || permissions.includes(permission)
}

/** The session an access token belongs to. */
export function sessionId(token: string | null): string | null {
  const claims = token?.split('.')[1]
  return claims ? (JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).sid ?? null) : null
}

/** Log in; the refresh token stays in a cookie no script can read. Throws Problem. */
export async function logIn(username: string, password: string, otp?: string): Promise<void> {
  keep(await post('login', { username, password, ...(otp ? { otp } : {}) }))
  localStorage.setItem(KNOWN, '1')
  await loadMe()
}

/** Take up the session of the cookie, if there is one. While the server is away it is tried again and again, and the pages wait. */
export async function resume(): Promise<void> {
  for (let again = FIRST_WAIT; localStorage.getItem(KNOWN) && !useSession.getState().account; again = Math.min(again * 2, LONGEST_WAIT)) {
    try {
      await refresh(useSession.getState().token)
      await loadMe()
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return forget(true)
      useSession.setState({ isAway: true })
      await pause(again)
    }
  }
  useSession.setState({ isAway: false })
}

/** End the session here and in the other tabs. */
export async function logOut(): Promise<void> {
  try {
    await fetch('/api/v1/auth/logout', { method: 'POST', headers: await authorization() })
  } finally {
    forget()
    channel?.postMessage({ ended: true })
  }
}

/** Act as somebody else, in this tab alone: the browser's own log-in stays, and a reload takes it up again. Throws Problem. */
export async function actAs(tokens: Impersonation): Promise<void> {
  endsAt = Date.now() + tokens.expires_in! * 1000
  useSession.setState({ token: tokens.access_token!, actsUntil: endsAt })
  await loadMe()
}

/** Be oneself again. */
export async function actAsOneself(): Promise<never> {
  await fetch('/api/v1/auth/logout', { method: 'POST', headers: { Authorization: `Bearer ${useSession.getState().token}` } }).catch(() => undefined)
  return startAgain()
}

/** What was begun in another's name must not go on in one's own: the page starts from nothing, and the call that came too late never ends. */
function startAgain(): Promise<never> {
  location.assign('/')
  return new Promise(() => undefined)
}

/** The header that says who calls; renews the token shortly before it ends. */
export async function authorization(): Promise<Record<string, string>> {
  const { token } = useSession.getState()
  if (token && Date.now() > endsAt - EARLY_SECONDS * 1000) await refresh(token)
  return { Authorization: `Bearer ${useSession.getState().token ?? ''}` }
}

/** Get a new token, unless another call or tab has just got one in place of `stale`. A refusal ends the session. Throws Problem. */
export async function refresh(stale: string | null): Promise<void> {
  if (useSession.getState().actsUntil) return startAgain()
  await alone(async () => {
    if (useSession.getState().token !== stale) return
    try {
      keep(await post('refresh', {}))
    } catch (error) {
      if (error instanceof Problem && error.status === 401) forget(true)
      throw error
    }
  })
}

/** Nobody is logged in any more; pages show the log-in, and say why where it `hasEnded` by itself. */
export function forget(hasEnded = false): void {
  // A call that was under way during a log-out, or beside the first to be refused, says nothing new.
  const isNew = localStorage.getItem(KNOWN) !== null
  localStorage.removeItem(KNOWN)
  useSession.setState((before) => ({ ...NOBODY, hasEnded: isNew ? hasEnded : before.hasEnded }))
}

/** Read who is logged in and what they may do. Throws Problem. */
export async function loadMe(): Promise<void> {
  const answer = await reach('/api/v1/auth/me', { headers: await authorization() })
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw problemOf(answer.status, body, answer.statusText)
  useSession.setState({ account: body.user, permissions: body.permissions, scopes: body.scopes, twoFactor: body.two_factor, timeZone: body.organisation?.time_zone })
}

/** Ask the server. Throws a Problem of status 0 where it cannot be reached. */
export async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new Problem(0, 'unreachable', i18n.t('error.unreachable'))
  }
}

interface Tokens {
  access_token: string
  expires_in: number
}

function keep(tokens: Tokens): void {
  endsAt = Date.now() + tokens.expires_in * 1000
  useSession.setState({ token: tokens.access_token })
  channel?.postMessage({ token: tokens.access_token, endsAt })
}

async function post(path: string, body: unknown): Promise<Tokens> {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang }
  const answer = await reach(`/api/v1/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const said = await answer.json().catch(() => ({}))
  if (!answer.ok) throw problemOf(answer.status, said, answer.statusText)
  return said
}

let turn: Promise<unknown> = Promise.resolve()

/** One at a time, in this tab and, by a lock, among all tabs: a refresh token used again later than its grace ends the session. */
async function alone(work: () => Promise<void>): Promise<void> {
  const mine = turn.catch(() => undefined).then(() => ('locks' in navigator ? navigator.locks.request('highseas.refresh', work) : leased(work)))
  turn = mine
  await mine
}

/** The lock where the browser has none (plain http): a lease in the local storage that ends by itself. */
async function leased(work: () => Promise<void>): Promise<void> {
  const me = crypto.getRandomValues(new Uint32Array(2)).join('-')
  for (;;) {
    const [holder, until] = (localStorage.getItem('highseas.lease') ?? '').split('|')
    if (!holder || Number(until) < Date.now()) {
      localStorage.setItem('highseas.lease', `${me}|${Date.now() + 5000}`)
      await pause(30)
      if (localStorage.getItem('highseas.lease')?.startsWith(`${me}|`)) break
    }
    await pause(50)
  }
  try {
    await work()
  } finally {
    localStorage.removeItem('highseas.lease')
  }
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds))

channel?.addEventListener('message', ({ data }) => {
  if (data.ended) useSession.setState(NOBODY)
  else if (useSession.getState().account && !useSession.getState().actsUntil) {
    endsAt = data.endsAt
    useSession.setState({ token: data.token })
  }
})
