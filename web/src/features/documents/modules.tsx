import { lazy } from 'react'
import type { Row } from '@/shared/api/records'
import type { ModuleConfig } from '@/shared/crud/config'
import type { Field } from '@/shared/meta/types'
import { mayPlan, PlanPrompt } from './PlanPrompt'

const HeldCustomerInput = lazy(() => import('../customers/CustomerInputs').then((one) => ({ default: one.HeldCustomerInput })))
const OfCustomerInput = lazy(() => import('../customers/CustomerInputs').then((one) => ({ default: one.OfCustomerInput })))
const Lines = lazy(() => import('./Lines').then((one) => ({ default: one.Lines })))
const Approvals = lazy(() => import('./Approvals').then((one) => ({ default: one.Approvals })))
const SubmitDialog = lazy(() => import('./SubmitDialog').then((one) => ({ default: one.SubmitDialog })))
const InstalmentDialog = lazy(() => import('./InstalmentDialog').then((one) => ({ default: one.InstalmentDialog })))

type Words = (key: string) => string
const comment = (t: Words): Field => ({ name: 'comment', label: t('field.comment'), type: 'long_text', max_length: 1000 })
const why = (t: Words): Field => ({ name: 'reason', label: t('field.reason'), type: 'long_text', max_length: 1000, required: true })

export const QUOTES: ModuleConfig = {
  module: 'quotes',
  noun: 'quote',
  formPage: true,
  columns: ['number', 'name', 'customer_name', 'total', 'status', 'valid_until', 'owner_name', 'created_at'],
  quick: ['status'],
  facts: ['number', 'customer_name', 'total', 'status', 'valid_until', 'owner_name'],
  inputs: { customer_id: HeldCustomerInput, contact_id: OfCustomerInput },
  actions: [
    {
      name: 'create_order',
      label: 'quote.create_order',
      on: ['row'],
      confirm: 'quote.create_order_sure',
      next: (order) => `/orders/${(order as Row).id}?plan=1`,
    },
  ],
  detailTabs: [{ key: 'first-lines', label: 'document.lines', Content: Lines }],
}

export const ORDERS: ModuleConfig = {
  module: 'orders',
  noun: 'order',
  formPage: true,
  columns: ['number', 'subject', 'customer_name', 'total', 'received', 'status', 'order_date', 'owner_name'],
  quick: ['status'],
  Banner: PlanPrompt,
  facts: ['number', 'customer_name', 'total', 'received', 'status', 'order_date', 'owner_name', 'approver_id'],
  inputs: { customer_id: HeldCustomerInput, contact_id: OfCustomerInput, quote_id: OfCustomerInput },
  actions: [
    { name: 'submit', label: 'order.submit', on: ['row'], primary: true, Dialog: SubmitDialog },
    { name: 'approve', label: 'order.approve', on: ['row'], form: (t) => [comment(t)] },
    { name: 'reject', label: 'order.reject', on: ['row'], form: (t) => [comment(t)] },
    { name: 'withdraw', label: 'order.withdraw', on: ['row'], confirm: 'order.withdraw_sure' },
    { name: 'instalments', label: 'order.instalments', on: ['row'], allowed: mayPlan, Dialog: InstalmentDialog },
    { name: 'void', label: 'order.void', on: ['row'], danger: true, form: (t) => [why(t)] },
  ],
  related: [
    { module: 'payment-plans', field: 'order_id', permission: 'payment_plan:read' },
    { module: 'receipts', field: 'order_id', permission: 'receipt:read' },
  ],
  detailTabs: [
    { key: 'first-lines', label: 'document.lines', Content: Lines },
    { key: 'approvals', label: 'order.approvals', Content: Approvals },
  ],
}
