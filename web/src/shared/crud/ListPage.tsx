import { useQueryClient } from '@tanstack/react-query'
import { Button, Pagination, Segmented } from 'antd'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { may } from '@/shared/api/session'
import type { Row } from '@/shared/api/records'
import type { Tree } from '@/shared/filters/tree'
import { defaultColumns, useMeta, inSentence } from '@/shared/meta/meta'
import { useKey } from '@/shared/ui/keys'
import { Before, Busy, Failed, isPassing, Loading, Nothing } from '@/shared/ui/states'
import { useWide } from '@/shared/ui/useWide'
import { BatchBar } from './BatchBar'
import { configOf, hasBatches, permissionOf, type Values } from './config'
import { Cards } from './Cards'
import { ListTable } from './ListTable'
import { ListTools } from './ListTools'
import { SearchCard } from './SearchCard'
import { EVERY, openingOf, useListState, useRows, useViews } from './useList'

const FormDrawer = lazy(() => import('./FormDrawer').then((one) => ({ default: one.FormDrawer })))

interface Props {
  module: string
  /** A related list under a record: a filter that always holds and values for new ones. */
  fixed?: Tree
  start?: Values
}

/** The list of a module: search, tabs, table, batches. */
export function ListPage({ module, fixed, start }: Props) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const embedded = Boolean(fixed)
  const config = configOf(module)
  const state = useListState(config, embedded)
  const rowConfig = configOf(state.module)
  const meta = useMeta(state.module)
  const views = useViews(state.module, embedded ? undefined : meta.data)
  const isOpening = Boolean(openingOf(views, state))
  const builtin = state.q ? undefined : views?.find((view) => view.builtin && view.id === state.view && view.id !== EVERY)
  const rows = useRows(state, fixed, embedded ? 50 : state.size)
  const wide = useWide(768)
  const tabs = (config.tabs ?? []).filter((tab) => may(tab.permission))
  const [ticked, setTicked] = useState<Row[]>([])
  const [form, setForm] = useState<{ id?: string } | null>(null)
  const [made, setMade] = useState<Row | null>(null)
  const [flash, setFlash] = useState<string | null>(null)
  const mayCreate = !config.readOnly && state.module === config.module && may(permissionOf(config, 'create'))
  const remembered = useMemo(() => localStorage.getItem(`highseas.columns.${state.module}`)?.split(',') ?? null, [state.module, state.columns])
  const shown = state.columns ?? remembered ?? state.tab?.columns ?? rowConfig.columns ?? (meta.data ? defaultColumns(meta.data) : [])
  const visible = shown.filter((name) => !(fixed && 'field' in fixed && (name === fixed.field || name === fixed.field.replace(/_id$/, '_name') || name === fixed.field.replace(/_id$/, '_number'))))

  // What is no longer seen is not acted on.
  useEffect(() => setTicked([]), [state.module, state.tab?.key, state.page, state.size, state.q, state.filter && JSON.stringify(state.filter), state.sort])
  const add = () => (config.formPage ? navigate(`/${module}/new${query(start)}`) : setForm({}))
  useKey('n', () => mayCreate && !embedded && add())

  const list = useRef<HTMLElement>(null)
  useKey('j', () => embedded || step(list.current, 1))
  useKey('k', () => embedded || step(list.current, -1))

  const edit = (row: Row) => (config.formPage ? navigate(`/${module}/${row.id}/edit`) : setForm({ id: row.id }))
  const saved = (row: Row) => {
    if (!form?.id && config.Made) setMade(row)
    setFlash(row.id)
    setTimeout(() => setFlash(null), 1600)
    void client.invalidateQueries()
  }
  const tick = !embedded && meta.data && hasBatches(rowConfig, meta.data) ? setTicked : undefined
  const addButton = mayCreate ? (
    <Button type={embedded ? 'default' : 'primary'} onClick={add}>{t('list.new', { what: inSentence(meta.data?.label ?? '') })}</Button>
  ) : null
  const items = rows.data?.items ?? []
  // Rows went away, or the address names a page that never was: the last one that there is.
  const last = Math.max(1, Math.ceil((rows.data?.total ?? 0) / state.size))
  const beyond = Boolean(rows.data && !rows.isPlaceholderData && rows.data.total && !items.length && state.page > last)
  useEffect(() => {
    if (beyond) state.set({ page: String(last) }, true)
  }, [beyond])
  const error = rows.error ?? meta.error
  const holds = Boolean(meta.data && rows.data && isPassing(error))
  const retry = () => void (meta.refetch(), rows.refetch())
  const isFiltered = Boolean(state.q || state.filter)
  const isEmpty = Boolean(rows.data && !rows.data.total && !isFiltered)
  const tools = <ListTools config={rowConfig} meta={meta.data} state={state} columns={shown} fixed={fixed} embedded={embedded} add={isEmpty && !embedded ? null : addButton} />

  return (
    <section ref={list} className={embedded ? 'related' : 'page'} aria-label={meta.data?.label_plural}>
      {embedded ? null : <h1 className="page-title">{t(`menu.${module}`)}</h1>}
      {config.Head && !embedded ? <config.Head tab={state.tab?.key} /> : null}
      {tabs.length > 1 && !embedded ? (
        <Segmented className="tabs" aria-label={t('list.tabs')} value={state.tab?.key} onChange={(key) => state.set({ tab: String(key), view: null, filter: null, sort: null, columns: null })} options={tabs.map((tab) => ({ value: tab.key, label: t(tab.label) }))} />
      ) : null}
      {embedded ? null : <SearchCard config={rowConfig} meta={meta.data} state={state} />}
      <div className="card list-card">
        {ticked.length ? <BatchBar config={rowConfig} meta={meta.data} rows={ticked} onClear={() => setTicked([])} /> : tools}
        {error ? holds ? <Before retry={retry} /> : <Failed error={error} retry={retry} /> : null}
        {!error && (!meta.data || !rows.data || beyond || isOpening) ? <Loading /> : null}
        {meta.data && rows.data && (!error || holds) && items.length === 0 && !beyond && !isOpening ? (
          isFiltered ? (
            <Nothing text={builtin ? t('view.empty', { name: builtin.name }) : t('list.no_match')}><Button onClick={() => state.set({ q: null, filter: null, view: EVERY })}>{t(builtin ? 'view.all' : 'list.clear')}</Button></Nothing>
          ) : (
            <Nothing text={t('list.empty', { what: inSentence(meta.data.label_plural) })}>{embedded ? null : addButton}</Nothing>
          )
        ) : null}
        {meta.data && items.length && (!error || holds) && !isOpening ? (
          <div className={rows.isPlaceholderData ? 'dim' : undefined}>
            {wide ? (
              <ListTable config={rowConfig} meta={meta.data} rows={items} columns={visible} state={state} ticked={ticked} onTick={tick} onEdit={edit} flash={flash} />
            ) : (
              <Cards config={rowConfig} meta={meta.data} rows={items} columns={visible} ticked={ticked} onTick={tick} onEdit={edit} />
            )}
            {embedded && (rows.data?.total ?? 0) <= 50 ? null : (
              <Pagination
                className="pages"
                size={wide ? 'medium' : 'small'}
                hideOnSinglePage={!wide}
                current={state.page}
                pageSize={embedded ? 50 : state.size}
                total={rows.data?.total}
                showSizeChanger={wide && !embedded ? { 'aria-label': t('list.page_size') } : false}
                pageSizeOptions={[20, 50, 100]}
                showTotal={wide ? (total) => t(rows.data?.is_total_exact === false ? 'list.more_than' : 'list.total', { count: total }) : undefined}
                onChange={(page, size) => state.set({ page: page > 1 ? String(page) : null, size: size === 20 ? null : String(size) })}
              />
            )}
          </div>
        ) : null}
      </div>
      {form ? (
        <Suspense fallback={<Busy />}>
          <FormDrawer module={module} id={form.id} start={start} open onClose={() => setForm(null)} onSaved={saved} />
        </Suspense>
      ) : null}
      {made && config.Made ? <Suspense fallback={<Busy />}><config.Made row={made} onClose={() => setMade(null)} /></Suspense> : null}
    </section>
  )
}

/** Take the focus to the next row's name, or the one before. */
function step(list: HTMLElement | null, by: number): void {
  const rows = [...(list?.querySelectorAll('[data-row-key]') ?? [])]
  const now = rows.findIndex((row) => row.contains(document.activeElement))
  const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + by))]
  next?.querySelector<HTMLElement>('a.lnk, button.lnk')?.focus()
}

const query = (start: Values | undefined) => (start ? `?${new URLSearchParams(Object.entries(start).map(([name, value]) => [name, String(value)]))}` : '')
