import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import { asParameter } from '@/shared/filters/tree'
import { useLate } from '@/shared/ui/useLate'
import { best, terms } from './terms'

/** Articles of the knowledge base that may solve what is being typed. */
export function KnownAnswers({ text }: { text: string }) {
  const { t } = useTranslation()
  const wanted = terms(useLate(text))
  const filter = asParameter({ or: wanted.flatMap((value) => ['title', 'problem'].map((field) => ({ field, op: 'contains', value }))) })
  const { data } = useQuery({
    queryKey: ['articles', 'known', wanted],
    queryFn: ({ signal }) => get<{ items: Row[] }>('/articles', { filter, page_size: 50, sort: '-updated_at' }, signal),
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const found = wanted.length ? best(data?.items ?? [], wanted, (row) => `${String(row.title)} ${String(row.problem)}`) : []
  if (!found.length) return null
  return (
    <div className="notice known-answers" role="status">
      {t('tickets.known_answers')}
      <ul>{found.map((one) => <li key={one.id}><a className="lnk" href={`/articles/${one.id}`} target="_blank" rel="noreferrer">{String(one.title)}</a></li>)}</ul>
    </div>
  )
}
