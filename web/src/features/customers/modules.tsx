import { lazy } from 'react'
import { may } from '@/shared/api/session'
import type { ModuleConfig } from '@/shared/crud/config'
import { Deadline } from '../pool/Deadline'
import { PoolStamp } from '../pool/PoolStamp'
import { poolActions } from '../pool/modules'
import { CustomerNameInput } from './CustomerNameInput'
import { FaultInput } from './FaultInput'

const OfCustomerInput = lazy(() => import('./CustomerInputs').then((one) => ({ default: one.OfCustomerInput })))
const PoolLog = lazy(() => import('../pool/PoolLog').then((one) => ({ default: one.PoolLog })))
const QuickFollowUp = lazy(() => import('./QuickFollowUp').then((one) => ({ default: one.QuickFollowUp })))

export const CUSTOMERS: ModuleConfig = {
  module: 'customers',
  noun: 'customer',
  tabs: [
    { key: 'all', label: 'customers.all' },
    { key: 'assigned', label: 'customers.assigned', module: 'pool-customers', params: { state: 'assigned' }, permission: 'pool:read', columns: ['customer_name', 'level', 'region', 'owner_name', 'pool_goal', 'claimed_at', 'protected_until'] },
    { key: 'unassigned', label: 'customers.unassigned', module: 'pool-customers', params: { state: 'unassigned' }, permission: 'pool:read', columns: ['customer_name', 'level', 'region', 'entered_at'] },
  ],
  columns: ['name', 'status', 'level', 'owner_name', 'phone', 'latest_progress', 'last_contacted_at', 'next_visit_on', 'pool_status', 'protected_until', 'order_total', 'received_total'],
  quick: ['status', 'level'],
  facts: ['owner_name', 'status', 'level', 'phone', 'last_contacted_at', 'next_visit_on', 'order_total', 'received_total'],
  cells: { protected_until: (row) => <Deadline until={row.protected_until} /> },
  inputs: { name: CustomerNameInput },
  Banner: PoolStamp,
  actions: [
    { name: 'follow_up', label: 'customers.follow_up', on: ['row'], primary: true, allowed: (row) => (row.can?.includes('update') ?? false) && may('follow_up:create'), Dialog: QuickFollowUp },
    ...poolActions(['send', 'claim', 'release', 'extend', 'withdraw', 'request_extension']),
  ],
  related: [
    { module: 'contacts', field: 'customer_id', permission: 'contact:read' },
    { module: 'follow-ups', field: 'customer_id', permission: 'follow_up:read' },
    { module: 'quotes', field: 'customer_id', permission: 'quote:read' },
    { module: 'orders', field: 'customer_id', permission: 'order:read' },
    { module: 'payment-plans', field: 'customer_id', permission: 'payment_plan:read' },
    { module: 'receipts', field: 'customer_id', permission: 'receipt:read' },
  ],
  detailTabs: [{ key: 'pool-log', label: 'pool.log', permission: 'pool:read', when: (row) => row.pool_status !== 'ordinary', Content: PoolLog }],
}

export const CONTACTS: ModuleConfig = {
  module: 'contacts',
  noun: 'contact',
  columns: ['name', 'customer_id', 'job_title', 'department', 'mobile', 'email', 'is_primary', 'owner_name'],
  facts: ['customer_id', 'job_title', 'mobile', 'email'],
  inputs: { reports_to_id: OfCustomerInput },
}

export const FOLLOW_UPS: ModuleConfig = {
  module: 'follow-ups',
  noun: 'follow_up',
  columns: ['summary', 'customer_id', 'kind', 'contacted_at', 'next_visit_on', 'owner_name'],
  quick: ['kind'],
  facts: ['customer_id', 'kind', 'contacted_at', 'next_visit_on'],
  inputs: { contact_id: OfCustomerInput },
}

export const TICKETS: ModuleConfig = {
  module: 'tickets',
  noun: 'ticket',
  columns: ['number', 'title', 'customer_name', 'status', 'priority', 'fault_type', 'assignee_id', 'due_at'],
  quick: ['status', 'priority'],
  facts: ['number', 'customer_name', 'status', 'priority', 'assignee_id', 'due_at'],
  inputs: { fault_description: FaultInput, contact_id: OfCustomerInput, order_id: OfCustomerInput },
}

export const ARTICLES: ModuleConfig = { module: 'articles', noun: 'article' }
