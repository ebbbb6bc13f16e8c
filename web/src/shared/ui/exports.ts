import { useQuery } from '@tanstack/react-query'
import { download, get, post, type Query } from '@/shared/api/client'
import type { Export, Exports } from '@/shared/api/contracts'
import { saveFile } from './files'

/** Where one's exports are kept among what was read. */
export const EXPORTS = ['exports']
const EVERY = 1000
const OPEN: unknown[] = ['waiting', 'writing']

/** Begun in this tab, and not saved yet; a reload does not forget them. */
const AWAITED = 'highseas.exports'
const awaited = new Set<string>(JSON.parse(sessionStorage.getItem(AWAITED) ?? '[]'))
const keep = () => sessionStorage.setItem(AWAITED, JSON.stringify([...awaited]))

export const isOpen = ({ status }: Export): boolean => OPEN.includes(status)
export const isAwaited = ({ id }: Export): boolean => awaited.has(id!)

/** Nobody waits for it any more; whether somebody did. */
export function settle({ id }: Export): boolean {
  const wasAwaited = awaited.delete(id!)
  keep()
  return wasAwaited
}

/** Begin to write what a list shows into a file; `query` is what narrows and sorts the list. Throws Problem. */
export async function beginExport(path: string, query: Query): Promise<void> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const begun = await post<Export>(`${path}/export`, Object.fromEntries(given))
  awaited.add(begun.id!)
  keep()
}

/** Save the file of an export. Throws Problem. */
export async function saveExport({ id }: Export): Promise<void> {
  const file = await download(`/exports/${id}/file`)
  saveFile(file.blob, file.name)
}

/** One's exports, looked at again and again while one is being written, from another tab of the browser too. */
export const useExports = (enabled: boolean) =>
  useQuery({
    queryKey: EXPORTS,
    queryFn: () => get<Exports>('/exports'),
    enabled,
    refetchInterval: ({ state }) => (state.data?.items?.some(isOpen) ? EVERY : false),
    refetchIntervalInBackground: true,
  })

/** The formats a list is exported in. */
export const FORMATS = [{ key: 'xlsx', label: 'Excel (.xlsx)' }, { key: 'csv', label: 'CSV (.csv)' }]
