/** A record of any module: ids, version and what the caller may do with it, and its fields. */
export interface Row {
  id: string
  version?: number
  can?: string[]
  [field: string]: unknown
}

/** A page of a list. */
export interface Page<T = Row> {
  items: T[]
  page: number
  page_size: number
  total: number
  is_total_exact?: boolean
}

/** How many of a batch succeeded, and why the others did not. */
export interface BatchResult {
  succeeded: number
  failed: { id: string; code: string; detail: string }[]
}

export const isBatchResult = (body: unknown): body is BatchResult =>
  typeof body === 'object' && body !== null && 'succeeded' in body && 'failed' in body

const TITLES = ['name', 'display_name', 'subject', 'title', 'number', 'summary', 'text', 'customer_name', 'username', 'file_name']

/** What a record is called on a page. */
export function titleOf(row: Row | null | undefined): string {
  const name = TITLES.find((one) => row?.[one])
  return name ? String(row?.[name]) : '—'
}

/** What was filled in, without what was left empty. */
export const clean = (values: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ''))

/** How a record is read that is to be filled in: anew each time, and then as it was when the form was opened, whatever others do to it. */
export const AS_OPENED = { gcTime: 0, staleTime: Infinity } as const
