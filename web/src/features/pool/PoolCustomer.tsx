import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { ArrowLeftOutlined } from '@ant-design/icons'
import { get } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import { configOf } from '@/shared/crud/config'
import { RowActions } from '@/shared/crud/RowActions'
import { FieldText } from '@/shared/fields/registry'
import { useMeta } from '@/shared/meta/meta'
import { Failed, Loading } from '@/shared/ui/states'
import { PoolLog } from './PoolLog'
import { PoolStamp } from './PoolStamp'

const FACTS = ['level', 'region', 'state', 'owner_name', 'pool_goal', 'entered_at', 'claimed_at', 'protected_until']

/** A pool customer as everybody in the pool sees it, also before somebody claims it. */
export default function PoolCustomer() {
  const { t, i18n } = useTranslation()
  const { id = '' } = useParams()
  const meta = useMeta('pool-customers')
  const record = useQuery({ queryKey: ['pool-customers', 'one', id, i18n.language], queryFn: () => get<Row>(`/pool/customers/${id}`) })
  // Whoever may see the customer itself finds its page one click away.
  const whole = useQuery({ queryKey: ['customers', 'seen', id], queryFn: () => get<{ total: number }>('/customers', { filter: JSON.stringify({ field: 'id', op: 'eq', value: id }), page_size: 1 }) })
  if (meta.error || record.error) return <Failed error={record.error ?? meta.error} retry={() => (meta.refetch(), record.refetch())} />
  if (!meta.data || !record.data) return <Loading />
  const config = configOf('pool-customers')
  const row = record.data
  return (
    <article className="page detail">
      <header className="card detail-head">
        <Link className="lnk back" to={`/customers?tab=${String(row.state)}`}><ArrowLeftOutlined aria-hidden="true" /> {meta.data.label_plural}</Link>
        <div className="detail-title">
          <h1>{String(row.customer_name)}</h1>
          <PoolStamp row={{ ...row, pool_status: row.state }} />
          <span className="grow" />
          <span className="row-actions">
            {whole.data?.total ? <Link className="go" to={`/customers/${id}`}>{t('pool.open_customer')}</Link> : null}
            <RowActions config={config} meta={meta.data} row={row} onEdit={() => undefined} head />
          </span>
        </div>
        <dl className="facts">
          {FACTS.flatMap((name) => meta.data.fields.find((field) => field.name === name) ?? []).map((field) => (
            <div key={field.name}><dt>{field.label}</dt><dd>{config.cells?.[field.name]?.(row, field) ?? <FieldText field={field} value={row[field.name]} row={row} />}</dd></div>
          ))}
        </dl>
      </header>
      <section className="card"><h2>{t('pool.log')}</h2><PoolLog row={row} /></section>
    </article>
  )
}
