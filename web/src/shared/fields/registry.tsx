import { Input, InputNumber, Select } from 'antd'
import { lazy, Suspense, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { valueKind } from '@/shared/filters/tree'
import type { Field } from '@/shared/meta/types'
import * as show from './displays'
import type { DisplayProps } from './displays'
import * as input from './inputs'
import type { InputProps } from './inputs'
import { ReferenceInput } from './Reference'

interface Kind {
  display: ComponentType<DisplayProps>
  input: ComponentType<InputProps>
  end?: boolean
  width?: number
}

// The calendar is heavy: it comes with the first date that is typed.
const DateInput = lazy(() => import('./DateInputs').then((one) => ({ default: one.DateInput })))
const MomentInput = lazy(() => import('./DateInputs').then((one) => ({ default: one.MomentInput })))

const text: Kind = { display: show.TextText, input: input.TextInput }
const number: Kind = { display: show.NumberText, input: input.DecimalInput, end: true, width: 110 }
const choice: Kind = { display: show.ChoiceText, input: input.ChoiceInput, width: 120 }
const record: Kind = { display: show.RecordText, input: input.RecordInput, width: 150 }
const many: Kind = { display: show.ManyText, input: input.ManyInput, width: 160 }

/** How each type of field is shown and typed. A new type is one line here. */
const KINDS: Record<string, Kind> = {
  text,
  long_text: { display: show.LongText, input: input.LongTextInput, width: 260 },
  email: { display: show.MailText, input: input.TextInput, width: 180 },
  phone: { display: show.PhoneText, input: input.TextInput, width: 140 },
  url: { display: show.UrlText, input: input.TextInput, width: 180 },
  integer: number,
  number,
  quantity: number,
  percent: number,
  money: { display: show.MoneyText, input: input.DecimalInput, end: true, width: 130 },
  date: { display: show.DateText, input: DateInput, width: 115 },
  datetime: { display: show.MomentText, input: MomentInput, width: 150 },
  choice,
  multi_choice: many,
  list: many,
  yes_no: { display: show.YesNoText, input: input.YesNoInput, width: 90 },
  id: record,
  user: record,
}

/** The components of a field's type; an unknown type reads as text. */
export const kindOf = (field: Field): Kind => KINDS[field.type] ?? text

/** A value as its field shows it. */
export function FieldText({ field, value, row }: DisplayProps) {
  const Display = kindOf(field).display
  return <Display field={field} value={value} row={row} />
}

/** The input of a field. */
export function FieldInput(props: InputProps) {
  const Input_ = kindOf(props.field).input
  return <Suspense fallback={<Input disabled id={props.id} aria-label={props.label} />}><Input_ {...props} /></Suspense>
}

/** The input of a condition's value, by field and operator. */
export function FilterInput({ field, op, value, onChange }: { field: Field; op: string; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation()
  const label = t('filter.value')
  const kind = valueKind(op)
  if (kind === 'none') return null
  if (kind === 'days') return <InputNumber aria-label={label} min={1} max={3650} precision={0} value={value as number} onChange={onChange} suffix={t('days')} />
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
  if (kind === 'many') return <input.ManyInput field={field} label={label} value={value} onChange={onChange} />
  if (field.type === 'long_text') return <Input aria-label={label} value={(value as string) ?? ''} onChange={(event) => onChange(event.target.value)} />
  return <FieldInput field={field} label={label} value={value} onChange={onChange} />
}
