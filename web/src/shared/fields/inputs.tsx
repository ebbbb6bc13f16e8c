import { Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import type { Field } from '@/shared/meta/types'
import { readDecimal } from './money'
import { ReferenceInput } from './Reference'

/** What every input takes: the field it is for and the value as the API carries it. */
export interface InputProps {
  field: Field
  value?: unknown
  onChange?: (value: unknown) => void
  id?: string
  disabled?: boolean
  autoFocus?: boolean
  label?: string
}

export function TextInput({ field, value, onChange, label, ...rest }: InputProps) {
  const change = (text: string) => onChange?.(text === '' ? null : text)
  return <Input {...rest} aria-label={label} value={(value as string) ?? ''} maxLength={field.max_length ?? undefined} inputMode={INPUT_MODES[field.type]} onChange={(event) => change(event.target.value)} />
}

const INPUT_MODES: Record<string, 'email' | 'tel' | 'url'> = { email: 'email', phone: 'tel', url: 'url' }

export function LongTextInput({ field, value, onChange, label, ...rest }: InputProps) {
  return (
    <Input.TextArea
      {...rest}
      aria-label={label}
      autoSize={{ minRows: 3, maxRows: 10 }}
      value={(value as string) ?? ''}
      maxLength={field.max_length ?? undefined}
      onChange={(event) => onChange?.(event.target.value === '' ? null : event.target.value)}
    />
  )
}

/** A decimal as text: kept as typed, read when left, so that "1,200" and full-width digits paste well. */
export function DecimalInput({ field, value, onChange, label, ...rest }: InputProps) {
  const whole = field.type === 'integer'
  const [typed, setTyped] = useState(value === null || value === undefined ? '' : String(value))
  useEffect(() => setTyped((now) => (readDecimal(now) === (value == null ? null : String(value)) ? now : value == null ? '' : String(value))), [value])
  const tell = (text: string) => {
    const read = text === '' ? null : readDecimal(text)
    onChange?.(read === null ? text || null : whole && /^-?\d{1,15}$/.test(read) ? Number(read) : read)
  }
  return (
    <Input
      {...rest}
      aria-label={label}
      className="number"
      inputMode={whole ? 'numeric' : 'decimal'}
      suffix={field.type === 'percent' ? '%' : undefined}
      value={typed}
      onChange={(event) => (setTyped(event.target.value), tell(event.target.value))}
      onBlur={() => setTyped(readDecimal(typed) ?? typed)}
    />
  )
}

export function ChoiceInput({ field, value, onChange, label, ...rest }: InputProps) {
  const options = (field.choices ?? []).filter((choice) => choice.active !== false || choice.value === value)
  return (
    <Select
      {...rest}
      aria-label={label}
      allowClear={!field.required}
      showSearch={options.length > 8 ? { optionFilterProp: 'label' } : false}
      value={(value as string) ?? undefined}
      options={options.map((choice) => ({ value: choice.value, label: choice.label }))}
      onChange={(next) => onChange?.(next ?? null)}
      style={{ width: '100%' }}
    />
  )
}

export function ManyInput({ field, value, onChange, label, ...rest }: InputProps) {
  return (
    <Select
      {...rest}
      aria-label={label}
      mode={field.choices ? 'multiple' : 'tags'}
      maxTagCount={field.choices ? 'responsive' : undefined}
      showSearch={{ optionFilterProp: 'label' }}
      value={(value as string[]) ?? []}
      options={field.choices?.map((choice) => ({ value: choice.value, label: choice.label }))}
      onChange={(next) => onChange?.(next.length ? next : null)}
      style={{ width: '100%' }}
    />
  )
}

export function RecordInput({ field, value, onChange, label, ...rest }: InputProps) {
  return <ReferenceInput {...rest} label={label} module={field.reference ?? 'users'} value={value as string} onChange={(next) => onChange?.(next)} />
}
