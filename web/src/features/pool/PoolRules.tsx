import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Select, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { get, patch, post, put } from '@/shared/api/client'
import type { Pool, PoolSettings } from '@/shared/api/contracts'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED } from '@/shared/api/records'
import { showErrors } from '@/shared/crud/FieldsForm'
import { DecimalInput, ManyInput } from '@/shared/fields/inputs'
import { useMeta } from '@/shared/meta/meta'
import type { Choice } from '@/shared/meta/types'
import { ReferenceInput } from '@/shared/fields/Reference'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { RehearsalCard as Rehearsal } from './Rehearsal'

type Rules = PoolSettings & Pick<Pool, 'name' | 'department_ids' | 'regions' | 'is_default'>

const NUMBERS = ['protection_days', 'max_held', 'warn_days_before', 'daily_claim_limit', 'reclaim_cooldown_days'] as const
const LABELS = ['exempt_statuses', 'exempt_levels'] as const
const RULES = ['protection_days', 'max_held', 'count_achieved', 'goal_events', 'goal_min_amount', 'warn_days_before', 'daily_claim_limit', 'reclaim_cooldown_days', 'auto_entry'] as const
const DEFAULT = '/pool/settings'

/** The rules of the default pool. */
export default function DefaultPool() {
  const { t } = useTranslation()
  return <PoolRules title={t('menu.pool-settings')} path={DEFAULT} />
}

/** A pool of its own name: to be made, or to be changed. */
export function PoolPage() {
  const { t } = useTranslation()
  const { id } = useParams()
  return <PoolRules key={id} title={id ? t('pool.edit') : t('pool.add')} path={id ? `/pools/${id}` : null} id={id} />
}

/** The rules of a pool: who is in it, whose customers go there, how long, how many, and what counts as reaching the goal. */
function PoolRules({ title, path, id }: { title: string; path: string | null; id?: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm()
  const [off, setOff] = useState<Rules | null>(null)
  const [busy, once] = useOnce()
  const named = path !== DEFAULT
  // A new pool starts with the rules of the default one.
  const told = useQuery({ queryKey: ['pool', 'form', path], queryFn: async () => (path ? get<Rules>(path) : asNew(await get<Rules>(DEFAULT))), ...AS_OPENED })
  const customers = useMeta('customers')
  const choices = (name: string) => customers.data?.fields.find((one) => one.name === name)?.choices ?? []
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading />

  const written = (): Rules => {
    const values = form.getFieldsValue() as Rules
    return { ...values, auto_entry: { ...told.data.auto_entry, ...values.auto_entry } }
  }
  const send = (values: Rules & { confirm?: boolean }) => {
    if (!path) return post<Rules>('/pools', values)
    return id ? patch<Rules>(path, { ...values, version: told.data.version }) : put<Rules>(path, { ...values, version: told.data.version })
  }
  const save = async (values: Rules & { confirm?: boolean }) => {
    try {
      await send(values)
      setOff(null)
      message.success(t('form.saved'))
      await client.invalidateQueries()
      if (named) void navigate('/pools')
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') form.setFieldsValue((await told.refetch()).data!)
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  const submit = () => {
    const values = written()
    if (path && told.data.enabled && values.enabled === false) return setOff(values)
    void once(() => save(values))
  }
  return (
    <section className="page settings">
      <h1 className="page-title">{title}</h1>
      <Form className="card" name="pool-rules" form={form} layout="vertical" initialValues={told.data} onFinish={submit} scrollToFirstError={{ focus: true }}>
        {named ? (
          <div className="form-grid">
            <Form.Item className="wide" name="name" label={t('pool.name')} rules={[{ required: true, message: t('form.required') }]}><Input maxLength={80} /></Form.Item>
            <Form.Item name="department_ids" label={t('pool.departments')} extra={t('pool.departments_help')}><ReferenceInput module="departments" multiple /></Form.Item>
            <Form.Item name="regions" label={t('pool.regions')} extra={t('pool.regions_help')}><Tags /></Form.Item>
          </div>
        ) : null}
        <Form.Item name="enabled" label={t('pool.enabled')} valuePropName="checked" extra={path ? t('pool.enabled_help', { count: told.data.affected ?? 0 }) : undefined}><Switch /></Form.Item>
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
            <Form.Item key={name} name={['auto_entry', name]} label={t(`pool.${name}`)} extra={t('pool.empty_is_off')}><InputNumber min={1} max={3650} precision={0} style={{ width: '100%' }} /></Form.Item>
          ))}
          {LABELS.map((name) => <Form.Item key={name} name={['auto_entry', name]} label={t(`pool.${name}`)}><Select mode="multiple" options={choices(name === 'exempt_levels' ? 'level' : 'status').map(({ value, label }) => ({ value, label }))} /></Form.Item>)}
          <Form.Item name={['auto_entry', 'exempt_tags']} label={t('pool.exempt_tags')}><Tags /></Form.Item>
        </div>
        <LevelDays levels={choices('level')} />
        <div className="drawer-foot">{named ? <Button onClick={() => void navigate('/pools')}>{t('cancel')}</Button> : null}<Button type="primary" htmlType="submit" loading={busy}>{t('save')}</Button></div>
      </Form>
      {path ? <Rehearsal rules={() => rulesOf(written())} pool={id} /> : null}
      {off ? <SwitchOff count={told.data.affected ?? 0} onClose={() => setOff(null)} busy={busy} onSure={() => void once(() => save({ ...off, confirm: true }))} /> : null}
    </section>
  )
}

