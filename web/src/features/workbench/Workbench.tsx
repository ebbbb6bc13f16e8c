import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import { may, useSession } from '@/shared/api/session'
import type { Summary } from '@/shared/api/contracts'
import type { Page, Row } from '@/shared/api/records'
import { showDate, showMoment, today } from '@/shared/fields/dates'
import { showMoney, showNumber } from '@/shared/fields/money'
import { asParameter, type Tree } from '@/shared/filters/tree'
import { Loading, messageOf } from '@/shared/ui/states'

const OrdersTrend = lazy(() => import('./OrdersTrend'))

const WORKED_ON = ['assigned', 'in_progress']

const leaf = (field: string, op: string, value?: unknown): Tree => ({ field, op, ...(value === undefined ? {} : { value }) })

/** The page after the log-in: what waits for this person. */
export default function Workbench() {
  const { t } = useTranslation()
  const account = useSession((state) => state.account)
  const me = account?.id
  const [now] = useState(() => new Date().toISOString())
  const sells = may('customer:create')
  const followsMoney = may('order:create') || may('payment_plan:read')
  return (
    <section className="page">
      <h1 className="page-title">{t('bench.hello', { name: account?.display_name ?? '' })}</h1>
      <div className="widgets">
        {sells ? <Count title="bench.my_customers" module="customers" filter={leaf('owner_id', 'eq', me)} /> : null}
        {may('pool:read') ? <Pool /> : null}
        {may('order:read') && followsMoney ? <Count title="bench.orders_month" module="orders" filter={leaf('order_date', 'this_month')} /> : null}
        {may('payment_plan:read') ? <Count title="bench.overdue" module="payment-plans" filter={{ and: [leaf('status', 'in', ['unpaid', 'partially_paid']), leaf('due_on', 'lt', today())] }} warn /> : null}
        {may('ticket:resolve') ? <Count title="bench.late_tickets" module="tickets" filter={{ and: [leaf('status', 'in', ['open', ...WORKED_ON]), leaf('due_at', 'lt', now)] }} warn /> : null}
        {may('order:approve') ? <List title="bench.approvals" module="orders" filter={leaf('waits_for_me', 'eq', true)} sort="-updated_at" text="subject" end={(row, money) => money(row.total)} /> : null}
        {sells ? <List title="bench.visits" module="customers" filter={{ and: [leaf('owner_id', 'eq', me), leaf('next_visit_on', 'lte', today()), leaf('next_visit_on', 'is_not_empty')] }} sort="next_visit_on" text="name" end={(row) => showDate(row.next_visit_on)} /> : null}
        {may('payment_plan:read') ? <List title="bench.due" module="payment-plans" filter={{ and: [leaf('status', 'in', ['unpaid', 'partially_paid']), leaf('due_on', 'next_n_days', 30)] }} sort="due_on" text="customer_name" end={(row, money) => `${showDate(row.due_on)} · ${money(row.outstanding)}`} /> : null}
        {may('customer:read') && may('pool:read') ? <List title="bench.expiring" module="customers" filter={{ and: [leaf('owner_id', 'eq', me), leaf('pool_status', 'eq', 'assigned'), leaf('protected_until', 'is_not_empty')] }} sort="protected_until" text="name" end={(row) => showDate(row.protected_until)} /> : null}
        {may('ticket:resolve') && may('ticket:assign') ? <List title="bench.open_tickets" module="tickets" filter={leaf('status', 'eq', 'open')} sort="due_at" text="title" end={(row) => showMoment(row.due_at)} /> : null}
        {may('ticket:resolve') ? <List title="bench.my_tickets" module="tickets" filter={{ and: [leaf('assignee_id', 'eq', me), leaf('status', 'in', WORKED_ON)] }} sort="due_at" text="title" end={(row) => showMoment(row.due_at)} /> : null}
        {may('report:read') && followsMoney ? <div className="widget full card"><h2>{t('bench.trend')}</h2><Suspense fallback={<Loading rows={5} />}><OrdersTrend /></Suspense></div> : null}
      </div>
    </section>
  )
}

function Count({ title, module, filter, warn }: { title: string; module: string; filter: Tree; warn?: boolean }) {
  const { t, i18n } = useTranslation()
  const text = asParameter(filter)
  const { data, error } = useQuery({ queryKey: [module, 'count', text], queryFn: () => get<Page>(`/${module}`, { filter: text, page_size: 1 }) })
  return (
    <Link className="widget card plain" to={`/${module}?filter=${encodeURIComponent(text!)}`}>
      <h2>{t(title)}</h2>
      <p className={warn && data?.total ? 'big bad' : 'big'}>{data ? showNumber(data.total, i18n.language) : error ? '—' : '…'}</p>
    </Link>
  )
}

function Pool() {
  const { t } = useTranslation()
  const { data } = useQuery({ queryKey: ['pool', 'summary'], queryFn: () => get<Summary>('/pool/summary'), retry: false })
  if (!data?.enabled || data.level === 'outsider') return null
  return (
    <Link className="widget card plain" to="/customers?tab=assigned">
      <h2>{t('bench.pool')}</h2>
      <p className="big">{t('bench.pool_held', { held: data.held ?? 0, limit: data.limit ?? 0 })}</p>
      <p className={data.expiring_soon ? 'bad' : 'quiet'}>{t('bench.pool_expiring', { count: data.expiring_soon ?? 0 })}</p>
    </Link>
  )
}

interface ListProps {
  title: string
  module: string
  filter: Tree
  sort: string
  text: string
  end: (row: Row, money: (value: unknown) => string) => string
}

function List({ title, module, filter, sort, text, end }: ListProps) {
  const { t, i18n } = useTranslation()
  const parameter = asParameter(filter)
  const { data, error, refetch } = useQuery({ queryKey: [module, 'widget', parameter, sort], queryFn: () => get<Page>(`/${module}`, { filter: parameter, sort, page_size: 6 }) })
  const money = (value: unknown) => showMoney(value, i18n.language)
  return (
    <div className="widget half card">
      <h2>{t(title)} {data?.total ? <Link className="lnk" to={`/${module}?filter=${encodeURIComponent(parameter!)}&sort=${sort}`}>{t('bench.all', { count: data.total })}</Link> : null}</h2>
      {error && !data ? (
        <p className="none" role="alert">{messageOf(error)} <button type="button" className="lnk" onClick={() => void refetch()}>{t('error.retry')}</button></p>
      ) : !data ? <Loading rows={3} /> : data.items.length ? (
        <ol>{data.items.map((row) => <li key={row.id}><Link className="lnk" to={`/${module}/${row.id}`}>{String(row[text] ?? '—')}</Link><span className="quiet figure">{end(row, money)}</span></li>)}</ol>
      ) : <p className="quiet none">{t('bench.nothing')}</p>}
    </div>
  )
}
