import { MoreOutlined } from '@ant-design/icons'
import { Button, Checkbox, Dropdown, Table } from 'antd'
import type { ColumnsType } from 'antd/es/table'
import { memo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { titleOf, type Row } from '@/shared/api/records'
import { showMoney, showNumber } from '@/shared/fields/money'
import { FieldText, kindOf } from '@/shared/fields/registry'
import { idField } from '@/shared/meta/meta'
import type { Field, Meta } from '@/shared/meta/types'
import { useDensity } from '@/shared/ui/density'
import { useWide } from '@/shared/ui/useWide'
import { ReferenceText } from '@/shared/fields/Reference'
import { actionsOf, type ActionConfig, type ModuleConfig } from './config'
import { allows, labelOf, useAct } from './actions'
import { valueOf } from './FieldsForm'
import { useStandard } from './standard'
import type { ListState } from './useList'

interface Props {
  config: ModuleConfig
  meta: Meta
  rows: Row[]
  columns: string[]
  ticked: Row[]
  onTick?: (rows: Row[]) => void
  onEdit: (row: Row) => void
}

/** The rows as a table. */
export function ListTable({ config, meta, rows, columns, state, ticked, onTick, onEdit, flash }: Props & { state: ListState; flash: string | null }) {
  const { t } = useTranslation()
  const compact = useDensity() === 'compact'
  const offers = useOffers(config, meta, onEdit)
  const room = Math.max(...rows.map((row) => roomOf(offers.of(row), offers.word)))
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
  if (room > PADDING) made.push({ key: 'act', title: <span className="sr">{t('list.actions')}</span>, width: room, fixed: 'right', className: 'act', render: (_, row) => <RowActions config={config} meta={meta} row={row} onEdit={onEdit} /> })
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

const ACTIONS_WIDTH = 240
const PADDING = 20
const CELL = 24
const LOOSE = 1.12
const MORE_WIDTH = 28
const GAP = 12

/** What stands behind ⋮ even where there is room. */
const QUIET = new Set(['delete', 'empty', 'deactivate', 'reset_two_factor', 'impersonate'])

/** How wide a text is, about. */
const spanOf = (text: string) => [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 14 : 8), 0)

/** What a value takes in a tag, about: smaller letters, and its padding. */
const tagOf = (text: string) => spanOf(text) * 0.86 + 20

/** As wide as what stands in it needs, up to what is usual, and never less than its head. A figure is never cut. */
function widthOf(field: Field, isFirst: boolean, rows: Row[]): number {
  const head = spanOf(field.label) * LOOSE + (field.sortable ? 42 : CELL)
  const usual = field.name === 'number' || field.name.endsWith('_number') ? 150 : isFirst ? 230 : /^customer_(name|id)$/.test(field.name) ? 210 : (kindOf(field).width ?? 150)
  const needs = CELL + Math.max(0, ...spansIn(field, rows)) * LOOSE
  return Math.max(head, kindOf(field).end ? needs : isFirst || field.name.endsWith('number') ? usual : Math.min(usual, needs))
}

/** What the values of a field take; nothing where that shows only when they are drawn. */
function spansIn(field: Field, rows: Row[]): number[] {
  if (field.choices) return field.choices.map((choice) => tagOf(choice.label))
  if (kindOf(field).end) return rows.map((row) => spanOf(field.type === 'money' ? showMoney(row[field.name], 'en') : `${showNumber(row[field.name], 'en')}%`))
  return field.type === 'text' && !field.reference ? rows.map((row) => spanOf(String(row[field.name] ?? ''))) : [Infinity]
}

/** The first two of some words, as far as they fit into the column of actions. */
function fitting<T>(some: T[], wordOf: (one: T) => string): T[] {
  let left = ACTIONS_WIDTH - PADDING - MORE_WIDTH
  return some.slice(0, 2).filter((one, index) => (left -= spanOf(wordOf(one)) + GAP) >= 0 || index === 0)
}

/** How wide the column of actions is for what a row allows. */
const roomOf = ({ near, far }: Offer, wordOf: (one: ActionConfig) => string) =>
  PADDING + near.reduce((sum, one) => sum + spanOf(wordOf(one)) + GAP, 0) + (far.length ? MORE_WIDTH : 0)

const Cell = memo(function Cell({ config, meta, row, field }: { config: ModuleConfig; meta: Meta; row: Row; field: Field }): ReactNode {
  const own = config.cells?.[field.name]
  if (own) return own(row, field)
  const reference = idField(meta, field.name)
  if (reference) return <ReferenceText module={reference.reference!} id={row[reference.name]} name={row[field.name]} />
  return <FieldText field={field} value={valueOf(row, field)} row={row} />
})

function TitleCell({ config, row, field }: { config: ModuleConfig; row: Row; field: Field }) {
  const own = config.cells?.[field.name]
  if (own) return own(row, field)
  const value = row[field.name]
  const text = field.type === 'datetime' || field.type === 'choice' ? <FieldText field={field} value={value} row={row} /> : String(value ?? titleOf(row))
  return <Link className="lnk strong" to={`/${config.module}/${row.id}`}>{text}</Link>
}

interface Offer {
  near: ActionConfig[]
  far: ActionConfig[]
}

/** What rows allow: two things at most, as far as there is room, the rest behind ⋮; four at the head of a page that is wide. */
function useOffers(config: ModuleConfig, meta: Meta, onEdit: (row: Row) => void) {
  const { t } = useTranslation()
  const standard = useStandard(config, onEdit)
  const wide = useWide(768)
  const word = (action: ActionConfig) => labelOf(action, meta, t)
  const of = (row: Row, all?: boolean, head?: boolean): Offer => {
    const offered = [...actionsOf(config, meta).filter((action) => action.on.includes('row')), ...standard].filter((action) => allows(row, action))
    // Another owner for a record is a quiet matter; a module's own way of assigning is not.
    const loud = offered.filter((action) => !QUIET.has(action.name) && !(action.name === 'assign' && standard.includes(action)))
    loud.sort((one, other) => Number(one.danger ?? false) - Number(other.danger ?? false))
    const near = all ? [...loud, ...offered.filter((action) => !loud.includes(action))].slice(0, wide ? 4 : 2) : head ? loud.slice(0, wide ? 4 : 2) : fitting(loud, word)
    return { near, far: offered.filter((action) => !near.includes(action)) }
  }
  return { of, word }
}

/** Whether an action is what one comes to a record for. */
const isMain = (action: ActionConfig, meta: Meta) => action.primary ?? meta.actions.find((one) => one.name === action.name)?.tone === 'good'

/** What can be done with a row, as links and a menu: two, or as many as four (`all`); at the `head` of its page as buttons. */
export function RowActions({ config, meta, row, onEdit, all, head }: { config: ModuleConfig; meta: Meta; row: Row; onEdit: (row: Row) => void; all?: boolean; head?: boolean }) {
  const { t } = useTranslation()
  const act = useAct()
  const offers = useOffers(config, meta, onEdit)
  const [opened, setOpened] = useState<boolean | null>(null)
  const { near, far } = offers.of(row, all, head)
  const main = near.find((action) => isMain(action, meta))
  const start = (action: ActionConfig) => (action.name === 'update' && !action.to ? onEdit(row) : act({ action, meta, rows: [row], batch: false }))
  if (!near.length && !far.length) return null
  const more = <button type="button" className={head ? 'more' : 'lnk icon'} aria-label={t('list.more', { name: titleOf(row) })} aria-haspopup="menu" onClick={() => setOpened(true)}><MoreOutlined /></button>
  return (
    <span className="row-actions">
      {near.map((action) =>
        head ? <Button key={action.name} type={action === main ? 'primary' : 'default'} danger={action.danger} onClick={() => start(action)}>{offers.word(action)}</Button>
        : <button key={action.name} type="button" className={action.danger ? 'lnk danger' : 'lnk'} onClick={() => start(action)}>{offers.word(action)}</button>,
      )}
      {far.length === 0 ? null : opened !== null ? (
        <Dropdown open={opened} onOpenChange={setOpened} trigger={['click']} menu={{ items: far.map((action) => ({ key: action.name, label: offers.word(action), danger: action.danger })), onClick: ({ key }) => start(far.find((one) => one.name === key)!) }}>
          {more}
        </Dropdown>
      ) : more}
    </span>
  )
}

/** The rows as cards, for narrow screens. */
export function Cards({ config, meta, rows, columns, ticked, onTick, onEdit }: Props) {
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
