import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { PlaceInput, Widgets } from '@/shared/api/contracts'

/** Every widget there is, kept for the visit; the language is part of the key. */
export function useWidgets() {
  const { i18n } = useTranslation()
  return useQuery({ queryKey: ['widgets', i18n.language], queryFn: ({ signal }) => get<Widgets>('/workbench/widgets', undefined, signal), staleTime: Infinity })
}

/** The widgets of a template as they will stand on a wide screen, each by its name. */
export function TemplateWidgets({ widgets }: { widgets: PlaceInput[] }) {
  const { t } = useTranslation()
  const known = useWidgets()
  const titleOf = (code?: string | null) => known.data?.items?.find((one) => one.code === code)?.title ?? '…'
  return <ol className="widgets mini" aria-label={t('template.widgets')}>{widgets.map(({ code, size }) => <li key={code} className={`widget ${size}`}>{titleOf(code)}</li>)}</ol>
}
