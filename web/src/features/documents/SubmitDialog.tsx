import { useQuery } from '@tanstack/react-query'
import { Form, Modal } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, post } from '@/shared/api/client'
import type { ApprovalPlan } from '@/shared/api/contracts'
import { clean, titleOf, type Row } from '@/shared/api/records'
import type { DialogProps, Values } from '@/shared/crud/config'
import { FieldsForm } from '@/shared/crud/FieldsForm'
import { useRefusal } from '@/shared/crud/refusal'
import { Failed, Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { PlanSteps } from './PlanSteps'

/** Have an order approved: by the steps of the rule that is for it, else by a colleague one names. */
export function SubmitDialog({ rows, onDone, onClose }: DialogProps) {
  const { t } = useTranslation()
  const refuse = useRefusal()
  const [form] = Form.useForm()
  const [busy, once] = useOnce()
  const order = rows[0]!
  const plan = useQuery({ queryKey: ['orders', 'plan', order.id], queryFn: () => get<ApprovalPlan>(`/orders/${order.id}/approval-plan`), gcTime: 0, staleTime: 0 })
  const steps = plan.data?.steps ?? []
  const approver = { name: 'approver_id', label: t('order.approver'), type: 'id', reference: 'users', required: true }
  const fields = [...(steps.length ? [] : [approver]), { name: 'comment', label: t('field.comment'), type: 'long_text', max_length: 1000 }]
  const submit = async (values: Values) => {
    try {
      onDone(await post<Row>(`/orders/${order.id}/submit`, { ...clean(values), version: order.version }))
    } catch (error) {
      refuse(error, form, onClose)
    }
  }
  const isReady = plan.data && steps.every((step) => step.approver_ids?.length)
  return (
    <Modal open title={t('order.submit')} okText={t('order.submit')} cancelText={t('cancel')} okButtonProps={{ disabled: !isReady }} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p className="quiet">{titleOf(order)}</p>
      {plan.error ? <Failed error={plan.error} retry={() => void plan.refetch()} /> : null}
      {plan.data && steps.length ? <><p>{t('rule.applies', { rule: plan.data.rule_name })}</p><PlanSteps steps={steps} /></> : null}
      {plan.data ? <FieldsForm name="submit-order" form={form} fields={fields} onSubmit={(values) => void once(() => submit(values))} /> : plan.error ? null : <Loading rows={3} />}
    </Modal>
  )
}
