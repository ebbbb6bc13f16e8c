import { ArrowLeftOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Pagination, Select, Table } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import type { Ledger, LedgerRow } from '@/shared/api/contracts'
import { may } from '@/shared/api/session'
import { showMoment } from '@/shared/fields/dates'
import { ReferenceInput } from '@/shared/fields/Reference'
import { ExportButton } from '@/shared/ui/ExportButton'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { whoOf } from '@/shared/ui/who'
import { useAddress } from '@/shared/ui/useAddress'
import { Hands } from './Hands'
import { PoolPicker } from './PoolPicker'

const SIZE = 50
const ACTIONS: LedgerRow['action'][] = ['send', 'enter', 'claim', 'assign', 'release', 'recycle', 'extend', 'goal_achieved', 'goal_reopened', 'restore', 'move', 'transfer', 'withdraw', 'switch_off', 'delete', 'merge']

/** Every change of hands in the pools one administers, newest first. */
export default function PoolLedger() {
  const { t } = useTranslation()
  const [params, set] = useAddress()
  const page = Number(params.get('page')) || 1
  const wanted = { pool_id: params.get('pool'), action: params.get('action'), user_id: params.get('user') }
  const ledger = useQuery({ queryKey: ['pool', 'ledger', page, wanted], queryFn: () => get<Ledger>('/pool/ledger', { ...wanted, page, page_size: SIZE }), placeholderData: keepPreviousData })
  if (ledger.error) return <Failed error={ledger.error} retry={() => void ledger.refetch()} />
  return (
    <section className="page">
      <Link className="lnk back" to="/pool/statistics"><ArrowLeftOutlined aria-hidden="true" /> {t('menu.pool-statistics')}</Link>
      <h1 className="page-title">{t('menu.pool-ledger')}</h1>
      <div className="card search-card search-row">
        <label className="quick"><span>{t('audit.action')}</span><Select aria-label={t('audit.action')} allowClear value={wanted.action ?? undefined} onChange={(action) => set({ action: action ?? null, page: null })} options={ACTIONS.map((value) => ({ value, label: t(`ledger.${value}`) }))} /></label>
        <div className="quick person"><span>{t('ledger.person')}</span><ReferenceInput module="users" label={t('ledger.person')} value={wanted.user_id} onChange={(id) => set({ user: id as string | null, page: null })} /></div>
        <PoolPicker allowAll value={wanted.pool_id} onChange={(id) => set({ pool: id, page: null })} />
        {may('pool:export') ? <ExportButton path="/pool/ledger" query={wanted} /> : null}
      </div>
      {!ledger.data ? <Loading /> : (
        <div className={ledger.isPlaceholderData ? 'card list-card dim' : 'card list-card'}>
          {ledger.data.items?.length ? (
            <Table<LedgerRow> size="middle" rowKey="id" pagination={false} scroll={{ x: 980 }} dataSource={ledger.data.items} columns={[
              { title: t('audit.at'), dataIndex: 'at', width: 150, render: (at) => <span className="figure">{showMoment(at)}</span> },
              { title: t('margin.customer'), width: 220, ellipsis: true, render: (_, row) => <Link className="lnk strong" to={`/pool/customers/${row.customer_id}`}>{row.customer_name ?? '—'}</Link> },
              { title: t('audit.action'), width: 170, render: (_, row) => row.action_name },
              { title: t('ledger.hands'), width: 220, render: (_, row) => <Hands entry={row} /> },
              { title: t('ledger.by'), width: 130, render: (_, row) => (row.automatic ? t('pool.automatic') : whoOf(t, row.actor_name ?? '—', row.impersonated_by_name)) },
              { title: t('field.reason'), render: (_, row) => <span className="quiet">{[row.reason, row.automatic ? row.rule_name : null, row.days ? t('pool.days', { count: row.days }) : ''].filter(Boolean).join(' · ') || '—'}</span> },
            ]} />
          ) : <Nothing text={t(wanted.action || wanted.user_id || wanted.pool_id ? 'list.no_match' : 'pool.log_empty')} />}
          {(ledger.data.total ?? 0) > SIZE ? <Pagination className="pages" current={page} pageSize={SIZE} total={ledger.data.total ?? 0} showSizeChanger={false} onChange={(next) => set({ page: String(next) })} /> : null}
        </div>
      )}
    </section>
  )
}
