import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, put } from '@/shared/api/client'
import type { Numbering as Format } from '@/shared/api/contracts'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED } from '@/shared/api/records'
import { may } from '@/shared/api/session'
import { configOf, permissionOf } from '@/shared/crud/config'
import { showErrors } from '@/shared/crud/FieldsForm'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

const NUMBERED = ['quotes', 'orders', 'payment-plans', 'receipts', 'tickets']

/** How the numbers of documents look: letters, digits, and when the count begins again. */
export default function Numbering() {
  const { t } = useTranslation()
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.numbering')}</h1>
      <p className="quiet">{t('numbering.hint')}</p>
      {NUMBERED.filter((module) => may(permissionOf(configOf(module), 'read'))).map((module) => <OfModule key={module} module={module} />)}
    </section>
  )
}

function OfModule({ module }: { module: string }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, once] = useOnce()
  const [form] = Form.useForm<Format>()
  const path = `/meta/${module}/numbering`
  const told = useQuery({ queryKey: ['numbering', module], queryFn: () => get<Format>(path), ...AS_OPENED })
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading rows={2} />
  const save = async (values: Format) => {
    try {
      client.setQueryData(['numbering', module], await put<Format>(path, { ...values, version: told.data.version }))
      message.success(t('form.saved'))
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') await told.refetch()
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <Form className="card" name={`numbering-${module}`} form={form} layout="vertical" initialValues={told.data} onFinish={(values) => void once(() => save(values))}>
      <div className="page-head"><h2>{t(`menu.${module}`)}</h2><span className="grow" /><span className="figure"><span className="quiet">{t('numbering.example')}</span> <b className="code">{told.data.example}</b></span></div>
      <div className="form-line">
        <Form.Item name="prefix" label={t('numbering.prefix')} rules={[{ required: true, message: t('form.required') }]}><Input maxLength={8} /></Form.Item>
        <Form.Item name="digits" label={t('numbering.digits')} rules={[{ required: true, message: t('form.required') }]}><InputNumber min={3} max={8} precision={0} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="restart" label={t('numbering.restart')}><Select options={['day', 'month', 'year', 'never'].map((value) => ({ value, label: t(`restart.${value}`) }))} /></Form.Item>
        <Button htmlType="submit" loading={busy}>{t('save')}</Button>
      </div>
    </Form>
  )
}
