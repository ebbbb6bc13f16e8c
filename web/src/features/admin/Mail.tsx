import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Form, Input, InputNumber, Select, Switch } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, post, put } from '@/shared/api/client'
import type { MailSettings, TestMail } from '@/shared/api/contracts'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED } from '@/shared/api/records'
import { useSession } from '@/shared/api/session'
import { showErrors } from '@/shared/crud/FieldsForm'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

interface Values extends MailSettings {
  password?: string | null
  to?: string
}

const KEY = ['mail', 'form']
const USUAL_PORT = { none: 25, starttls: 587, tls: 465 }

/** Through which server reminders go by mail. The password goes in and never comes out again. */
export default function Mail() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const email = useSession((state) => state.account?.email)
  const [saving, saveOnce] = useOnce()
  const [testing, testOnce] = useOnce()
  const [form] = Form.useForm<Values>()
  const told = useQuery({ queryKey: KEY, queryFn: () => get<MailSettings>('/mail/settings'), ...AS_OPENED })
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading rows={6} />
  const settings = told.data
  const save = async () => {
    const { enabled } = form.getFieldsValue()
    try {
      client.setQueryData(KEY, await put<MailSettings>('/mail/settings', { ...serverOf(form.getFieldsValue()), enabled, version: settings.version }))
      form.setFieldValue('password', undefined)
      message.success(t('form.saved'))
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') form.setFieldsValue((await told.refetch()).data!)
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  const test = async () => {
    try {
      await form.validateFields()
      const { to } = await post<TestMail>('/mail/settings/test', { ...serverOf(form.getFieldsValue()), to: form.getFieldValue('to') })
      message.success(t('mail.sent', { to }))
    } catch (error) {
      if (error instanceof Problem) showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  const follow = ({ security }: Partial<Values>) => {
    if (security && Object.values(USUAL_PORT).includes(form.getFieldValue('port'))) form.setFieldValue('port', USUAL_PORT[security])
  }
  const required = [{ required: true, message: t('form.required') }]
  const security = [{ value: 'starttls', label: 'STARTTLS' }, { value: 'tls', label: 'TLS' }, { value: 'none', label: t('mail.none') }]
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.mail')}</h1>
      {settings.error ? <Alert type="warning" showIcon title={settings.error} description={t('mail.waiting', { count: settings.waiting ?? 0 })} /> : null}
      <Form name="mail" form={form} layout="vertical" initialValues={{ ...settings, to: email ?? undefined }} onValuesChange={follow} onFinish={() => void saveOnce(save)} scrollToFirstError={{ focus: true }} autoComplete="off" style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
        <div className="card">
          <p className="quiet">{t('mail.hint')}</p>
          <div className="form-grid">
            <Form.Item className="wide" name="enabled" label={t('mail.enabled')} valuePropName="checked"><Switch /></Form.Item>
            <Form.Item name="host" label={t('mail.host')} rules={required}><Input maxLength={253} placeholder="smtp.example.com" /></Form.Item>
            <Form.Item name="security" label={t('mail.security')} rules={required}><Select options={security} /></Form.Item>
            <Form.Item name="port" label={t('mail.port')} rules={required}><InputNumber min={1} max={65535} precision={0} style={{ width: '100%' }} /></Form.Item>
            <Form.Item name="username" label={t('mail.username')} extra={t('mail.username_help')}><Input maxLength={200} autoComplete="off" /></Form.Item>
            <Form.Item name="password" label={t('mail.password')} extra={settings.has_password ? t('mail.password_kept') : undefined}><Input.Password maxLength={500} autoComplete="new-password" visibilityToggle={false} /></Form.Item>
            <Form.Item name="sender_address" label={t('mail.sender_address')} rules={required}><Input maxLength={200} inputMode="email" /></Form.Item>
            <Form.Item name="sender_name" label={t('mail.sender_name')}><Input maxLength={80} /></Form.Item>
          </div>
          <Button type="primary" htmlType="submit" loading={saving}>{t('save')}</Button>
        </div>
        <div className="card">
          <h2>{t('mail.test')}</h2>
          <p className="quiet">{t('mail.test_hint')}</p>
          <Form.Item name="to" label={t('mail.to')} style={{ maxWidth: 420 }}><Input maxLength={200} inputMode="email" /></Form.Item>
          <Button loading={testing} onClick={() => void testOnce(test)}>{t('mail.send_test')}</Button>
        </div>
      </Form>
    </section>
  )
}

/** What the form says of the server. A password that was not typed stays; one without a user name goes. */
function serverOf({ host, port, security, username, password, sender_address, sender_name }: Values) {
  return { host, port, security, username, sender_address, sender_name, password: password || (username ? undefined : null) }
}
