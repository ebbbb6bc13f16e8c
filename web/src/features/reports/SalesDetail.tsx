import { CopyOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { App, Button, DatePicker, Pagination } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { get } from '@/shared/api/client'
import type { SalesDetail as Table } from '@/shared/api/contracts'
import { today } from '@/shared/fields/dates'
import { showMoney, showNumber } from '@/shared/fields/money'
import { Scroll } from '@/shared/ui/Scroll'
import { copyTable } from '@/shared/ui/files'
import { Failed, Loading, Nothing } from '@/shared/ui/states'

const SIZE = 50

/** 銷售明細表: every sold line of the months chosen. */
export default function SalesDetail() {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const [params, setParams] = useSearchParams()
  const from = params.get('from') ?? `${today().slice(0, 4)}-01`
  const to = params.get('to') ?? today().slice(0, 7)
  const page = Number(params.get('page')) || 1
  const table = useQuery({ queryKey: ['sales-detail', from, to, page], queryFn: () => get<Table>('/summary/sales-detail', { from, to, page, page_size: SIZE }), placeholderData: keepPreviousData })
  const money = (value: unknown) => showMoney(value, i18n.language)
  const heads = ['order', 'date', 'customer', 'owner', 'product', 'quantity', 'revenue', 'cost', 'margin'].map((key) => t(`margin.${key}`))
  const copy = async () => {
    await copyTable([heads, ...(table.data?.items ?? []).map((one) => [one.order_number, one.order_date, one.customer_name, one.owner_name, one.product_name, one.quantity, one.revenue, one.cost, one.margin].map((cell) => String(cell ?? '')))])
    message.success(t('margin.copied'))
  }
  if (table.error) return <Failed error={table.error} retry={() => void table.refetch()} />
  return (
    <section className="page">
      <div className="page-head"><h1 className="page-title">{t('menu.sales-detail')}</h1><span className="grow" /><Button icon={<CopyOutlined />} disabled={!table.data?.items?.length} onClick={() => void copy()}>{t('margin.copy')}</Button></div>
      <div className="card search-card search-row">
        <DatePicker.RangePicker picker="month" allowClear={false} value={[dayjs(from), dayjs(to)]} onChange={(range) => range && setParams({ from: range[0]!.format('YYYY-MM'), to: range[1]!.format('YYYY-MM') })} aria-label={t('margin.months')} />
      </div>
      {!table.data ? <Loading /> : table.data.items?.length ? (
        <div className="card">
          <Scroll label={t('menu.sales-detail')}>
            <table className="sheet brief">
              <thead><tr>{heads.map((head, index) => <th key={head} className={index > 4 ? 'end' : undefined}>{head}</th>)}</tr></thead>
              <tbody>
                {table.data.items.map((one) => (
                  <tr key={one.line_id}>
                    <td><Link className="lnk figure" to={`/orders/${one.order_id}`}>{one.order_number}</Link></td><td className="figure">{one.order_date}</td>
                    <td><Link className="lnk" to={`/customers/${one.customer_id}`}>{one.customer_name}</Link></td><td>{one.owner_name}</td><td title={one.product_name ?? undefined}>{one.product_name}</td>
                    <td className="end">{showNumber(one.quantity, i18n.language)}</td><td className="end">{money(one.revenue)}</td><td className="end">{money(one.cost)}</td><td className="end">{money(one.margin)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <Pagination className="pages" current={page} pageSize={SIZE} total={table.data.total ?? 0} showSizeChanger={false} showTotal={(count) => t('list.total', { count })} onChange={(next) => setParams({ from, to, page: String(next) })} />
        </div>
      ) : <div className="card"><Nothing text={t('margin.empty')} /></div>}
    </section>
  )
}
