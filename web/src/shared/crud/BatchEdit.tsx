import { App, Checkbox, Form, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import { formFields } from '@/shared/meta/meta'
import type { Meta } from '@/shared/meta/types'
import { useOnce } from '@/shared/ui/useOnce'
import { useAct } from './actions'
import { pathOf, type ModuleConfig, type Values } from './config'
import { FieldItem, showErrors, valueOf } from './FieldsForm'

interface Props {
  meta: Meta
  config: ModuleConfig
  rows: Row[]
  onClose: () => void
  onDone: () => void
}

/** Tick the fields to change and give the new values. */
export function BatchEdit({ meta, config, rows, onClose, onDone }: Props) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const act = useAct()
  const [form] = Form.useForm()
  const [ticked, setTicked] = useState<string[]>([])
  const [busy, once] = useOnce()
  const fields = formFields(meta).filter((field) => !UNIQUE.has(field.name))
  const chosen = fields.filter((field) => ticked.includes(field.name))

  const submit = async (values: Values) => {
    const changes = Object.fromEntries(chosen.map((field) => [field.name, valueOf(values, field) ?? null]))
    try {
      const result = await post(`${pathOf(meta.module)}/batch-update`, { ids: rows.map((row) => row.id), changes })
      onClose()
      act({ action: { name: 'batch_update', label: 'batch.edit', on: ['batch'], run: async () => result }, meta, rows, batch: true, done: onDone })
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }

  return (
    <Modal open title={t('batch.edit_title', { count: rows.length })} okText={t('save')} cancelText={t('cancel')} okButtonProps={{ disabled: !chosen.length }} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} width={640}>
      <p className="quiet">{t('batch.edit_hint')}</p>
      <Checkbox.Group className="tick-grid" value={ticked} onChange={setTicked} options={fields.map((field) => ({ value: field.name, label: field.label }))} />
      <Form name="batch-edit" form={form} layout="vertical" onFinish={(values) => void once(() => submit(values))}>
        <div className="form-grid">{chosen.map((field) => <FieldItem key={field.name} field={{ ...field, required: field.required ?? false }} config={config} />)}</div>
      </Form>
    </Modal>
  )
}

/** What two records never share. */
const UNIQUE = new Set(['name', 'code', 'number', 'username'])
