import { App, Button, Form, Input, Modal, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch, post } from '@/shared/api/client'
import type { RecoveryCodes, TwoFactor } from '@/shared/api/contracts'
import { loadMe, useSession } from '@/shared/api/session'
import { showErrors } from '@/shared/crud/FieldsForm'
import { Tone } from '@/shared/fields/Tone'
import { messageOf } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { MySessions } from './Sessions'

/** What concerns oneself: reminders by mail, password, second factor, where one is logged in. */
export default function Profile() {
  const { t } = useTranslation()
  const { account, actsUntil } = useSession()
  return (
    <section className="page settings">
      <h1 className="page-title">{account?.display_name}</h1>
      {actsUntil ? <p className="quiet">{t('acting.profile', { name: account?.display_name })}</p> : <><Reminders /><Password /><SecondFactor /><MySessions /></>}
    </section>
  )
}

function Reminders() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const account = useSession((state) => state.account)
  const [form] = Form.useForm()
  const [busy, once] = useOnce()
  const email = Form.useWatch('email', form) as string | null | undefined
  const save = async (values: { email?: string; remind_by_mail?: boolean }) => {
    try {
      await patch('/auth/me', { email: values.email || null, remind_by_mail: Boolean(values.email && values.remind_by_mail) })
      await loadMe()
      message.success(t('form.saved'))
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <div className="card">
      <h2>{t('profile.reminders')}</h2>
      <Form name="reminders" form={form} layout="vertical" initialValues={{ email: account?.email, remind_by_mail: account?.remind_by_mail }} onFinish={(values) => void once(() => save(values))}>
        <div className="form-grid">
          <Form.Item name="email" label={t('profile.email')}><Input maxLength={200} inputMode="email" autoComplete="email" /></Form.Item>
          <Form.Item name="remind_by_mail" label={t('profile.remind_by_mail')} valuePropName="checked"><Switch disabled={!email} /></Form.Item>
        </div>
        <Button htmlType="submit" loading={busy}>{t('save')}</Button>
      </Form>
    </div>
  )
}

function Password() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [form] = Form.useForm()
  const [busy, once] = useOnce()
  const save = async (values: object) => {
    try {
      await post('/auth/password', values)
      form.resetFields()
      message.success(t('form.saved'))
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <div className="card">
      <h2>{t('profile.password')}</h2>
      <Form name="password" form={form} layout="vertical" onFinish={(values) => void once(() => save(values))}>
        <div className="form-grid">
          {['current_password', 'new_password'].map((name) => <Form.Item key={name} name={name} label={t(`profile.${name}`)} rules={[{ required: true, message: t('form.required') }]}><Input.Password autoComplete={name === 'new_password' ? 'new-password' : 'current-password'} /></Form.Item>)}
        </div>
        <Button htmlType="submit" loading={busy}>{t('profile.change_password')}</Button>
      </Form>
    </div>
  )
}

function SecondFactor() {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const isOn = useSession((state) => state.twoFactor)
  const [begun, setBegun] = useState<TwoFactor | null>(null)
  const [stopping, setStopping] = useState(false)
  const [text, setText] = useState('')
  const [busy, once] = useOnce()
  const attempt = (work: () => Promise<void>) => once(() => work().catch((error) => void message.error(messageOf(error))))
  const confirm = () =>
    attempt(async () => {
      const { recovery_codes } = await post<RecoveryCodes>('/auth/two-factor/confirm', { code: text })
      setBegun(null)
      setText('')
      await loadMe()
      modal.success({ title: t('profile.two_factor_on'), content: <><p>{t('profile.recovery')}</p><pre>{recovery_codes?.join('\n')}</pre></> })
    })
  const start = () => attempt(async () => setBegun(await post<TwoFactor>('/auth/two-factor/start')))
  const stop = () =>
    attempt(async () => {
      await post('/auth/two-factor/off', { current_password: text })
      message.success(t('profile.two_factor_off'))
      setStopping(false)
      setText('')
      await loadMe()
    })
  return (
    <div className="card">
      <h2>{t('profile.two_factor')} <Tone tone={isOn ? 'good' : 'neutral'}>{t(isOn ? 'profile.is_on' : 'profile.is_off')}</Tone></h2>
      <p className="quiet">{t('profile.two_factor_hint')}</p>
      <div className="tools">{isOn ? <Button onClick={() => setStopping(true)}>{t('profile.two_factor_stop')}</Button> : <Button loading={busy} onClick={() => void start()}>{t('profile.two_factor_start')}</Button>}</div>
      <Modal open={stopping} title={t('profile.two_factor_stop')} okText={t('profile.go_on')} cancelText={t('cancel')} confirmLoading={busy} onOk={() => void stop()} onCancel={() => setStopping(false)}>
        <Input.Password aria-label={t('profile.current_password')} placeholder={t('profile.current_password')} autoComplete="current-password" value={text} onChange={(event) => setText(event.target.value)} />
      </Modal>
      <Modal open={Boolean(begun)} title={t('profile.two_factor')} okText={t('profile.go_on')} cancelText={t('cancel')} confirmLoading={busy} onOk={() => void confirm()} onCancel={() => setBegun(null)}>
        <p>{t('profile.scan')}</p>
        {begun?.qr_code ? <img className="qr" alt={t('profile.scan')} src={begun.qr_code.startsWith('data:') ? begun.qr_code : `data:image/svg+xml;utf8,${encodeURIComponent(begun.qr_code)}`} /> : null}
        <p><code>{begun?.secret}</code></p>
        <Input aria-label={t('login.otp')} placeholder={t('login.otp')} inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />
      </Modal>
    </div>
  )
}
