import { useTranslation } from 'react-i18next'
import type { Export } from '@/shared/api/contracts'
import { Meter } from '@/shared/ui/Meter'

/** How many rows of how many are in the file. */
export function ExportProgress({ one: { progress, total } }: { one: Export }) {
  const { t, i18n } = useTranslation()
  if (!total) return <span className="quiet">{t('export.waiting')}</span>
  const figure = new Intl.NumberFormat(i18n.language)
  return (
    <span className="export-progress">
      <Meter percent={String(Math.floor(((progress ?? 0) * 100) / total))} />
      <span className="quiet figure">{t('export.rows', { done: figure.format(progress ?? 0), total: figure.format(total) })}</span>
    </span>
  )
}
