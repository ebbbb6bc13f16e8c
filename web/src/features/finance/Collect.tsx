import { Form, Modal } from 'antd'
import { useTranslation } from 'react-i18next'
import { post } from '@/shared/api/client'
import type { BatchResult } from '@/shared/api/records'
import type { DialogProps, Values } from '@/shared/crud/config'
import { FieldsForm } from '@/shared/crud/FieldsForm'
import { useRefusal } from '@/shared/crud/refusal'
import { today } from '@/shared/fields/dates'
import { compare, showMoney, sum } from '@/shared/fields/money'
import { useMeta } from '@/shared/meta/meta'
import { useOnce } from '@/shared/ui/useOnce'

/** 批量收款: every ticked plan in full, one receipt each; those that are paid are left out. */
export function Collect({ rows, onDone, onClose }: DialogProps) {
  const { t, i18n } = useTranslation()
  const refuse = useRefusal()
  const [form] = Form.useForm()
  const [busy, once] = useOnce()
  const meta = useMeta('receipts')
  const open = rows.filter((row) => compare(String(row.outstanding ?? '0'), '0') > 0)
  const fields = (meta.data?.fields ?? []).filter((field) => field.name === 'received_on' || field.name === 'method').map((field) => ({ ...field, required: true }))
  const submit = async (values: Values) => {
    try {
      onDone(await post<BatchResult>('/payment-plans/batch-collect', { ids: open.map((row) => row.id), ...values }))
    } catch (error) {
      refuse(error, form)
    }
  }
  return (
    <Modal open title={t('plan.collect')} okText={t('plan.collect')} cancelText={t('cancel')} okButtonProps={{ disabled: !open.length }} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p>{open.length ? t('plan.collect_hint', { count: open.length, total: showMoney(sum(open.map((row) => String(row.outstanding))), i18n.language) }) : t('plan.collect_nothing')}</p>
      {meta.data ? <FieldsForm name="collect" form={form} fields={fields} initial={{ received_on: today(), method: 'bank_transfer' }} onSubmit={(values) => void once(() => submit(values))} /> : null}
    </Modal>
  )
}
