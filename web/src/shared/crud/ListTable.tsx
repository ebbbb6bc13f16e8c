import { Table } from 'antd'
import type { ColumnsType } from 'antd/es/table'
import { useTranslation } from 'react-i18next'
import { titleOf, type Row } from '@/shared/api/records'
import { kindOf } from '@/shared/fields/registry'
import { useDensity } from '@/shared/ui/density'
import { Cell, TitleCell, type RowsProps } from './Cells'
import { RowActions, useRoom } from './RowActions'
import type { ListState } from './useList'
import { widthOf } from './widths'

/** The rows as a table. */
export function ListTable({ config, meta, rows, columns, state, ticked, onTick, onEdit, flash }: RowsProps & { state: ListState; flash: string | null }) {
  const { t } = useTranslation()
  const compact = useDensity() === 'compact'
  const room = useRoom(config, meta, rows, onEdit)
  const fields = columns.flatMap((name) => meta.fields.find((field) => field.name === name) ?? [])
  const made: ColumnsType<Row> = fields.map((field, index) => ({
    key: field.name,
    title: field.label,
    dataIndex: field.name,
    align: kindOf(field).end ? 'right' : undefined,
    width: config.widths?.[field.name] ?? widthOf(field, index === 0, rows),
    fixed: index === 0 ? 'left' : undefined,
    ellipsis: true,
    sorter: field.sortable ? true : undefined,
    sortOrder: state.sort === field.name ? 'ascend' : state.sort === `-${field.name}` ? 'descend' : null,
    render: (_, row) => (index === 0 ? <TitleCell config={config} row={row} field={field} /> : <Cell config={config} meta={meta} row={row} field={field} />),
  }))
  if (room) made.push({ key: 'act', title: <span className="sr">{t('list.actions')}</span>, width: room, fixed: 'right', className: 'act', render: (_, row) => <RowActions config={config} meta={meta} row={row} onEdit={onEdit} /> })
  return (
    <Table<Row>
      size={compact ? 'small' : 'middle'}
      rowKey="id"
      dataSource={rows}
      columns={made}
      pagination={false}
      scroll={{ x: made.reduce((width, column) => width + Number(column.width ?? 150), 40) }}
      showSorterTooltip={false}
      rowClassName={(row) => (row.id === flash ? 'flash' : '')}
      rowSelection={onTick ? { columnWidth: 40, selectedRowKeys: ticked.map((row) => row.id), onChange: (_, chosen) => onTick(chosen), getCheckboxProps: (row) => ({ 'aria-label': titleOf(row) }), getTitleCheckboxProps: () => ({ 'aria-label': t('list.tick_all') }) } : undefined}
      onChange={(_, __, sorter) => {
        const { columnKey, order } = Array.isArray(sorter) ? sorter[0]! : sorter
        state.set({ sort: order ? `${order === 'descend' ? '-' : ''}${String(columnKey)}` : null })
      }}
    />
  )
}
