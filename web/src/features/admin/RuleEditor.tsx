import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form, Input, Select, Switch, type FormInstance } from 'antd'
import { useTranslation } from 'react-i18next'
import { patch, post } from '@/shared/api/client'
import type { ApprovalRule, RuleStep } from '@/shared/api/contracts'
import { showErrors } from '@/shared/crud/FieldsForm'
import { DecimalInput } from '@/shared/fields/inputs'
import { ReferenceInput } from '@/shared/fields/Reference'
import { useRoleName, useRoles } from '@/shared/ui/roles'
import { useOnce } from '@/shared/ui/useOnce'

const BOUNDS = { min_amount: 'money', min_discount: 'percent', max_margin: 'percent' } as const
const KINDS = ['manager', 'role', 'user'] as const
const MOST_STEPS = 5

/** Make a rule, or change one: which orders it is for, and the steps they go through. */
export function RuleEditor({ rule, onClose }: { rule: ApprovalRule | null; onClose: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm<ApprovalRule>()
  const [busy, once] = useOnce()
  const save = async (values: ApprovalRule) => {
    const bounds = Object.fromEntries(Object.keys(BOUNDS).map((name) => [name, values[name as keyof typeof BOUNDS] || null]))
    const body = { name: values.name, ...bounds, may_approve_own: values.may_approve_own ?? false, steps: values.steps?.map(asSent) }
    try {
      await (rule ? patch(`/approval-rules/${rule.id}`, { ...body, version: rule.version }) : post('/approval-rules', body))
      message.success(t('form.saved'))
      await client.invalidateQueries({ queryKey: ['approval-rules'] })
      onClose()
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <Drawer title={t(rule ? 'rule.edit' : 'rule.add')} open size={640} onClose={onClose} footer={<div className="drawer-foot"><Button onClick={onClose}>{t('cancel')}</Button><Button type="primary" loading={busy} onClick={() => form.submit()}>{t('save')}</Button></div>}>
      <Form name="approval-rule" form={form} layout="vertical" initialValues={rule ?? { steps: [{ kind: 'manager' }] }} onFinish={(values) => void once(() => save(values))} scrollToFirstError={{ focus: true }}>
        <Form.Item name="name" label={t('rule.name')} rules={[{ required: true, message: t('form.required') }]}><Input maxLength={120} /></Form.Item>
        <p className="quiet">{t('rule.bounds_hint')}</p>
        <div className="form-grid">
          {Object.entries(BOUNDS).map(([name, type]) => <Form.Item key={name} name={name} label={t(`rule.${name}`)}><DecimalInput field={{ name, label: '', type }} /></Form.Item>)}
        </div>
        <Steps form={form} />
        <Form.Item name="may_approve_own" label={t('rule.own')} valuePropName="checked"><Switch /></Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Drawer>
  )
}

function Steps({ form }: { form: FormInstance<ApprovalRule> }) {
  const { t } = useTranslation()
  const steps: RuleStep[] = Form.useWatch('steps', form) ?? []
  return (
    <fieldset className="section">
      <legend>{t('rule.steps')}</legend>
      <Form.List name="steps">
        {(rows, { add, remove, move }) => (
          <>
            {rows.map(({ key, name }) => (
              <div className="rule-step" key={key}>
                <Form.Item name={[name, 'kind']} label={t('rule.step', { step: name + 1 })}><Select options={KINDS.map((value) => ({ value, label: t(`rule.kind_${value}`) }))} /></Form.Item>
                <Person name={name} kind={steps[name]?.kind} />
                <div className="rule-step-tools">
                  <Button type="text" icon={<ArrowUpOutlined />} aria-label={t('dictionary.up', { row: name + 1 })} disabled={name === 0} onClick={() => move(name, name - 1)} />
                  <Button type="text" icon={<ArrowDownOutlined />} aria-label={t('dictionary.down', { row: name + 1 })} disabled={name === rows.length - 1} onClick={() => move(name, name + 1)} />
                  <Button type="text" icon={<DeleteOutlined />} aria-label={t('line.drop', { row: name + 1 })} disabled={rows.length === 1} onClick={() => remove(name)} />
                </div>
              </div>
            ))}
            <Form.Item><Button type="dashed" icon={<PlusOutlined />} disabled={rows.length >= MOST_STEPS} onClick={() => add({ kind: 'manager' })}>{t('rule.add_step')}</Button></Form.Item>
          </>
        )}
      </Form.List>
    </fieldset>
  )
}

/** Who decides the step, where its kind leaves it open. */
function Person({ name, kind }: { name: number; kind: RuleStep['kind'] }) {
  const { t } = useTranslation()
  const roles = useRoles()
  const nameOf = useRoleName()
  const rules = [{ required: true, message: t('form.required') }]
  if (kind === 'user') return <Form.Item name={[name, 'user_id']} label={t('order.approver')} rules={rules}><ReferenceInput module="users" /></Form.Item>
  if (kind === 'role') return <Form.Item name={[name, 'role_id']} label={t('order.approver')} rules={rules}><Select showSearch={{ optionFilterProp: 'label' }} options={roles.data?.items.map((role) => ({ value: role.id!, label: nameOf(role.code!, role.name) }))} /></Form.Item>
  return <span />
}

/** A step with what belongs to its kind. */
const asSent = ({ kind, user_id, role_id }: RuleStep): RuleStep => (kind === 'user' ? { kind, user_id } : kind === 'role' ? { kind, role_id } : { kind })
