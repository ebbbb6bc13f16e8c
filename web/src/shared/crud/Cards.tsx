import { Checkbox } from 'antd'
import { useTranslation } from 'react-i18next'
import { titleOf, type Row } from '@/shared/api/records'
import { Cell, TitleCell, type RowsProps } from './Cells'
import { valueOf } from './FieldsForm'
import { RowActions } from './RowActions'

/** The rows as cards, for narrow screens. */
export function Cards({ config, meta, rows, columns, ticked, onTick, onEdit }: RowsProps) {
  const { t } = useTranslation()
  const fields = columns.flatMap((name) => meta.fields.find((field) => field.name === name) ?? [])
  const [title, ...rest] = fields
  const tick = (row: Row, on: boolean) => onTick?.(on ? [...ticked, row] : ticked.filter((one) => one.id !== row.id))
  return (
    <ul className="cards">
      {rows.map((row) => (
        <li key={row.id} className="row-card" data-row-key={row.id}>
          <div className="row-card-head">
            {onTick ? <Checkbox aria-label={t('list.tick', { name: titleOf(row) })} checked={ticked.some((one) => one.id === row.id)} onChange={(event) => tick(row, event.target.checked)} /> : null}
            {title ? <TitleCell config={config} row={row} field={title} /> : null}
          </div>
          <dl>
            {rest.slice(0, 6).map((field) => {
              const value = valueOf(row, field)
              return value === null || value === undefined || value === '' ? null : (
                <div key={field.name}><dt>{field.label}</dt><dd><Cell config={config} meta={meta} row={row} field={field} /></dd></div>
              )
            })}
          </dl>
          <RowActions config={config} meta={meta} row={row} onEdit={onEdit} />
        </li>
      ))}
    </ul>
  )
}
