import { CopyOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { App, Button, Segmented, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import type { GrossMargin as Table, MarginRow } from '@/shared/api/contracts'
import { latestYears, showMoment } from '@/shared/fields/dates'
import { showMoney } from '@/shared/fields/money'
import { Scroll } from '@/shared/ui/Scroll'
import { copyTable } from '@/shared/ui/files'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { useAddress } from '@/shared/ui/useAddress'

const BY = ['customer', 'product', 'owner'] as const
const FIGURES = ['revenue', 'cost', 'margin'] as const
const MODULES = { customer: 'customers', product: 'products', owner: null }

/** 毛利統計表: revenue, cost and margin by customer, product or owner, month by month. One plain table, so that it copies into Excel. */
export default function GrossMargin() {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const [params, set] = useAddress()
  const by = BY.find((one) => one === params.get('by')) ?? 'customer'
  const years = latestYears(6)
  const year = Number(params.get('year')) || years[0]!
  const table = useQuery({ queryKey: ['gross-margin', by, year], queryFn: () => get<Table>('/summary/gross-margin', { by, year }), placeholderData: keepPreviousData })
  // Whose roles hide what products cost sees what was sold, and no margins.
  const figures = FIGURES.filter((key) => !table.data || key === 'revenue' || table.data.cost !== undefined)
  const figure = figures.find((one) => one === params.get('figure')) ?? figures.at(-1)!
  const money = (value: unknown) => showMoney(value, i18n.language)
  const months = table.data?.months ?? []
  const pick = (month: object | undefined) => (month as Record<string, string> | undefined)?.[figure]
  const ofMonth = (row: MarginRow, month: string) => pick(row.months?.find((one) => one.month === month))

  const copy = async () => {
    const data = table.data!
    const head = [t(`margin.${by}`), ...months, t('margin.revenue'), t('margin.cost'), t('margin.margin'), t('margin.rate')]
    const rows = (data.items ?? []).map((row) => [row.name ?? '', ...months.map((month) => ofMonth(row, month) ?? ''), row.revenue ?? '', row.cost ?? '', row.margin ?? '', row.margin_rate ?? ''])
    const foot = [t('margin.total'), ...months.map((month) => pick(data.totals?.find((one) => one.month === month)) ?? ''), data.revenue ?? '', data.cost ?? '', data.margin ?? '', data.margin_rate ?? '']
    await copyTable([head, ...rows, foot])
    message.success(t('margin.copied'))
  }
  if (table.error) return <Failed error={table.error} retry={() => void table.refetch()} />
  return (
    <section className="page">
      <div className="page-head">
        <h1 className="page-title">{t('menu.gross-margin')}</h1>
        <span className="grow" />
        <Button icon={<CopyOutlined />} disabled={!table.data?.items?.length} onClick={() => void copy()}>{t('margin.copy')}</Button>
      </div>
      <div className="card search-card search-row">
        <Segmented aria-label={t('margin.by')} value={by} onChange={(value) => set({ by: String(value) })} options={BY.map((value) => ({ value, label: t(`margin.${value}`) }))} />
        <Select aria-label={t('margin.year')} value={year} onChange={(value) => set({ year: String(value) })} options={years.map((value) => ({ value, label: String(value) }))} />
        <Select aria-label={t('margin.figure')} value={figure} onChange={(value) => set({ figure: value })} options={figures.map((value) => ({ value, label: t(`margin.${value}`) }))} />
        {table.data?.as_of ? <span className="quiet">{t('margin.as_of', { at: showMoment(table.data.as_of) })}</span> : null}
      </div>
      {!table.data ? <Loading /> : table.data.items?.length ? (
        <Scroll label={t('menu.gross-margin')} className="card">
          <table className={table.isPlaceholderData ? 'sheet brief months dim' : 'sheet brief months'}>
            <thead>
              <tr><th>{t(`margin.${by}`)}</th>{months.map((month) => <th key={month} className="end">{month}</th>)}{['revenue', 'cost', 'margin', 'rate'].map((key) => <th key={key} className="end">{t(`margin.${key}`)}</th>)}</tr>
            </thead>
            <tbody>
              {table.data.items.map((row) => (
                <tr key={row.id ?? row.name}>
                  <td title={row.name ?? undefined}>{MODULES[by] && row.id ? <Link className="lnk" to={`/${MODULES[by]}/${row.id}`}>{row.name}</Link> : row.name}</td>
                  {months.map((month) => <td key={month} className="end">{ofMonth(row, month) && ofMonth(row, month) !== '0.00' ? money(ofMonth(row, month)) : ''}</td>)}
                  <td className="end">{money(row.revenue)}</td><td className="end">{money(row.cost)}</td><td className="end">{money(row.margin)}</td><td className="end">{row.margin_rate ? `${row.margin_rate}%` : '—'}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th>{t('margin.total')}</th>
                {months.map((month) => <td key={month} className="end">{money(pick(table.data.totals?.find((one) => one.month === month)))}</td>)}
                <td className="end">{money(table.data.revenue)}</td><td className="end">{money(table.data.cost)}</td><td className="end">{money(table.data.margin)}</td><td className="end">{table.data.margin_rate ? `${table.data.margin_rate}%` : '—'}</td>
              </tr>
            </tfoot>
          </table>
        </Scroll>
      ) : <div className="card"><Nothing text={t('margin.empty')} /></div>}
    </section>
  )
}
