import { useTranslation } from 'react-i18next'

const tenths = (value: number) => Math.round(value * 10) / 10

/** How long something lasted, in words of the largest fitting unit; "—" for nothing. */
export function useDuration(): (seconds: number | null | undefined) => string {
  const { t } = useTranslation()
  return (seconds) => {
    if (seconds === null || seconds === undefined) return '—'
    if (seconds < 60) return t('duration.seconds', { count: Math.round(seconds) })
    if (seconds < 3600) return t('duration.minutes', { count: Math.round(seconds / 60) })
    return seconds < 2 * 86_400 ? t('duration.hours', { count: tenths(seconds / 3600) }) : t('duration.days', { count: tenths(seconds / 86_400) })
  }
}
