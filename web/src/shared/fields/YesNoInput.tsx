import { Switch } from 'antd'
import type { InputProps } from './inputs'

export function YesNoInput({ value, onChange, label, field: _, ...rest }: InputProps) {
  return <Switch {...rest} aria-label={label} checked={Boolean(value)} onChange={(next) => onChange?.(next)} />
}
