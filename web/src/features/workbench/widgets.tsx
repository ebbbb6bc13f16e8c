import { useQueries, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import type { Place, Summary } from '@/shared/api/contracts'
import type { Page, Row } from '@/shared/api/records'
import { pathOf } from '@/shared/crud/config'
import { showDate, showMoment, today } from '@/shared/fields/dates'
import { showMoney, showNumber } from '@/shared/fields/money'
import { asParameter, type Tree } from '@/shared/filters/tree'
import { useMeta } from '@/shared/meta/meta'
import { Loading, messageOf } from '@/shared/ui/states'

const Trend = lazy(() => import('./OrdersTrend'))

/** What a widget gets: what it is called, how wide it is, whose it is, and since when the page stands there. */
export interface WidgetProps {
  title: string
  size: NonNullable<Place['size']>
  me: string
  now: string
}

type Widget = ComponentType<WidgetProps>
type Filter = (place: WidgetProps) => Tree

const WORKED_ON = ['assigned', 'in_progress']
const UNPAID = ['unpaid', 'partially_paid']

const leaf = (field: string, op: string, value?: unknown): Tree => ({ field, op, ...(value === undefined ? {} : { value }) })
const mine: Filter = ({ me }) => leaf('owner_id', 'eq', me)
const frame = (size: WidgetProps['size']) => `widget ${size} card`
const listed = (module: string, parameters: Record<string, string | undefined>) => {
  const given = Object.entries(parameters).filter((one): one is [string, string] => Boolean(one[1]))
  return `/${module}${given.length ? `?${new URLSearchParams(given)}` : ''}`
}

/** How many records of a module there are, with the way to them. */
function count(module: string, filter: Filter, warn = false): Widget {
  return function Count(place) {
    const { i18n } = useTranslation()
    const text = asParameter(filter(place))
    const { data, error } = useQuery({ queryKey: [module, 'count', text], queryFn: () => get<Page>(pathOf(module), { filter: text, page_size: 1 }) })
    return (
      <Link className={`${frame(place.size)} plain`} to={listed(module, { filter: text })}>
        <h2>{place.title}</h2>
        <p className={warn && data?.total ? 'big bad' : 'big'}>{data ? showNumber(data.total, i18n.language) : error ? '—' : '…'}</p>
      </Link>
    )
  }
}

interface Rows {
  filter?: Filter
  sort: string
  text: string
  end: (row: Row, money: (value: unknown) => string) => string
}

/** The first records of a module, each with the way to it. */
function list(module: string, { filter, sort, text, end }: Rows): Widget {
  return function List(place) {
    const { t, i18n } = useTranslation()
    const parameter = filter && asParameter(filter(place))
    const { data, error, refetch } = useQuery({ queryKey: [module, 'widget', parameter, sort, i18n.language], queryFn: () => get<Page>(pathOf(module), { filter: parameter, sort, page_size: 6 }) })
    const money = (value: unknown) => showMoney(value, i18n.language)
    return (
      <div className={frame(place.size)}>
        <h2>{place.title} {data?.total ? <Link className="lnk" to={listed(module, { filter: parameter, sort })}>{t('bench.all', { count: data.total })}</Link> : null}</h2>
        {error && !data ? (
          <p className="none" role="alert">{messageOf(error)} <button type="button" className="lnk" onClick={() => void refetch()}>{t('error.retry')}</button></p>
        ) : !data ? <Loading rows={3} /> : data.items.length ? (
          <ol>{data.items.map((row) => <li key={row.id}><Link className="lnk" to={`/${module}/${row.id}`}>{String(row[text] ?? '—')}</Link><span className="quiet figure">{end(row, money)}</span></li>)}</ol>
        ) : <p className="quiet none">{t('bench.nothing')}</p>}
      </div>
    )
  }
}

/** How many records of a module there are with each value of a choice field, with the way to them. */
function breakdown(module: string, field: string): Widget {
  return function Breakdown({ title, size }) {
    const { t, i18n } = useTranslation()
    const meta = useMeta(module)
    const choices = meta.data?.fields.find((one) => one.name === field)?.choices ?? []
    const counts = useQueries({
      queries: choices.map(({ value }) => {
        const filter = asParameter(leaf(field, 'eq', value))
        return { queryKey: [module, 'count', filter], queryFn: () => get<Page>(pathOf(module), { filter, page_size: 1 }) }
      }),
    })
    const most = Math.max(1, ...counts.map((one) => one.data?.total ?? 0))
    const failed = meta.error ?? counts.find((one) => one.error)?.error
    const rows = choices.flatMap((choice, at): ReactNode[] => {
      const total = counts[at]?.data?.total ?? 0
      // What was retired is shown while something has it.
      if (choice.active === false && !total) return []
      return [
        <li key={choice.value}>
          <Link className="lnk" to={listed(module, { filter: asParameter(leaf(field, 'eq', choice.value)) })}>{choice.label}</Link>
          <span className="meter"><span className="meter-bar" aria-hidden="true"><span style={{ width: `${(total / most) * 100}%` }} /></span><span className="figure">{showNumber(total, i18n.language)}</span></span>
        </li>,
      ]
    })
    return (
      <div className={frame(size)}>
        <h2>{title}</h2>
        {failed ? <p className="none" role="alert">{messageOf(failed)}</p> : meta.isPending || counts.some((one) => one.isPending) ? <Loading rows={3} /> : rows.length ? <ol>{rows}</ol> : <p className="quiet none">{t('bench.nothing')}</p>}
      </div>
    )
  }
}

function PoolHeld({ title, size }: WidgetProps) {
  const { t } = useTranslation()
  const { data } = useQuery({ queryKey: ['pool', 'summary'], queryFn: () => get<Summary>('/pool/summary'), retry: false })
  if (!data?.enabled || data.level === 'outsider') return null
  return (
    <Link className={`${frame(size)} plain`} to="/customers?tab=assigned">
      <h2>{title}</h2>
      <p className="big">{t('bench.pool_held', { held: data.held ?? 0, limit: data.limit ?? 0 })}</p>
      <p className={data.expiring_soon ? 'bad' : 'quiet'}>{t('bench.pool_expiring', { count: data.expiring_soon ?? 0 })}</p>
    </Link>
  )
}

const OrdersTrend: Widget = ({ title, size }) => <div className={frame(size)}><h2>{title}</h2><Suspense fallback={<Loading rows={5} />}><Trend title={title} /></Suspense></div>

/** How each widget of the server's catalogue is drawn. */
export const WIDGETS: Record<string, Widget> = {
  my_customers: count('customers', mine),
  new_customers: count('customers', () => leaf('created_at', 'this_month')),
  pool_held: PoolHeld,
  orders_this_month: count('orders', () => leaf('order_date', 'this_month')),
  overdue_plans: count('payment-plans', () => ({ and: [leaf('status', 'in', UNPAID), leaf('due_on', 'lt', today())] }), true),
  late_tickets: count('tickets', ({ now }) => ({ and: [leaf('status', 'in', ['open', ...WORKED_ON]), leaf('due_at', 'lt', now)] }), true),
  orders_to_approve: list('orders', { filter: () => leaf('waits_for_me', 'eq', true), sort: '-updated_at', text: 'subject', end: (row, money) => money(row.total) }),
  customers_to_visit: list('customers', { filter: (place) => ({ and: [mine(place), leaf('next_visit_on', 'lte', today()), leaf('next_visit_on', 'is_not_empty')] }), sort: 'next_visit_on', text: 'name', end: (row) => showDate(row.next_visit_on) }),
  due_plans: list('payment-plans', { filter: () => ({ and: [leaf('status', 'in', UNPAID), leaf('due_on', 'next_n_days', 30)] }), sort: 'due_on', text: 'customer_name', end: (row, money) => `${showDate(row.due_on)} · ${money(row.outstanding)}` }),
  expiring_customers: list('customers', { filter: (place) => ({ and: [mine(place), leaf('pool_status', 'eq', 'assigned'), leaf('protected_until', 'is_not_empty')] }), sort: 'protected_until', text: 'name', end: (row) => showDate(row.protected_until) }),
  extension_requests: list('extension-requests', { filter: () => leaf('status', 'eq', 'pending'), sort: 'created_at', text: 'customer_name', end: (row) => showMoment(row.created_at) }),
  open_tickets: list('tickets', { filter: () => leaf('status', 'eq', 'open'), sort: 'due_at', text: 'title', end: (row) => showMoment(row.due_at) }),
  my_tickets: list('tickets', { filter: ({ me }) => ({ and: [leaf('assignee_id', 'eq', me), leaf('status', 'in', WORKED_ON)] }), sort: 'due_at', text: 'title', end: (row) => showMoment(row.due_at) }),
  open_reminders: list('reminders', { filter: () => leaf('status', 'eq', 'open'), sort: 'remind_at', text: 'text', end: (row) => showMoment(row.remind_at) }),
  recent_follow_ups: list('follow-ups', { sort: '-contacted_at', text: 'summary', end: (row) => showMoment(row.contacted_at) }),
  recent_receipts: list('receipts', { filter: () => leaf('status', 'eq', 'recorded'), sort: '-received_on', text: 'customer_name', end: (row, money) => `${showDate(row.received_on)} · ${money(row.amount)}` }),
  customers_by_status: breakdown('customers', 'status'),
  tickets_by_status: breakdown('tickets', 'status'),
  orders_trend: OrdersTrend,
}
