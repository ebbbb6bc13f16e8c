import { useQuery } from '@tanstack/react-query'
import dayjs from 'dayjs'
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { GrossMargin } from '@/shared/api/contracts'
import { today } from '@/shared/fields/dates'
import { showMoney } from '@/shared/fields/money'
import { Failed, Loading, Nothing } from '@/shared/ui/states'

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer])

/** Revenue and margin of the last twelve months; the same figures as a table on demand. */
export default function OrdersTrend({ title }: { title: string }) {
  const { t, i18n } = useTranslation()
  const place = useRef<HTMLDivElement>(null)
  const [asTable, setAsTable] = useState(false)
  const [from, to] = [dayjs(today()).subtract(11, 'month').format('YYYY-MM'), today().slice(0, 7)]
  const { data, error, refetch } = useQuery({ queryKey: ['gross-margin', 'owner', from, to], queryFn: () => get<GrossMargin>('/summary/gross-margin', { by: 'owner', from, to }) })
  const all = data?.totals ?? []
  const months = all.some((one) => Number(one.revenue) || Number(one.margin)) ? all : []
  useEffect(() => {
    if (!place.current || asTable || !months.length) return
    const chart = echarts.init(place.current, undefined, { renderer: 'svg' })
    const compact = new Intl.NumberFormat(i18n.language, { notation: 'compact' })
    const shown = (value: unknown) => showMoney(String(value), i18n.language)
    chart.setOption({
      aria: { enabled: true, label: { description: title } },
      color: ['#1F5EDB', '#12A594'],
      animation: false,
      grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: '#3b4252' } },
      tooltip: { trigger: 'axis', valueFormatter: shown },
      xAxis: { type: 'category', data: months.map((one) => one.month), axisLabel: { color: '#5a6478' } },
      yAxis: { type: 'value', axisLabel: { color: '#5a6478', formatter: (value: number) => compact.format(value) } },
      series: [
        { type: 'bar', name: t('margin.revenue'), barMaxWidth: 22, data: months.map((one) => one.revenue) },
        { type: 'line', name: t('margin.margin'), data: months.map((one) => one.margin) },
      ],
    })
    const fit = new ResizeObserver(() => chart.resize())
    fit.observe(place.current)
    return () => (fit.disconnect(), chart.dispose())
  }, [data, asTable, title, i18n.language])
  if (error) return <Failed error={error} retry={() => void refetch()} />
  if (!data) return <Loading rows={5} />
  if (!months.length) return <Nothing text={t('margin.empty')} />
  return (
    <>
      {asTable ? (
        <table className="sheet"><thead><tr><th>{t('margin.month')}</th><th className="end">{t('margin.revenue')}</th><th className="end">{t('margin.margin')}</th></tr></thead>
          <tbody>{months.map((one) => <tr key={one.month}><td>{one.month}</td><td className="end">{showMoney(one.revenue, i18n.language)}</td><td className="end">{showMoney(one.margin, i18n.language)}</td></tr>)}</tbody></table>
      ) : <div className="chart" ref={place} />}
      <button type="button" className="lnk" onClick={() => setAsTable(!asTable)}>{t(asTable ? 'bench.as_chart' : 'bench.as_table')}</button>
    </>
  )
}
