import { Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import { daysLeft, lastDay } from '@/shared/fields/dates'
import { Tone } from '@/shared/fields/Tone'

/** How long a customer is still protected, in words, coloured by how near the end is. */
export function Deadline({ until }: { until: unknown }) {
  const { t } = useTranslation()
  const day = lastDay(until)
  const days = daysLeft(day)
  if (days === null) return <>—</>
  const tone = days <= 2 ? 'bad' : days <= 5 ? 'warn' : 'neutral'
  const words = days < 0 ? t('pool.over') : days === 0 ? t('pool.last_day') : t('pool.days_left', { count: days })
  return <Tooltip title={t('pool.until', { day })}><span><Tone tone={tone}>{words}</Tone></span></Tooltip>
}
