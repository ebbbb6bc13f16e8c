import { CaretDownOutlined, CaretRightOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { lazy, Suspense, useState, type DragEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { getAll, patch } from '@/shared/api/client'
import { may } from '@/shared/api/session'
import { titleOf, type Row } from '@/shared/api/records'
import { BinLink } from '@/shared/crud/BinLink'
import { configOf } from '@/shared/crud/config'
import { RowActions } from '@/shared/crud/RowActions'
import { inSentence, useMeta } from '@/shared/meta/meta'
import type { Meta } from '@/shared/meta/types'
import { Busy, Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'
import { treeOf, type Branch } from './departmentTree'

const FormDrawer = lazy(() => import('@/shared/crud/FormDrawer').then((one) => ({ default: one.FormDrawer })))

interface Handlers {
  meta: Meta
  edit: (row: Row) => void
  add: (parent: Row | null) => void
  move: (id: string, parent: Row | null) => void
}

/** Departments as a tree. One moves by dragging it onto another, or by its form. */
export default function Departments() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const meta = useMeta('departments')
  const rows = useQuery({ queryKey: ['departments', 'every'], queryFn: ({ signal }) => getAll<Row>('/departments', { sort: 'name' }, signal) })
  const [form, setForm] = useState<{ id?: string; parent_id?: string } | null>(null)
  if (meta.error || rows.error) return <Failed error={rows.error ?? meta.error} retry={() => (meta.refetch(), rows.refetch())} />
  if (!meta.data || !rows.data) return <Loading />
  const move = async (id: string, parent: Row | null) => {
    const row = rows.data.find((one) => one.id === id)
    if (!row || row.id === parent?.id || (row.parent_id ?? null) === (parent?.id ?? null)) return
    try {
      await patch(`/departments/${id}`, { version: row.version, parent_id: parent?.id ?? null })
      message.success(t('department.moved', { name: titleOf(row), to: parent ? titleOf(parent) : t('department.top') }))
    } catch (error) {
      message.error(messageOf(error))
    }
    await client.invalidateQueries({ queryKey: ['departments'] })
  }
  const handlers: Handlers = { meta: meta.data, move: (id, parent) => void move(id, parent), edit: (row) => setForm({ id: row.id }), add: (parent) => setForm(parent ? { parent_id: parent.id } : {}) }
  const add = may('department:create') ? <Button type="primary" icon={<PlusOutlined />} onClick={() => handlers.add(null)}>{t('list.new', { what: inSentence(meta.data.label) })}</Button> : null
  return (
    <section className="page settings">
      <div className="page-head"><h1 className="page-title">{t('menu.departments')}</h1><span className="grow" /><BinLink module="departments" />{rows.data.length ? add : null}</div>
      <div className="card">
        {rows.data.length ? (
          <>
            <Dropped className="drop-top quiet" onDrop={(id) => handlers.move(id, null)}>{t('department.hint')}</Dropped>
            <ul className="tree">{treeOf(rows.data).map((branch) => <Node key={branch.row.id} branch={branch} {...handlers} />)}</ul>
          </>
        ) : <Nothing text={t('list.empty', { what: inSentence(meta.data.label_plural) })}>{add}</Nothing>}
      </div>
      {form ? <Suspense fallback={<Busy />}><FormDrawer key={form.id ?? 'new'} module="departments" id={form.id} start={form.parent_id ? { parent_id: form.parent_id } : undefined} open onClose={() => setForm(null)} /></Suspense> : null}
    </section>
  )
}

function Node({ branch: { row, below }, ...handlers }: { branch: Branch } & Handlers) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(true)
  const name = titleOf(row)
  const mayMove = row.can?.includes('update')
  return (
    <li>
      <Dropped className="tree-row" onDrop={(id) => handlers.move(id, row)} draggable={mayMove} onDragStart={(event) => event.dataTransfer.setData(KIND, row.id)}>
        {below.length ? <Button type="text" size="small" icon={open ? <CaretDownOutlined /> : <CaretRightOutlined />} aria-expanded={open} aria-label={t('department.below', { name })} onClick={() => setOpen(!open)} /> : <span className="tree-leaf" />}
        <Link className="lnk strong" draggable={false} to={`/departments/${row.id}`}>{name}</Link>
        <span className="grow" />
        {may('department:create') ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t('department.add', { name })} title={t('department.add', { name })} onClick={() => handlers.add(row)} /> : null}
        <RowActions config={configOf('departments')} meta={handlers.meta} row={row} onEdit={handlers.edit} all />
      </Dropped>
      {below.length && open ? <ul>{below.map((one) => <Node key={one.row.id} branch={one} {...handlers} />)}</ul> : null}
    </li>
  )
}

const KIND = 'application/x-department'

interface DroppedProps {
  className: string
  onDrop: (id: string) => void
  draggable?: boolean
  onDragStart?: (event: DragEvent) => void
  children: React.ReactNode
}

/** A place where a department can be dropped. */
function Dropped({ className, onDrop, children, ...rest }: DroppedProps) {
  const [over, setOver] = useState(false)
  return (
    <div
      {...rest}
      className={over ? `${className} over` : className}
      onDragOver={(event) => event.dataTransfer.types.includes(KIND) && (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => (event.preventDefault(), setOver(false), onDrop(event.dataTransfer.getData(KIND)))}
    >
      {children}
    </div>
  )
}
