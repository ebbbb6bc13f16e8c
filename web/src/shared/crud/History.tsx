import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { History as HistoryPage, HistoryEntry } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { FieldText } from '@/shared/fields/registry'
import type { Field } from '@/shared/meta/types'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { whoOf } from '@/shared/ui/who'

/** Who changed what of a record, newest first; `path` is the record's in the API. */
export function History({ fields, path }: { fields: Field[]; path: string }) {
  const { t, i18n } = useTranslation()
  const pages = useInfiniteQuery({
    queryKey: [path.split('/')[1], 'history', path, i18n.language],
    queryFn: ({ pageParam }) => get<HistoryPage>(`${path}/history`, { page: pageParam, page_size: 20 }),
    initialPageParam: 1,
    getNextPageParam: (last, all) => ((last.total ?? 0) > all.length * 20 ? all.length + 1 : undefined),
  })
  if (pages.error) return <Failed error={pages.error} retry={() => void pages.refetch()} />
  if (!pages.data) return <Loading rows={4} />
  const entries = pages.data.pages.flatMap((page) => page.items ?? [])
  if (!entries.length) return <Nothing text={t('history.empty')} />
  return (
    <>
      <Timeline className="history" items={entries.map((entry, index) => ({ key: index, content: <Entry entry={entry} fields={fields} /> }))} />
      {pages.hasNextPage ? <Button onClick={() => void pages.fetchNextPage()} loading={pages.isFetchingNextPage}>{t('history.more')}</Button> : null}
    </>
  )
}

function Entry({ entry, fields }: { entry: HistoryEntry; fields: Field[] }) {
  const { t } = useTranslation()
  const changes = (entry.changes ?? []).flatMap((change) => {
    const field = fields.find((one) => one.name === change.field)
    return field && !SYSTEM.has(field.name) ? [{ field, old: change.old, fresh: change.new }] : []
  })
  const file = entry.changes?.find((change) => change.field === 'attachments')
  return (
    <div>
      <span className="quiet figure">{showMoment(entry.at)}</span> <b>{whoOf(t, entry.by_name || t('history.system'), entry.impersonated_by_name)}</b> {t(`history.${entry.action ?? 'updated'}`, { defaultValue: entry.action ?? '' })}{file ? <> <q>{String(file.new ?? file.old)}</q></> : null}
      {changes.length ? (
        <ul className="changes">
          {changes.map(({ field, old, fresh }) => (
            <li key={field.name}>{field.label}: <Value field={field} value={old} /> → <Value field={field} value={fresh} /></li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}

/** A value, or the rows of a document that went or came, each as what its columns say. */
function Value({ field, value }: { field: Field; value: unknown }) {
  const rows = Array.isArray(value) ? (value as Row[]) : []
  if (!field.fields) return <FieldText field={field} value={value} />
  if (!rows.length) return <>—</>
  return (
    <ul>
      {rows.map((row, index) => (
        <li key={index}>
          {field.fields!.filter((one) => row[one.name] != null).map((one, place) => <span key={one.name}>{place ? ' · ' : ''}{one.label}: <FieldText field={one} value={row[one.name]} row={row} /></span>)}
        </li>
      ))}
    </ul>
  )
}

const SYSTEM = new Set(['id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by'])
