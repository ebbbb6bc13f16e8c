import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Select, Switch } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, put } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import type { PoolSettings as Settings } from '@/shared/api/contracts'
import { showErrors } from '@/shared/crud/FieldsForm'
import { DecimalInput } from '@/shared/fields/inputs'
import { useMeta } from '@/shared/meta/meta'
import { ReferenceInput } from '@/shared/fields/Reference'
import { Failed, Loading } from '@/shared/ui/states'
import { RehearsalCard as Rehearsal } from './Rehearsal'

const NUMBERS = ['protection_days', 'max_held', 'warn_days_before', 'daily_claim_limit', 'reclaim_cooldown_days'] as const

/** The rules of the pool: who is in it, how long, how many, and what counts as reaching the goal. */
export default function PoolSettings() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm()
  const [off, setOff] = useState<Settings | null>(null)
  const [typed, setTyped] = useState('')
  const settings = useQuery({ queryKey: ['pool', 'settings'], queryFn: () => get<Settings>('/pool/settings') })
  useEffect(() => {
    if (settings.data) form.setFieldsValue(settings.data)
  }, [settings.data])
  const customers = useMeta('customers')
  const exempt = [{ name: 'exempt_statuses', of: 'status' }, { name: 'exempt_levels', of: 'level' }].map(({ name, of }) => ({ name, field: customers.data?.fields.find((one) => one.name === of) }))
  if (settings.error) return <Failed error={settings.error} retry={() => void settings.refetch()} />
  if (!settings.data) return <Loading />

  const written = (): Settings => {
    const values = form.getFieldsValue() as Settings
    return { ...values, auto_entry: { ...settings.data.auto_entry, ...values.auto_entry } }
  }
  const save = async (values: Settings & { confirm?: boolean }) => {
    try {
      client.setQueryData(['pool', 'settings'], await put<Settings>('/pool/settings', { ...values, version: settings.data.version }))
      setOff(null)
      message.success(t('form.saved'))
      await client.invalidateQueries()
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') await settings.refetch()
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  const submit = () => {
    const values = written()
    if (settings.data.enabled && values.enabled === false) return setOff(values)
    void save(values)
  }
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.pool-settings')}</h1>
      <Form className="card" name="pool-settings" form={form} layout="vertical" onFinish={submit} scrollToFirstError={{ focus: true }}>
        <Form.Item name="enabled" label={t('pool.enabled')} valuePropName="checked" extra={t('pool.enabled_help', { count: settings.data.affected ?? 0 })}><Switch /></Form.Item>
        <div className="form-grid">
          <Form.Item className="wide" name="admin_ids" label={t('pool.admins')}><ReferenceInput module="users" multiple /></Form.Item>
          <Form.Item className="wide" name="user_ids" label={t('pool.users')}><ReferenceInput module="users" multiple /></Form.Item>
          {NUMBERS.map((name) => (
            <Form.Item key={name} name={name} label={t(`pool.${name}`)} extra={t(`pool.${name}_help`)}><InputNumber min={name === 'warn_days_before' || name === 'reclaim_cooldown_days' ? 0 : 1} precision={0} style={{ width: '100%' }} /></Form.Item>
          ))}
          <Form.Item name="count_achieved" label={t('pool.count_achieved')} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="goal_events" label={t('pool.goal_events')}><Select options={['order', 'receipt', 'both', 'either'].map((value) => ({ value, label: t(`pool.goal_${value}`) }))} /></Form.Item>
          <Form.Item name="goal_min_amount" label={t('pool.goal_min_amount')}><DecimalInput field={{ name: 'goal_min_amount', label: '', type: 'money' }} /></Form.Item>
        </div>
        <h2>{t('pool.auto_entry')}</h2>
        <p className="quiet">{t('pool.auto_entry_help')}</p>
        <div className="form-grid">
          {['no_follow_up_days', 'no_order_days'].map((name) => (
            <Form.Item key={name} name={['auto_entry', name]} label={t(`pool.${name}`)} extra={t('pool.empty_is_off')}><InputNumber min={1} precision={0} style={{ width: '100%' }} /></Form.Item>
          ))}
          {exempt.map(({ name, field }) => <Form.Item key={name} name={['auto_entry', name]} label={t(`pool.${name}`)}><Select mode="multiple" options={field?.choices?.map(({ value, label }) => ({ value, label }))} /></Form.Item>)}
        </div>
        <Button type="primary" htmlType="submit">{t('save')}</Button>
      </Form>
      <Rehearsal rules={written} />
      <Modal open={Boolean(off)} title={t('pool.off_title')} okText={t('pool.off_do')} cancelText={t('cancel')} okButtonProps={{ danger: true, disabled: typed !== t('pool.off_word') }} onOk={() => off && void save({ ...off, confirm: true })} onCancel={() => setOff(null)} afterClose={() => setTyped('')}>
        <p>{t('pool.off_text', { count: settings.data.affected ?? 0 })}</p>
        <p>{t('pool.off_type', { word: t('pool.off_word') })}</p>
        <Input aria-label={t('pool.off_word')} value={typed} onChange={(event) => setTyped(event.target.value)} />
      </Modal>
    </section>
  )
}
