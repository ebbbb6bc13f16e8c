import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, InputNumber } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, put } from '@/shared/api/client'
import type { ServiceLevels as Levels } from '@/shared/api/contracts'
import { showErrors } from '@/shared/crud/FieldsForm'
import { useMeta } from '@/shared/meta/meta'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const

/** How many hours a ticket of each priority may take; its due time is counted from them. */
export default function ServiceLevels() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, once] = useOnce()
  const [form] = Form.useForm<Levels>()
  const levels = useQuery({ queryKey: ['tickets', 'service-levels'], queryFn: () => get<Levels>('/tickets/service-levels') })
  const choices = useMeta('tickets').data?.fields.find((one) => one.name === 'priority')?.choices
  if (levels.error) return <Failed error={levels.error} retry={() => void levels.refetch()} />
  if (!levels.data || !choices) return <Loading rows={4} />
  const save = async (values: Levels) => {
    try {
      client.setQueryData(['tickets', 'service-levels'], await put<Levels>('/tickets/service-levels', values))
      message.success(t('form.saved'))
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.service-levels')}</h1>
      <Form className="card" name="service-levels" form={form} layout="vertical" initialValues={levels.data} onFinish={(values) => void once(() => save(values))}>
        <p className="quiet">{t('ticket.levels_hint')}</p>
        <div className="form-grid">
          {PRIORITIES.map((name) => (
            <Form.Item key={name} name={name} label={choices.find((one) => one.value === name)?.label ?? name} rules={[{ required: true, message: t('form.required') }]}><InputNumber min={1} max={8760} precision={0} suffix={t('ticket.hour')} style={{ width: '100%' }} /></Form.Item>
          ))}
        </div>
        <Button type="primary" htmlType="submit" loading={busy}>{t('save')}</Button>
      </Form>
    </section>
  )
}
