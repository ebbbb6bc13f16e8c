import { QueryClient, useQuery } from '@tanstack/react-query'
import { asParameter } from '@/shared/filters/tree'
import { get } from '@/shared/api/client'
import type { Page, Row } from '@/shared/api/records'

type Waiting = Map<string, ((row: Row | null) => void)[]>

const waiting = new Map<string, Waiting>()
const AT_ONCE = 100

/** The record behind a reference, or null where the caller may not see it. One request for all references of a page. */
export function useReferenced(module: string | undefined, id: unknown) {
  return useQuery({
    queryKey: ['referenced', module, id],
    queryFn: () => ask(module!, String(id)),
    enabled: Boolean(module && id),
    staleTime: 60_000,
  })
}

/** Remember records that were shown anyway, so that nobody asks for their names. */
export function remember(client: QueryClient, module: string, rows: Row[]): void {
  for (const row of rows) client.setQueryData(['referenced', module, row.id], row)
}

function ask(module: string, id: string): Promise<Row | null> {
  return new Promise((answer) => {
    const open = waiting.get(module) ?? new Map()
    if (!waiting.has(module)) {
      waiting.set(module, open)
      setTimeout(() => void send(module, open), 15)
    }
    open.set(id, [...(open.get(id) ?? []), answer])
  })
}

async function send(module: string, open: Waiting): Promise<void> {
  waiting.delete(module)
  const ids = [...open.keys()]
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE)
    const filter = asParameter({ field: 'id', op: 'in', value: some })
    const page = await get<Page>(`/${module}`, { filter, page_size: AT_ONCE }).catch(() => null)
    const found = new Map(page?.items.map((row) => [row.id, row]))
    for (const id of some) open.get(id)?.forEach((answer) => answer(found.get(id) ?? null))
  }
}
