import { lazy } from 'react'
import { may } from '@/shared/api/session'
import type { ModuleConfig } from '@/shared/crud/config'
import { Tone, toneOf } from '@/shared/fields/Tone'
import { Overdue } from './Overdue'

const OfCustomerInput = lazy(() => import('../customers/CustomerInputs').then((one) => ({ default: one.OfCustomerInput })))
const NewReceipt = lazy(() => import('./NewReceipt').then((one) => ({ default: one.NewReceipt })))
const Collect = lazy(() => import('./Collect').then((one) => ({ default: one.Collect })))

export const PAYMENT_PLANS: ModuleConfig = {
  module: 'payment-plans',
  noun: 'payment_plan',
  columns: ['number', 'customer_name', 'due_on', 'amount', 'outstanding', 'status', 'received', 'order_number', 'period', 'owner_name'],
  quick: ['status'],
  facts: ['order_number', 'customer_name', 'period', 'due_on', 'amount', 'received', 'outstanding', 'status'],
  widths: { status: 205 },
  cells: {
    status: (row, field) => <><Tone tone={toneOf(row.status)}>{field.choices?.find((choice) => choice.value === row.status)?.label ?? String(row.status)}</Tone>{row.overdue ? <Overdue /> : null}</>,
  },
  actions: [
    { name: 'receipt', label: 'plan.receipt', on: ['row'], primary: true, allowed: (row) => may('receipt:create') && row.status !== 'paid' && row.status !== 'cancelled', Dialog: NewReceipt },
    { name: 'collect', label: 'plan.collect', on: ['batch'], permission: 'payment_plan:collect', allowed: () => true, Dialog: Collect },
  ],
  related: [{ module: 'receipts', field: 'plan_id', permission: 'receipt:read' }],
}

export const RECEIPTS: ModuleConfig = {
  module: 'receipts',
  noun: 'receipt',
  columns: ['number', 'customer_name', 'order_number', 'amount', 'received_on', 'method', 'status', 'owner_name'],
  quick: ['method'],
  facts: ['customer_name', 'order_number', 'amount', 'received_on', 'method', 'status'],
  inputs: { order_id: OfCustomerInput, plan_id: OfCustomerInput },
  actions: [
    { name: 'void', label: 'receipt.void', on: ['row'], danger: true, form: (t) => [{ name: 'reason', label: t('field.reason'), type: 'long_text', max_length: 500, required: true }] },
    {
      name: 'refund',
      label: 'receipt.refund',
      on: ['row'],
      form: (t) => [
        { name: 'amount', label: t('receipt.refund_amount'), type: 'money', required: true },
        { name: 'reason', label: t('field.reason'), type: 'long_text', max_length: 500, required: true },
      ],
    },
  ],
}
