import { Input, Select } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { ManyInput } from '@/shared/fields/inputs'
import { ReferenceInput } from '@/shared/fields/Reference'
import { FieldInput } from '@/shared/fields/registry'
import { isLong } from '@/shared/meta/meta'
import type { Field } from '@/shared/meta/types'
import { valueKind } from './tree'

const DaysInput = lazy(() => import('./DaysInput').then((one) => ({ default: one.DaysInput })))

interface Props {
  field: Field
  op: string
  value: unknown
  onChange: (value: unknown) => void
  /** What whoever listens hears, where it does not stand beside its field. */
  name?: string
}

/** The input of a condition's value, by field and operator. */
export function FilterInput({ field, op, value, onChange, name }: Props) {
  const { t } = useTranslation()
  const label = name ?? t('filter.value')
  const kind = valueKind(op)
  if (kind === 'none') return null
  if (kind === 'days') return <Suspense fallback={null}><DaysInput label={label} value={value as number} onChange={onChange} /></Suspense>
  if (kind === 'range') {
    const [from, to] = Array.isArray(value) ? value : []
    return (
      <div className="range">
        <FieldInput field={field} label={t('filter.from')} value={from} onChange={(next) => onChange([next, to])} />
        <FieldInput field={field} label={t('filter.to')} value={to} onChange={(next) => onChange([from, next])} />
      </div>
    )
  }
  if (field.type === 'yes_no') return <Select aria-label={label} value={value as boolean} onChange={onChange} options={[{ value: true, label: t('yes') }, { value: false, label: t('no') }]} style={{ width: '100%' }} />
  if (kind === 'many' && (field.reference || field.type === 'user')) return <ReferenceInput label={label} module={field.reference ?? 'users'} multiple value={value as string[]} onChange={onChange} />
  if (kind === 'many') return <ManyInput field={field} label={label} value={value} onChange={onChange} />
  if (isLong(field)) return <Input aria-label={label} value={(value as string) ?? ''} onChange={(event) => onChange(event.target.value)} />
  return <FieldInput field={field} label={label} value={value} onChange={onChange} />
}
