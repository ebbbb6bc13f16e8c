import { useQuery } from '@tanstack/react-query'
import { Pagination, Timeline } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Ledger, LedgerRow } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { whoOf } from '@/shared/ui/who'
import { Hands } from './Hands'

/** 公海操作記錄: every change of hands of one customer, newest first. */
export function PoolLog({ row }: { row: Row }) {
  const { t } = useTranslation()
  const [page, setPage] = useState(1)
  const log = useQuery({ queryKey: ['pool-customers', 'log', row.id, page], queryFn: () => get<Ledger>(`/pool/customers/${row.id}/log`, { page }) })
  if (log.error) return <Failed error={log.error} retry={() => void log.refetch()} />
  if (!log.data) return <Loading rows={4} />
  const entries = log.data.items ?? []
  if (!entries.length) return <Nothing text={t('pool.log_empty')} />
  return (
    <>
      <Timeline className="history" items={entries.map((entry) => ({ key: String(entry.id), content: <Entry entry={entry} /> }))} />
      {(log.data.total ?? 0) > 20 ? <Pagination size="small" current={page} pageSize={20} total={log.data.total ?? 0} showSizeChanger={false} onChange={setPage} /> : null}
    </>
  )
}

function Entry({ entry }: { entry: LedgerRow }) {
  const { t } = useTranslation()
  const who = entry.automatic ? t('pool.automatic') : whoOf(t, entry.actor_name ?? '—', entry.impersonated_by_name)
  return (
    <div>
      <span className="quiet figure">{showMoment(entry.at)}</span> <b>{who}</b> {entry.action_name}{entry.from_owner_name || entry.to_owner_name ? ' · ' : null}<Hands entry={entry} />
      {entry.days ? ` · ${t('pool.days', { count: entry.days })}` : ''}
      {entry.reason ? <div className="quiet">{entry.reason}</div> : null}
    </div>
  )
}
