import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { App, Form, Modal, Table } from 'antd'
import { createContext, Suspense, useContext, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { post } from '@/shared/api/client'
import { clean, isBatchResult, titleOf, type BatchResult, type Page, type Row } from '@/shared/api/records'
import { Busy } from '@/shared/ui/states'
import type { Action, Field, Meta } from '@/shared/meta/types'
import { useOnce } from '@/shared/ui/useOnce'
import { configOf, type ActionConfig, type Values } from './config'
import { FieldsForm } from './FieldsForm'
import { useRefusal } from './refusal'

interface Started {
  action: ActionConfig
  meta: Meta
  rows: Row[]
  batch: boolean
  done?: () => void
}

/** An action that waits for what its form asks for, or for its own dialog. */
type Asking = Started & { fields: Field[] }

const Context = createContext<(started: Started) => void>(() => undefined)

/** Starts an action on rows: asks what it needs, does it, tells what came of it. */
export const useAct = () => useContext(Context)

/** Whether a row allows an action now. */
export const allows = (row: Row, action: ActionConfig): boolean => (action.allowed ? action.allowed(row) : row.can?.includes(action.needs ?? action.name)) ?? false

/** The word on an action's button. */
export function labelOf(action: ActionConfig, meta: Meta | undefined, t: (key: string) => string): string {
  return action.label ? t(action.label) : (meta?.actions.find((one) => one.name === action.name)?.label ?? action.name)
}

/** Everything below can start actions; the dialogs stand here once. */
export function ActionProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const refuse = useRefusal()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [started, setStarted] = useState<Asking | null>(null)
  const [busy, once] = useOnce()
  const [refused, setRefused] = useState<{ result: BatchResult; rows: Row[]; label: string } | null>(null)

  const finish = (what: Started, result: unknown) => {
    setStarted(null)
    const label = labelOf(what.action, what.meta, t)
    if (isBatchResult(result) && result.failed.length) setRefused({ result, rows: what.rows, label })
    else message.success(isBatchResult(result) ? t('batch.succeeded', { count: result.succeeded, label }) : t('done', { label }))
    renew(client, what, result)
    what.done?.()
    const next = what.action.next?.(result)
    if (next) void navigate(next)
    // Nobody waits for what the page behind shows.
    void client.invalidateQueries()
  }

  const perform = async (what: Started, values: Values = {}) => finish(what, await runOf(what, values))

  const begin = async (what: Started) => {
    const { action, rows } = what
    if (action.to && rows[0]) return void navigate(action.to(rows[0]))
    if (action.Dialog) return setStarted({ ...what, fields: [] })
    const fields = await fieldsOf(what, t)
    if (fields.length) return setStarted({ ...what, fields })
    const sure = action.confirm ? t(action.confirm, { count: rows.length, name: titleOf(rows[0]) }) : confirmOf(what)
    if (!sure) return perform(what)
    modal.confirm({
      title: labelOf(action, what.meta, t),
      content: sure,
      okText: labelOf(action, what.meta, t),
      okButtonProps: { danger: action.danger },
      cancelText: t('cancel'),
      onOk: () => perform(what).catch(refuse),
    })
  }

  const start = (what: Started) => void once(() => begin(what).catch(refuse))

  const Dialog = started?.action.Dialog
  return (
    <Context value={start}>
      {children}
      {busy ? <Busy /> : null}
      {started && Dialog ? <Suspense fallback={<Busy />}><Dialog rows={started.rows} onClose={() => setStarted(null)} onDone={(result) => finish(started, result)} /></Suspense> : null}
      {started && !Dialog ? <ActionForm started={started} onClose={() => setStarted(null)} perform={(values) => perform(started, values)} /> : null}
      <Refusals given={refused} onClose={() => setRefused(null)} />
    </Context>
  )
}

function ActionForm({ started, onClose, perform }: { started: Asking; onClose: () => void; perform: (values: Values) => Promise<void> }) {
  const { t } = useTranslation()
  const refuse = useRefusal()
  const [form] = Form.useForm()
  const [busy, once] = useOnce()
  const { action, meta, rows, fields } = started
  const submit = (values: Values) => once(() => perform(values).catch((error) => refuse(error, form, onClose)))
  const label = labelOf(action, meta, t)
  return (
    <Modal open title={label} okText={label} cancelText={t('cancel')} okButtonProps={{ danger: action.danger }} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} destroyOnHidden>
      <p className="quiet">{rows.length > 1 ? t('batch.chosen', { count: rows.length }) : titleOf(rows[0])}</p>
      <FieldsForm name={`action-${action.name}`} form={form} fields={fields} config={configOf(meta.module)} initial={Object.fromEntries(fields.filter((field) => field.default !== undefined).map((field) => [field.name, field.default]))} onSubmit={(values) => void submit(values)} />
    </Modal>
  )
}

function Refusals({ given, onClose }: { given: { result: BatchResult; rows: Row[]; label: string } | null; onClose: () => void }) {
  const { t } = useTranslation()
  const name = (id: string) => titleOf(given?.rows.find((row) => row.id === id))
  return (
    <Modal open={Boolean(given)} title={given?.label} footer={null} onCancel={onClose} width={600}>
      <p>{t('batch.succeeded', { count: given?.result.succeeded ?? 0, label: given?.label })}</p>
      <p role="alert">{t('batch.refused', { count: given?.result.failed.length ?? 0 })}</p>
      <Table
        size="small"
        rowKey="id"
        pagination={false}
        scroll={{ y: 320 }}
        dataSource={given?.result.failed}
        columns={[
          { title: t('batch.record'), dataIndex: 'id', render: name },
          { title: t('batch.reason'), dataIndex: 'detail' },
        ]}
      />
    </Modal>
  )
}

/** The record as the action left it stands where it was shown before anything is read again: what is done next is done to that one. */
function renew(client: QueryClient, { meta, rows }: Started, result: unknown): void {
  const next = result as Row | undefined
  if (!next?.id || next.id !== rows[0]?.id) return
  client.setQueriesData<Row>({ queryKey: [meta.module, 'one', next.id] }, (row) => row && { ...row, ...next })
  client.setQueriesData<Page>({ queryKey: [meta.module, 'list'] }, (page) => page && { ...page, items: page.items.map((row) => (row.id === next.id ? { ...row, ...next } : row)) })
}

const described = ({ action, meta }: Started): Action | undefined => meta.actions.find((one) => one.name === action.name)

async function fieldsOf(what: Started, t: (key: string) => string): Promise<Field[]> {
  const { form } = what.action
  return (typeof form === 'function' ? await form(t, what.rows) : form) ?? described(what)?.form ?? []
}

const confirmOf = (what: Started): string | null => {
  const asked = described(what)?.confirm
  return typeof asked === 'string' ? asked : null
}

/** Do it: as the module says, else as the server describes it; to one record as somebody saw it. */
function runOf(what: Started, values: Values): Promise<unknown> {
  const { action, rows, batch } = what
  if (action.run) return action.run(rows, values)
  const told = described(what)
  const path = batch ? (told?.batch_path ?? told?.path) : (told?.path ?? told?.batch_path)
  if (!path) throw new Error(`${action.name}: the server does not say where`)
  const address = path.replace(/^\/api\/v1/, '')
  const given = clean(values)
  return address.includes('{id}') ? post(address.replace('{id}', rows[0]!.id), { ...given, version: rows[0]!.version }) : post(address, { [told?.ids ?? 'ids']: rows.map((row) => row.id), ...given })
}
