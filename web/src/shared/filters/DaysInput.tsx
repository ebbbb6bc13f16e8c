import { InputNumber } from 'antd'
import { useTranslation } from 'react-i18next'

/** A number of days, for conditions that count from today. */
export function DaysInput({ label, value, onChange }: { label: string; value?: number; onChange: (value: number | null) => void }) {
  const { t } = useTranslation()
  return <InputNumber aria-label={label} min={1} max={3650} precision={0} value={value} onChange={onChange} suffix={t('days')} />
}
