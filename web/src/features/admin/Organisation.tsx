import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { get, patch } from '@/shared/api/client'
import type { Organisation as Settings } from '@/shared/api/contracts'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED } from '@/shared/api/records'
import { showErrors } from '@/shared/crud/FieldsForm'
import { History } from '@/shared/crud/History'
import { CurrencyInput, TimeZoneInput } from '@/shared/fields/WorldInputs'
import type { Field } from '@/shared/meta/types'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

// A Monday; the days after it give the week's names in any language.
const MONDAY = Date.UTC(2024, 0, 1)
const DAY = 86_400_000
const KEY = ['organisation', 'form']

/** What holds for the whole company: its name, whose midnight ends a day, in what money it counts, when it works. */
export default function Organisation() {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, once] = useOnce()
  const [form] = Form.useForm<Settings>()
  const told = useQuery({ queryKey: KEY, queryFn: () => get<Settings>('/organisation'), ...AS_OPENED })
  const days = useMemo(() => daysIn(i18n.language), [i18n.language])
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading rows={5} />
  const save = async (values: Settings) => {
    try {
      client.setQueryData(KEY, await patch<Settings>('/organisation', { ...values, working_days: [...(values.working_days ?? [])].sort((a, b) => a - b), version: told.data.version }))
      message.success(t('form.saved'))
      await client.invalidateQueries()
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') form.setFieldsValue((await told.refetch()).data!)
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  const required = [{ required: true, message: t('form.required') }]
  const fields: Field[] = [
    { name: 'name', label: t('organisation.name'), type: 'text' },
    { name: 'time_zone', label: t('organisation.time_zone'), type: 'text' },
    { name: 'currency', label: t('organisation.currency'), type: 'text' },
    { name: 'working_days', label: t('organisation.working_days'), type: 'multi_choice', choices: days.map(({ value, label }) => ({ value: String(value), label })) },
  ]
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.organisation')}</h1>
      <Form className="card" name="organisation" form={form} layout="vertical" initialValues={told.data} onFinish={(values) => void once(() => save(values))} scrollToFirstError={{ focus: true }}>
        <div className="form-grid">
          <Form.Item className="wide" name="name" label={t('organisation.name')} rules={required}><Input maxLength={120} /></Form.Item>
          <Form.Item name="time_zone" label={t('organisation.time_zone')} extra={t('organisation.time_zone_help')} rules={required}><TimeZoneInput /></Form.Item>
          <Form.Item name="currency" label={t('organisation.currency')} extra={t('organisation.currency_help')} rules={required}><CurrencyInput /></Form.Item>
          <Form.Item className="wide" name="working_days" label={t('organisation.working_days')} rules={[{ type: 'array', min: 1, message: t('form.required') }]}><Checkbox.Group options={days} /></Form.Item>
        </div>
        <Button type="primary" htmlType="submit" loading={busy}>{t('save')}</Button>
      </Form>
      <div className="card"><h2>{t('detail.history')}</h2><History fields={fields} path="/organisation" /></div>
    </section>
  )
}

/** The days of a week as a language names them. */
function daysIn(language: string) {
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' })
  return Array.from({ length: 7 }, (_, index) => ({ value: index + 1, label: weekday.format(MONDAY + index * DAY) }))
}