/** Other days for customers of some levels. */
function LevelDays({ levels }: { levels: Choice[] }) {
  const { t } = useTranslation()
  return (
    <Form.List name={['auto_entry', 'by_level']}>
      {(rows, { add, remove }) => (
        <>
          {rows.map(({ key, name }) => (
            <div className="form-line" key={key}>
              <Form.Item name={[name, 'level']} label={t('pool.level')} rules={[{ required: true, message: t('form.required') }]}><Select options={levels.map(({ value, label }) => ({ value, label }))} /></Form.Item>
              {['no_follow_up_days', 'no_order_days'].map((rule) => <Form.Item key={rule} name={[name, rule]} label={t(`pool.${rule}`)}><InputNumber min={1} max={3650} precision={0} style={{ width: '100%' }} /></Form.Item>)}
              <Button type="text" icon={<DeleteOutlined />} aria-label={t('line.drop', { row: name + 1 })} onClick={() => remove(name)} />
            </div>
          ))}
          <Form.Item><Button type="dashed" icon={<PlusOutlined />} onClick={() => add({})}>{t('pool.by_level')}</Button></Form.Item>
        </>
      )}
    </Form.List>
  )
}

/** Switching a pool off is asked for with a word to type. */
function SwitchOff({ count, busy, onClose, onSure }: { count: number; busy: boolean; onClose: () => void; onSure: () => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  return (
    <Modal open title={t('pool.off_title')} okText={t('pool.off_do')} cancelText={t('cancel')} okButtonProps={{ danger: true, disabled: typed !== t('pool.off_word') }} confirmLoading={busy} onOk={onSure} onCancel={onClose}>
      <p>{t('pool.off_text', { count })}</p>
      <p>{t('pool.off_type', { word: t('pool.off_word') })}</p>
      <Input aria-label={t('pool.off_word')} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </Modal>
  )
}

/** Words typed freely; none is an empty list, not nothing. */
const Tags = ({ value, onChange, id }: { value?: string[]; onChange?: (value: string[]) => void; id?: string }) => <ManyInput field={{ name: '', label: '', type: 'list' }} id={id} value={value} onChange={(next) => onChange?.((next as string[] | null) ?? [])} />

const rulesOf = (rules: Rules): PoolSettings => Object.fromEntries(RULES.map((name) => [name, rules[name]]))
const asNew = (rules: Rules): Rules => ({ ...rulesOf(rules), enabled: true, admin_ids: [], user_ids: [], department_ids: [], regions: [] })
