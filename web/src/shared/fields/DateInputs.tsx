import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import type { InputProps } from './inputs'

export function DateInput({ value, onChange, label, field: _, ...rest }: InputProps) {
  return <DatePicker {...rest} aria-label={label} style={{ width: '100%' }} value={value ? dayjs(String(value)) : null} onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : null)} />
}

export function MomentInput({ value, onChange, label, field: _, ...rest }: InputProps) {
  return (
    <DatePicker
      {...rest}
      aria-label={label}
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      style={{ width: '100%' }}
      value={value ? dayjs(String(value)) : null}
      onChange={(moment) => onChange?.(moment ? moment.second(0).millisecond(0).toISOString() : null)}
    />
  )
}
