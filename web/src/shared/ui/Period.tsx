import { useTranslation } from 'react-i18next'
import { FieldInput } from '@/shared/fields/registry'

/** From which day to which. */
export function Period({ from, to, onChange }: { from: string; to: string; onChange: (period: { from: string; to: string }) => void }) {
  const { t } = useTranslation()
  const day = (name: string) => ({ name, label: '', type: 'date' })
  return (
    <div className="period" role="group" aria-label={t('period')}>
      <FieldInput field={day('from')} label={t('filter.from')} value={from} onChange={(next) => next && onChange({ from: String(next), to })} />
      <span aria-hidden="true">–</span>
      <FieldInput field={day('to')} label={t('filter.to')} value={to} onChange={(next) => next && onChange({ from, to: String(next) })} />
    </div>
  )
}
