import { PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Select, Switch, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, patch, post } from '@/shared/api/client'
import { showErrors } from '@/shared/crud/FieldsForm'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { ModulePicker } from './ModulePicker'

type Labels = Record<string, string | null>

interface CustomField {
  id: string
  name: string
  type: string
  labels: Labels
  help?: Record<string, string> | null
  choices?: { value?: string; labels: Record<string, string> }[]
  required?: boolean
  is_active?: boolean
  version: number
}

/** The word in a language, or in any other where it has none. */
const wordOf = (labels: Labels, language: string): string => labels[language] || Object.values(labels).find(Boolean) || '—'

/** The words that are there. */
const written = (labels: Labels = {}) => Object.fromEntries(Object.entries(labels).filter(([, word]) => word))

const LANGUAGES = ['zh-CN', 'zh-TW', 'en']
const TYPES = ['text', 'long_text', 'number', 'money', 'date', 'datetime', 'choice', 'multi_choice', 'yes_no', 'user', 'phone', 'email', 'url']

/** Fields that an administrator adds to a module, without a restart. */
export default function CustomFields() {
  const { t, i18n } = useTranslation()
  const [module, setModule] = useState('customers')
  const [editing, setEditing] = useState<CustomField | 'new' | null>(null)
  const fields = useQuery({ queryKey: ['custom-fields', module], queryFn: () => get<{ items: CustomField[] }>(`/meta/${module}/fields`) })
  return (
    <section className="page settings">
      <div className="page-head"><h1 className="page-title">{t('menu.fields')}</h1><ModulePicker value={module} onChange={setModule} /><span className="grow" /><Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('custom.add')}</Button></div>
      {fields.error ? <Failed error={fields.error} retry={() => void fields.refetch()} /> : null}
      {fields.data?.items.length === 0 ? <div className="card"><Nothing text={t('custom.empty')} /></div> : fields.data ? (
        <Scroll label={t('menu.fields')} className="card list-card">
          <Table size="middle" rowKey="id" pagination={false} style={{ minWidth: 560 }} dataSource={fields.data.items} columns={[
            { title: t('custom.label'), render: (_, field) => <button type="button" className="lnk strong" onClick={() => setEditing(field)}>{wordOf(field.labels, i18n.language)}</button> },
            { title: t('custom.name'), dataIndex: 'name' },
            { title: t('custom.type'), dataIndex: 'type', render: (type) => t(`type.${type}`) },
            { title: t('custom.required'), dataIndex: 'required', render: (on) => (on ? t('yes') : t('no')) },
            { title: t('dictionary.active'), dataIndex: 'is_active', render: (on) => (on === false ? t('no') : t('yes')) },
          ]} />
        </Scroll>
      ) : fields.error ? null : <Loading />}
      {editing ? <FieldDialog module={module} field={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
    </section>
  )
}

interface Written {
  type: string
  name?: string
  labels: Record<string, string>
  help?: Record<string, string>
  options?: string
  required?: boolean
  is_active?: boolean
}

function FieldDialog({ module, field, onClose }: { module: string; field: CustomField | null; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm<Written>()
  const [busy, once] = useOnce()
  const type = Form.useWatch('type', form) ?? field?.type
  const start = { ...field, help: field?.help ?? undefined, type: field?.type ?? 'text', is_active: field?.is_active ?? true, options: field?.choices?.map((one) => wordOf(one.labels, i18n.language)).join('\n') }
  const save = async ({ options, name, type: kind, ...values }: Written) => {
    const choices = options?.split('\n').map((line) => line.trim()).filter(Boolean).map((label, index) => {
      const known = field?.choices?.[index]
      return known?.value ? { value: known.value, labels: { ...written(known.labels), [i18n.language]: label } } : { labels: { [i18n.language]: label } }
    })
    const help = written(values.help)
    const body = { required: values.required ?? false, is_active: values.is_active ?? true, labels: written(values.labels), ...(Object.keys(help).length ? { help } : {}), ...(choices?.length && kind.includes('choice') ? { choices } : {}) }
    try {
      if (field) await patch(`/meta/${module}/fields/${field.id}`, { ...body, version: field.version })
      else await post(`/meta/${module}/fields`, { ...body, type: kind, ...(name ? { name } : {}) })
      await client.invalidateQueries()
      message.success(t('form.saved'))
      onClose()
    } catch (error) {
      showErrors(form, error).forEach((said) => message.error(said))
    }
  }
  return (
    <Modal open title={field ? t('custom.edit') : t('custom.add')} okText={t('save')} cancelText={t('cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form name="custom-field" form={form} layout="vertical" initialValues={start} onFinish={(values) => void once(() => save(values))}>
        <div className="form-grid">
          {LANGUAGES.map((one) => <Form.Item key={one} name={['labels', one]} label={t('custom.label_in', { language: t(`language.${one}`) })} rules={one === i18n.language ? [{ required: true, message: t('form.required') }] : []}><Input maxLength={200} /></Form.Item>)}
          <Form.Item name="type" label={t('custom.type')}><Select disabled={Boolean(field)} options={TYPES.map((one) => ({ value: one, label: t(`type.${one}`) }))} /></Form.Item>
          {field ? null : <Form.Item name="name" label={t('custom.name')} extra={t('custom.name_help')}><Input maxLength={38} /></Form.Item>}
          {type?.includes('choice') ? <Form.Item className="wide" name="options" label={t('custom.options')} extra={t('custom.options_help')}><Input.TextArea autoSize={{ minRows: 3 }} /></Form.Item> : null}
          <Form.Item className="wide" name={['help', i18n.language]} label={t('custom.help')}><Input maxLength={200} /></Form.Item>
          <Form.Item name="required" label={t('custom.required')} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="is_active" label={t('dictionary.active')} valuePropName="checked"><Switch /></Form.Item>
        </div>
      </Form>
    </Modal>
  )
}
