import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Line } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { showMoney, showNumber, sum } from '@/shared/fields/money'
import type { Meta } from '@/shared/meta/types'

/** The lines of a quote or order as they stand, with totals. */
export function Lines({ row }: { row: Row; meta: Meta }) {
  const { t, i18n } = useTranslation()
  const lines = (row.lines as Line[] | undefined) ?? []
  const money = (value: unknown) => showMoney(value, i18n.language)
  const seesCost = lines.some((line) => line.cost !== undefined)
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('document.lines')}>
      <table className="sheet">
        <thead>
          <tr>
            <th>{t('line.product')}</th><th className="end">{t('line.quantity')}</th><th className="end">{t('line.unit_price')}</th><th className="end">{t('line.discount')}</th>
            <th className="end">{t('line.total')}</th>{seesCost ? <th className="end">{t('line.cost')}</th> : null}<th>{t('line.note')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <td><Link className="lnk" to={`/products/${line.product_id}`}>{line.product_name}</Link> <span className="quiet">{line.product_code}</span></td>
              <td className="end">{showNumber(line.quantity, i18n.language)}</td>
              <td className="end">{money(line.unit_price)}</td>
              <td className="end">{line.discount && Number(line.discount) ? `${showNumber(line.discount, i18n.language)}%` : '—'}</td>
              <td className="end">{money(line.total)}</td>
              {seesCost ? <td className="end">{money(line.cost)}</td> : null}
              <td>{line.note ?? ''}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr><th colSpan={4} className="end">{t('line.sum')}</th><td className="end">{money(sum(lines.map((line) => line.total)))}</td><td colSpan={seesCost ? 2 : 1} /></tr>
          <tr><th colSpan={4} className="end">{t('document.discount')}</th><td className="end">{money(row.discount)}</td><td colSpan={seesCost ? 2 : 1} /></tr>
          <tr><th colSpan={4} className="end">{t('document.total')}</th><td className="end">{money(row.total)}</td><td colSpan={seesCost ? 2 : 1} /></tr>
        </tfoot>
      </table>
    </div>
  )
}
