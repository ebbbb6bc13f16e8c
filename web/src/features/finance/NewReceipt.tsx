import type { DialogProps } from '@/shared/crud/config'
import { FormDrawer } from '@/shared/crud/FormDrawer'
import { today } from '@/shared/fields/dates'

/** 創建收款單: a receipt for what a plan is still owed; whole or part. */
export function NewReceipt({ rows, onDone, onClose }: DialogProps) {
  const plan = rows[0]!
  const start = { customer_id: plan.customer_id, order_id: plan.order_id, plan_id: plan.id, amount: plan.outstanding, received_on: today() }
  return <FormDrawer module="receipts" start={start} open onClose={onClose} onSaved={onDone} />
}
