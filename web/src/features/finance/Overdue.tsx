import { useTranslation } from 'react-i18next'
import { Tone } from '@/shared/fields/Tone'

export function Overdue() {
  const { t } = useTranslation()
  return <Tone tone="bad">{t('plan.overdue')}</Tone>
}
