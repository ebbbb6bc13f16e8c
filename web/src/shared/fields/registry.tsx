import { Input } from 'antd'
import { lazy, Suspense, type ComponentType } from 'react'
import { isLong } from '@/shared/meta/meta'
import type { Field } from '@/shared/meta/types'
import * as show from './displays'
import type { DisplayProps } from './displays'
import * as input from './inputs'
import type { InputProps } from './inputs'

interface Kind {
  display: ComponentType<DisplayProps>
  input: ComponentType<InputProps>
  end?: boolean
  width?: number
}

// Calendar and switch come with the first form that has one.
const DateInput = lazy(() => import('./DateInputs').then((one) => ({ default: one.DateInput })))
const MomentInput = lazy(() => import('./DateInputs').then((one) => ({ default: one.MomentInput })))
const YesNoInput = lazy(() => import('./YesNoInput').then((one) => ({ default: one.YesNoInput })))

const text: Kind = { display: show.TextText, input: input.TextInput }
const number: Kind = { display: show.NumberText, input: input.DecimalInput, end: true, width: 110 }
const choice: Kind = { display: show.ChoiceText, input: input.ChoiceInput, width: 170 }
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
  yes_no: { display: show.YesNoText, input: YesNoInput, width: 90 },
  id: record,
  user: record,
}

/** The components of a field's type; an unknown type reads as text. */
export const kindOf = (field: Field): Kind => KINDS[field.type] ?? text

const typedAs = (field: Field): Kind => (isLong(field) ? KINDS.long_text! : kindOf(field))

/** A value as its field shows it. */
export function FieldText({ field, value, row }: DisplayProps) {
  const Display = kindOf(field).display
  return <Display field={field} value={value} row={row} />
}

/** The input of a field. */
export function FieldInput(props: InputProps) {
  const Input_ = typedAs(props.field).input
  return <Suspense fallback={<Input disabled id={props.id} aria-label={props.label} />}><Input_ {...props} /></Suspense>
}
