import { CopyOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { App, Button, Segmented } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { TicketStatistics as Figures } from '@/shared/api/contracts'
import { today } from '@/shared/fields/dates'
import { showMoney, sum } from '@/shared/fields/money'
import { Scroll } from '@/shared/ui/Scroll'
import { useDuration } from '@/shared/ui/duration'
import { copyTable } from '@/shared/ui/files'
import { Meter } from '@/shared/ui/Meter'
import { Period } from '@/shared/ui/Period'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { useAddress } from '@/shared/ui/useAddress'

const BY = ['fault_type', 'product', 'assignee', 'priority', 'channel'] as const
const COUNTS = ['tickets', 'resolved', 'overdue'] as const

/** Tickets of a period by one of their marks: how many, how long they took, how many in time. */
export default function TicketStatistics() {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const lasted = useDuration()
  const [params, set] = useAddress()
  const by = BY.find((one) => one === params.get('by')) ?? 'fault_type'
  const from = params.get('from') ?? `${today().slice(0, 4)}-01-01`
  const to = params.get('to') ?? today()
  const table = useQuery({ queryKey: ['tickets', 'statistics', by, from, to, i18n.language], queryFn: () => get<Figures>('/tickets/statistics', { by, from, to }), placeholderData: keepPreviousData })
  if (table.error) return <Failed error={table.error} retry={() => void table.refetch()} />
  const rows = table.data?.items ?? []
  const label = (text: string | null | undefined) => (text && text !== '-' ? text : t('ticket.not_given'))
  const minutes = (value: number | null | undefined) => (value === 0 ? t('duration.under_a_minute') : lasted(value == null ? value : value * 60))
  const heads = [t(`ticket.by_${by}`), ...COUNTS.map((name) => t(`ticket.${name}`)), t('ticket.average'), t('ticket.in_time'), t('ticket.cost')]
  const copy = async () => {
    await copyTable([heads, ...rows.map((row) => [label(row.label), ...COUNTS.map((name) => String(row[name] ?? 0)), minutes(row.average_minutes), row.in_time_rate ?? '', row.cost ?? ''])])
    message.success(t('margin.copied'))
  }
  return (
    <section className="page">
      <div className="page-head"><h1 className="page-title">{t('menu.ticket-statistics')}</h1><span className="grow" /><Button icon={<CopyOutlined />} disabled={!rows.length} onClick={() => void copy()}>{t('margin.copy')}</Button></div>
      <div className="card search-card search-row">
        <div className="scroll-x"><Segmented aria-label={t('margin.by')} value={by} onChange={(value) => set({ by: String(value) })} options={BY.map((value) => ({ value, label: t(`ticket.by_${value}`) }))} /></div>
        <Period from={from} to={to} onChange={set} />
      </div>
      {!table.data ? <Loading /> : rows.length ? (
        <Scroll label={t('menu.ticket-statistics')} className="card">
          <table className={table.isPlaceholderData ? 'sheet dim' : 'sheet'}>
            <thead><tr>{heads.map((head, index) => <th key={head} className={index ? 'end' : undefined}>{head}</th>)}</tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.key ?? ''}>
                  <td>{label(row.label)}</td>
                  {COUNTS.map((name) => <td key={name} className={name === 'overdue' && row.overdue ? 'end bad' : 'end'}>{row[name] ?? 0}</td>)}
                  <td className="end">{minutes(row.average_minutes)}</td>
                  <td className="end"><Meter percent={row.in_time_rate} /></td>
                  <td className="end">{showMoney(row.cost, i18n.language)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot><tr><th>{t('margin.total')}</th>{COUNTS.map((name) => <td key={name} className="end">{rows.reduce((all, row) => all + (row[name] ?? 0), 0)}</td>)}<td /><td /><td className="end">{showMoney(sum(rows.map((row) => row.cost)), i18n.language)}</td></tr></tfoot>
          </table>
        </Scroll>
      ) : <div className="card"><Nothing text={t('ticket.none')} /></div>}
    </section>
  )
}
