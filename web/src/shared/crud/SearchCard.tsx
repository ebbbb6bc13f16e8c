import { FilterOutlined, SearchOutlined } from '@ant-design/icons'
import { Badge, Button, Input, type InputRef } from 'antd'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FilterInput } from '@/shared/filters/FilterInput'
import { conditionsOf, treeOf, valueKind, type Condition } from '@/shared/filters/tree'
import { inSentence } from '@/shared/meta/meta'
import type { Meta } from '@/shared/meta/types'
import { useKey } from '@/shared/ui/keys'
import { useWide } from '@/shared/ui/useWide'
import type { ModuleConfig } from './config'
import { describeCondition, describeTree } from '@/shared/filters/words'
import { Busy } from '@/shared/ui/states'
import { EVERY, type ListState } from './useList'

const FilterBuilder = lazy(() => import('@/shared/filters/FilterBuilder').then((one) => ({ default: one.FilterBuilder })))

/** Search, a few quick filters, the filter builder, and what is set as chips. */
export function SearchCard({ config, meta, state }: { config: ModuleConfig; meta?: Meta; state: ListState }) {
  const { t, i18n } = useTranslation()
  const wide = useWide(768)
  const [typed, setTyped] = useState(state.q)
  const [open, setOpen] = useState(false)
  const box = useRef<InputRef>(null)
  useEffect(() => setTyped(state.q), [state.q])
  useKey('/', () => box.current?.focus())
  const found = conditionsOf(state.filter)
  const conditions = found?.conditions ?? []
  const quick = (config.quick ?? []).flatMap((name) => meta?.fields.find((field) => field.name === name && field.filterable) ?? [])
  const searched = meta?.fields.filter((field) => field.searchable).map((field) => inSentence(field.label)).join(t('list.and'))

  const apply = (next: Condition[], any = found?.any) => state.set({ filter: asText(next, any), view: next.length ? null : EVERY })
  const change = (name: string, value: unknown) => {
    const rest = conditions.filter((one) => one.field !== name)
    const isSet = Array.isArray(value) ? value.length : value !== null && value !== undefined
    apply(isSet ? [...rest, { field: name, op: Array.isArray(value) ? 'in' : 'eq', value }] : rest)
  }
  const valueFor = (name: string) => conditions.find((one) => one.field === name && ['in', 'eq'].includes(one.op))?.value

  return (
    <div className="card search-card" role="search">
      <div className="search-row">
        <Input
          ref={box}
          className="search-box"
          prefix={<SearchOutlined />}
          aria-label={t('list.search')}
          placeholder={searched ? t('list.search_in', { fields: searched }) : t('list.search')}
          value={typed}
          allowClear
          onChange={(event) => (setTyped(event.target.value), event.target.value === '' && state.set({ q: null }))}
          onPressEnter={(event) => event.nativeEvent.isComposing || state.set({ q: typed.trim() || null })}
        />
        {wide ? quick.map((field) => (
          <label className="quick" key={field.name}>
            <span>{field.label}</span>
            <FilterInput name={field.label} field={field} op={field.type === 'yes_no' ? 'eq' : 'in'} value={valueFor(field.name)} onChange={(value) => change(field.name, value)} />
          </label>
        )) : null}
        <Button onClick={() => state.set({ q: typed.trim() || null })}>{t('list.search_do')}</Button>
        <Badge count={conditions.length} size="small" color="#1F5EDB">
          <Button icon={<FilterOutlined />} onClick={() => setOpen(true)} aria-label={t('filter.title')}>{wide ? t('filter.title') : null}</Button>
        </Badge>
      </div>
      {state.filter ? (
        <div className="chips">
          {found ? conditions.map((condition, index) => (
            <span className="chip" key={`${condition.field}-${index}`}>
              <span>{describeCondition(condition, meta, t, i18n.language)}</span>
              <button type="button" aria-label={t('filter.drop')} onClick={() => apply(conditions.filter((_, at) => at !== index))}>×</button>
            </span>
          )) : <span className="chip"><span>{describeTree(state.filter, meta, t, i18n.language)}</span></span>}
          <button type="button" className="lnk" onClick={() => state.set({ filter: null, q: null, view: EVERY })}>{t('list.clear')}</button>
        </div>
      ) : null}
      {open && meta ? (
        <Suspense fallback={<Busy />}>
          <FilterBuilder meta={meta} conditions={conditions} any={found?.any ?? false} onClose={() => setOpen(false)} onApply={(next, any) => (apply(next, any), setOpen(false))} />
        </Suspense>
      ) : null}
    </div>
  )
}

const asText = (conditions: Condition[], any = false): string | null => {
  const tree = treeOf(conditions.filter((one) => valueKind(one.op) === 'none' || one.value !== undefined), any)
  return tree ? JSON.stringify(tree) : null
}
