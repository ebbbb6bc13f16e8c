import { memo, type ReactNode } from 'react'
import { Link } from 'react-router'
import { titleOf, type Row } from '@/shared/api/records'
import { ReferenceText } from '@/shared/fields/Reference'
import { FieldText } from '@/shared/fields/registry'
import { idField } from '@/shared/meta/meta'
import type { Field, Meta } from '@/shared/meta/types'
import type { ModuleConfig } from './config'
import { valueOf } from './FieldsForm'

/** What shows rows gets. */
export interface RowsProps {
  config: ModuleConfig
  meta: Meta
  rows: Row[]
  columns: string[]
  ticked: Row[]
  onTick?: (rows: Row[]) => void
  onEdit: (row: Row) => void
}

/** The value of a field in a row. */
export const Cell = memo(function Cell({ config, meta, row, field }: { config: ModuleConfig; meta: Meta; row: Row; field: Field }): ReactNode {
  const own = config.cells?.[field.name]
  if (own) return own(row, field)
  const reference = idField(meta, field.name)
  if (reference) return <ReferenceText module={reference.reference!} id={row[reference.name]} name={row[field.name]} />
  return <FieldText field={field} value={valueOf(row, field)} row={row} />
})

/** What a row is called by, as the way to its page. */
export function TitleCell({ config, row, field }: { config: ModuleConfig; row: Row; field: Field }) {
  const own = config.cells?.[field.name]
  if (own) return own(row, field)
  const value = row[field.name]
  const text = field.type === 'datetime' || field.type === 'choice' ? <FieldText field={field} value={value} row={row} /> : String(value ?? titleOf(row))
  return <Link className="lnk strong" to={`/${config.module}/${row.id}`}>{text}</Link>
}
