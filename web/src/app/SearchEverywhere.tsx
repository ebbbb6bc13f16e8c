import { SearchOutlined } from '@ant-design/icons'
import { useQueries } from '@tanstack/react-query'
import { Input, Modal, type InputRef } from 'antd'
import { Fragment, useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { get } from '@/shared/api/client'
import { titleOf, type Page, type Row } from '@/shared/api/records'
import { mayOpen, pathOf, SEARCHED } from '@/shared/crud/config'
import { useLate } from '@/shared/ui/useLate'

const EACH = 4
const SHORTEST = 2

interface Found {
  module: string
  rows: Row[]
  total: number
}

/** One search over everything the caller may read. Asked of all lists at once; what is asked stops when typing goes on. */
export function SearchEverywhere({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const name = useId()
  const box = useRef<InputRef>(null)
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [isEntered, setEntered] = useState(false)
  const q = useLate(typed.trim())
  const asks = q.length >= SHORTEST
  const modules = SEARCHED.filter(mayOpen)
  const answers = useQueries({
    queries: modules.map((module) => ({
      queryKey: [module, 'everywhere', q, i18n.language],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<Page>(pathOf(module), { q, page_size: EACH }, signal),
      enabled: asks,
      retry: false,
      staleTime: 10_000,
    })),
  })
  const isLoading = typed.trim().length >= SHORTEST && (q !== typed.trim() || answers.some((answer) => answer.isLoading))
  const found: Found[] = asks ? modules.flatMap((module, index) => (answers[index]?.data?.items.length ? [{ module, rows: answers[index].data.items, total: answers[index].data.total }] : [])) : []
  const places = found.flatMap(({ module, rows }) => rows.map((row) => `/${module}/${row.id}`))
  const before = found.map((_, index) => found.slice(0, index).reduce((sum, one) => sum + one.rows.length, 0))
  const isPartial = asks && answers.some((answer) => answer.isError)
  useEffect(() => setAt(0), [q])
  useEffect(() => document.getElementById(`${name}-${at}`)?.scrollIntoView({ block: 'nearest' }), [at])

  const go = (place: string | undefined) => {
    if (!place) return
    onClose()
    void navigate(place)
  }
  useEffect(() => {
    if (isEntered && !isLoading) go(places[at])
  }, [isEntered, isLoading])
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    // What was found for other letters is not what is meant.
    if (event.key === 'Enter') return isLoading ? setEntered(true) : go(places[at])
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (!by || !places.length) return
    event.preventDefault()
    setAt((at + by + places.length) % places.length)
  }
  return (
    <Modal open afterOpenChange={(open) => open && box.current?.focus()} title={t('search.title')} footer={null} onCancel={onClose} width={640} className="everywhere">
      <Input ref={box} size="large" prefix={<SearchOutlined />} aria-label={t('search.title')} placeholder={t('search.placeholder')} role="combobox" aria-expanded={places.length > 0} aria-controls={name} aria-activedescendant={places.length ? `${name}-${at}` : undefined} aria-autocomplete="list" value={typed} onChange={(event) => (setTyped(event.target.value), setEntered(false))} onKeyDown={press} />
      <ul id={name} role="listbox" aria-label={t('search.found')} aria-busy={isLoading} className={isLoading ? 'dim' : undefined}>
        {found.map(({ module, rows, total }, group) => (
          <Fragment key={module}>
            <li role="presentation" className="group">{t(`menu.${module}`)}{total > rows.length ? <button type="button" className="lnk" tabIndex={-1} onClick={() => go(`/${module}?q=${encodeURIComponent(q)}`)}>{t('bench.all', { count: total })}</button> : null}</li>
            {rows.map((row, index) => {
              const mine = before[group]! + index
              return (
                <li key={row.id} id={`${name}-${mine}`} role="option" aria-selected={mine === at} onMouseEnter={() => setAt(mine)} onClick={() => go(places[mine])}>
                  <span className="what">{titleOf(row)}</span><span className="quiet">{besides(row)}</span>
                </li>
              )
            })}
          </Fragment>
        ))}
      </ul>
      <p className="quiet" role="status">{!asks ? t('search.hint', { count: SHORTEST }) : isLoading ? t('search.looking') : isPartial ? t('search.partial') : places.length ? t('search.keys') : t('search.nothing', { q })}</p>
    </Modal>
  )
}

/** What tells two records of one name apart. */
function besides(row: Row): string {
  const title = titleOf(row)
  return ['number', 'code', 'customer_name', 'owner_name'].flatMap((name) => (row[name] && row[name] !== title ? [String(row[name])] : [])).slice(0, 2).join(' · ')
}
