import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { addressNow, changed } from '@/shared/ui/useAddress'
import { get } from '@/shared/api/client'
import { may } from '@/shared/api/session'
import type { Page } from '@/shared/api/records'
import type { Meta, SavedView } from '@/shared/meta/types'
import { remember } from '@/shared/fields/names'
import { asParameter, both, readTree, type Tree } from '@/shared/filters/tree'
import { pathOf, type ModuleConfig, type TabConfig } from './config'

const PAGE_SIZE = 20
const LARGEST_PAGE = 100

/** In the address in place of a view: every record, also where another view is the default. */
export const EVERY = 'all'

/** What a list shows: everything stands in the address. */
export interface ListState {
  tab?: TabConfig
  module: string
  q: string
  filter: Tree | null
  sort: string
  page: number
  size: number
  view: string | null
  columns: string[] | null
  params: Record<string, string>
  /** The address says nothing but the module: the list as it is first opened. */
  isBare: boolean
  /** Change parts of the address; as a step of its own in the browser's history unless it replaces the last one. */
  set: (changes: Record<string, string | null>, replace?: boolean) => void
}

/** The list's state from the address; `fixed` is a filter that always holds (a related list). */
export function useListState(config: ModuleConfig, embedded = false): ListState {
  const [params, setParams] = useSearchParams()
  const tabs = (config.tabs ?? []).filter((tab) => may(tab.permission))
  const at = (name: string) => (embedded ? null : params.get(name))
  const tab = tabs.find((one) => one.key === at('tab')) ?? tabs[0]
  return {
    tab,
    module: tab?.module ?? config.module,
    q: at('q') ?? '',
    filter: readTree(at('filter')),
    sort: at('sort') ?? '',
    page: Math.max(1, Number(at('page')) || 1),
    size: Math.min(LARGEST_PAGE, Number(at('size')) || PAGE_SIZE),
    view: at('view'),
    columns: at('columns')?.split(',').filter(Boolean) ?? null,
    params: tab?.params ?? {},
    isBare: !embedded && params.size === 0,
    set: (changes, replace = false) =>
      setParams(() => changed(addressNow(), 'page' in changes ? changes : { ...changes, page: null }), { replace }),
  }
}

/** The query parameters of a list's state, as list and export take them. */
export function queryOf(state: ListState, fixed?: Tree | null) {
  return { q: state.q, filter: asParameter(both(fixed, state.tab?.filter, state.filter)), sort: state.sort, ...state.params }
}

/** The saved views of a list; null where the server keeps none. */
export function useViews(module: string, meta?: Meta): SavedView[] | null {
  const kept = Boolean(meta && ('views' in meta || meta.operations?.includes('views')))
  const { data } = useQuery({ queryKey: ['views', module], queryFn: () => get<Page<SavedView & { id: string }> | SavedView[]>(`${pathOf(module)}/views`), enabled: kept })
  return kept ? ((Array.isArray(data) ? data : data?.items) ?? meta?.views ?? []) : null
}

/** The view that a list opens with as long as its address says nothing. */
export const openingOf = (views: SavedView[] | null, state: ListState): SavedView | undefined => (state.isBare ? views?.find((view) => view.is_default) : undefined)

/** The rows of a list. Old rows stay while new ones come. */
export function useRows(state: ListState, fixed?: Tree | null, size = state.size) {
  const { i18n } = useTranslation()
  const client = useQueryClient()
  const query = useMemo(() => ({ ...queryOf(state, fixed), page: state.page, page_size: size }), [state.module, state.q, state.filter, state.sort, state.page, size, state.tab?.key, fixed])
  const rows = useQuery({
    queryKey: [state.module, 'list', query, i18n.language, state.view],
    queryFn: ({ signal }) => get<Page>(pathOf(state.module), query, signal),
    // What stood there before a view was opened has nothing to do with it.
    placeholderData: (old, before) => (state.view && before && !before.queryKey[4] ? undefined : old),
  })
  useEffect(() => {
    if (rows.data) remember(client, state.module, rows.data.items)
  }, [rows.data])
  return rows
}
