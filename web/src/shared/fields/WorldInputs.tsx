import { Select } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { InputProps } from './inputs'

type Props = Pick<InputProps, 'id' | 'value' | 'onChange'>

/** Choose one of the time zones that the browser knows. */
export function TimeZoneInput({ value, onChange, ...rest }: Props) {
  const options = useMemo(() => Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })), [])
  return <Select {...rest} value={value || undefined} onChange={(next) => onChange?.(next ?? null)} showSearch={{ optionFilterProp: 'label' }} allowClear options={options} style={{ width: '100%' }} />
}

/** Choose a currency by its code or by what it is called. */
export function CurrencyInput({ value, onChange, ...rest }: Props) {
  const { i18n } = useTranslation()
  const options = useMemo(() => {
    const names = new Intl.DisplayNames(i18n.language, { type: 'currency' })
    return Intl.supportedValuesOf('currency').map((code) => ({ value: code, label: `${code} ${names.of(code) ?? ''}` }))
  }, [i18n.language])
  return <Select {...rest} value={value || undefined} onChange={(next) => onChange?.(next ?? null)} showSearch={{ optionFilterProp: 'label' }} allowClear options={options} style={{ width: '100%' }} />
}
