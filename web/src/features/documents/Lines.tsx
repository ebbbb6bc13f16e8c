import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Line } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { showMoney, showNumber, sum } from '@/shared/fields/money'
import type { Meta } from '@/shared/meta/types'
import { Scroll } from '@/shared/ui/Scroll'
import { useWide } from '@/shared/ui/useWide'

/** The lines of a quote or order as they stand, with totals; where there is little room, how many and at what price stands below the product. */
export function Lines({ row }: { row: Row; meta: Meta }) {
  const { t, i18n } = useTranslation()
  const lines = (row.lines as Line[] | undefined) ?? []
  const money = (value: unknown) => showMoney(value, i18n.language)
  const wide = useWide(768)
  const seesCost = wide && lines.some((line) => line.cost !== undefined)
  const off = (line: Line) => (line.discount && Number(line.discount) ? `${showNumber(line.discount, i18n.language)}%` : '—')
  const times = (line: Line) => `${showNumber(line.quantity, i18n.language)} × ${money(line.unit_price)}${off(line) === '—' ? '' : ` − ${off(line)}`}`
  const totals = [['line.sum', sum(lines.map((line) => line.total))], ['document.discount', row.discount], ['document.total', row.total]] as const
  return (
    <Scroll label={t('document.lines')}>
      <table className="sheet">
        <thead>
          <tr>
            <th>{t('line.product')}</th>{wide ? <><th className="end">{t('line.quantity')}</th><th className="end">{t('line.unit_price')}</th><th className="end">{t('line.discount')}</th></> : null}
            <th className="end">{t('line.total')}</th>{seesCost ? <th className="end">{t('line.cost')}</th> : null}{wide ? <th>{t('line.note')}</th> : null}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <td><Link className="lnk" to={`/products/${line.product_id}`}>{line.product_name}</Link> <span className="quiet">{line.product_name?.includes(line.product_code ?? '') ? '' : line.product_code}</span>{wide ? null : <div className="quiet">{times(line)}</div>}</td>
              {wide ? <><td className="end">{showNumber(line.quantity, i18n.language)}</td><td className="end">{money(line.unit_price)}</td><td className="end">{off(line)}</td></> : null}
              <td className="end">{money(line.total)}</td>
              {seesCost ? <td className="end">{money(line.cost)}</td> : null}
              {wide ? <td>{line.note ?? ''}</td> : null}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {totals.map(([label, amount]) => <tr key={label}><th colSpan={wide ? 4 : 1} className="end">{t(label)}</th><td className="end">{money(amount)}</td>{wide ? <td colSpan={seesCost ? 2 : 1} /> : null}</tr>)}
        </tfoot>
      </table>
    </Scroll>
  )
}
