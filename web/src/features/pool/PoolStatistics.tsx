import { CopyOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import type { PoolStatistics as Figures, Summary } from '@/shared/api/contracts'
import { today } from '@/shared/fields/dates'
import { Scroll } from '@/shared/ui/Scroll'
import { copyTable } from '@/shared/ui/files'
import { Meter } from '@/shared/ui/Meter'
import { Period } from '@/shared/ui/Period'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { useAddress } from '@/shared/ui/useAddress'
import { PoolPicker } from './PoolPicker'

const COUNTS = ['claims', 'assignments', 'releases', 'recycles', 'goals'] as const

/** What each member did with the pool in a period, read from the ledger. */
export default function PoolStatistics() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [params, set] = useAddress()
  const from = params.get('from') ?? `${today().slice(0, 7)}-01`
  const to = params.get('to') ?? today()
  const pool = params.get('pool')
  const table = useQuery({ queryKey: ['pool', 'statistics', from, to, pool], queryFn: () => get<Figures>('/pool/statistics', { from, to, pool_id: pool }), placeholderData: keepPreviousData })
  const mine = useQuery({ queryKey: ['pool', 'summary'], queryFn: () => get<Summary>('/pool/summary'), retry: false })
  const rules = mine.data?.pools?.some((one) => one.level === 'admin' || one.level === 'system')
  if (table.error) return <Failed error={table.error} retry={() => void table.refetch()} />
  const rows = table.data?.items ?? []
  const heads = [t('audit.who'), ...COUNTS.map((name) => t(`pool.count_${name}`)), t('pool.goal_rate')]
  const total = (name: (typeof COUNTS)[number]) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0)
  const copy = async () => {
    await copyTable([heads, ...rows.map((row) => [row.name ?? '', ...COUNTS.map((name) => String(row[name] ?? 0)), row.goal_rate ?? ''])])
    message.success(t('margin.copied'))
  }
  return (
    <section className="page">
      <div className="page-head"><h1 className="page-title">{t('menu.pool-statistics')}</h1><span className="grow" />{rules ? <Link className="lnk" to="/pool/ledger">{t('menu.pool-ledger')}</Link> : null}<Button icon={<CopyOutlined />} disabled={!rows.length} onClick={() => void copy()}>{t('margin.copy')}</Button></div>
      <div className="card search-card search-row"><Period from={from} to={to} onChange={set} /><PoolPicker value={pool} onChange={(id) => set({ pool: id })} /></div>
      {!table.data ? <Loading /> : rows.length ? (
        <Scroll label={t('menu.pool-statistics')} className="card">
          <table className={table.isPlaceholderData ? 'sheet dim' : 'sheet'}>
            <thead><tr>{heads.map((head, index) => <th key={head} className={index ? 'end' : undefined}>{head}</th>)}</tr></thead>
            <tbody>{rows.map((row) => <tr key={row.user_id}><td>{row.name || '—'}</td>{COUNTS.map((name) => <td key={name} className="end">{row[name] ?? 0}</td>)}<td className="end"><Meter percent={row.goal_rate} /></td></tr>)}</tbody>
            <tfoot><tr><th>{t('margin.total')}</th>{COUNTS.map((name) => <td key={name} className="end">{total(name)}</td>)}<td /></tr></tfoot>
          </table>
        </Scroll>
      ) : <div className="card"><Nothing text={t('pool.no_members')} /></div>}
    </section>
  )
}
