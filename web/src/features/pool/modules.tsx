import { lazy } from 'react'
import { Link } from 'react-router'
import { getAll, post } from '@/shared/api/client'
import type { Pool } from '@/shared/api/contracts'
import { useSession } from '@/shared/api/session'
import { clean, type Row } from '@/shared/api/records'
import type { ActionConfig, ModuleConfig } from '@/shared/crud/config'
import { ReferenceText } from '@/shared/fields/Reference'
import type { Field } from '@/shared/meta/types'
import { Deadline } from './Deadline'
import { Level } from './Level'
import { MemberInput } from './MemberInput'

const PoolMembers = lazy(() => import('./PoolMembers').then((one) => ({ default: one.PoolMembers })))

const ids = (rows: Row[]) => rows.map((row) => row.id)
const reason = (t: (key: string) => string): Field => ({ name: 'reason', label: t('field.reason'), type: 'long_text', max_length: 500 })

/** Which pool, where several are on. */
async function whichPool(t: (key: string) => string): Promise<Field[]> {
  const pools = (await getAll<Pool>('/pools')).filter((pool) => pool.enabled)
  const choices = pools.map((pool) => ({ value: pool.id!, label: pool.name! }))
  return pools.length > 1 ? [{ name: 'pool_id', label: t('noun.pool'), type: 'choice', choices, help: t('pool.send_help') }] : []
}

const ACTIONS: Record<string, ActionConfig> = {
  send: { name: 'send', label: 'pool.send', on: ['row', 'batch'], form: async (t) => [...(await whichPool(t)), reason(t)], run: (rows, values) => post('/pool/send', { customer_ids: ids(rows), ...clean(values) }) },
  withdraw: { name: 'withdraw', label: 'pool.withdraw', on: ['row', 'batch'], form: (t) => [reason(t)], run: (rows, values) => post('/pool/withdraw', { customer_ids: ids(rows), ...clean(values) }) },
  claim: { name: 'claim', label: 'pool.claim', on: ['row', 'batch'], run: (rows) => post('/pool/claim', { customer_ids: ids(rows) }) },
  assign: {
    name: 'assign',
    label: 'pool.assign',
    on: ['row', 'batch'],
    form: (t, [row]) => [{ name: 'member_id', label: t('pool.member'), type: 'id', reference: 'users', within: row?.pool_id as string | undefined, required: true }, reason(t)],
    run: (rows, { member_id, ...values }) => post('/pool/assign', { customer_ids: ids(rows), owner_id: member_id, ...clean(values) }),
  },
  release: { name: 'release', label: 'pool.release', on: ['row', 'batch'], form: (t) => [reason(t)], run: (rows, values) => post('/pool/release', { customer_ids: ids(rows), ...clean(values) }) },
  extend: {
    name: 'extend',
    label: 'pool.extend',
    on: ['row', 'batch'],
    form: (t) => [{ name: 'days', label: t('pool.extend_days'), type: 'integer', required: true, help: t('pool.extend_help') }, reason(t)],
    run: (rows, values) => post('/pool/extend', { customer_ids: ids(rows), ...clean(values) }),
  },
}

/** Whether somebody may ask for more time: the owner, while the goal is open. */
const isMine = (row: Row) => row.owner_id === useSession.getState().account?.id && (row.pool_status ?? row.state) === 'assigned' && row.pool_goal === 'pending'

ACTIONS.request_extension = {
  name: 'request_extension',
  label: 'pool.request_extension',
  on: ['row'],
  allowed: (row) => isMine(row) && !row.can?.includes('extend'),
  form: (t) => [{ name: 'days', label: t('pool.extend_days'), type: 'integer', required: true, help: t('pool.extend_help') }, { ...reason(t), required: true }],
  run: ([row], values) => post('/pool/extension-requests', { customer_id: row!.id, ...values }),
}

/** The pool's actions by name, for lists of customers. */
export const poolActions = (names: string[]): ActionConfig[] => names.map((name) => ACTIONS[name]!)

export const POOL_CUSTOMERS: ModuleConfig = {
  module: 'pool-customers',
  noun: 'pool',
  path: 'pool/customers',
  readOnly: true,
  actions: poolActions(['claim', 'assign', 'release', 'extend', 'withdraw', 'request_extension']),
  inputs: { member_id: MemberInput },
  cells: {
    customer_name: (row) => <Link className="lnk strong" to={`/pool/customers/${row.id}`}>{String(row.customer_name)}</Link>,
    protected_until: (row) => <Deadline until={row.protected_until} />,
    level: (row) => <Level value={row.level} />,
  },
}

export const EXTENSION_REQUESTS: ModuleConfig = {
  module: 'extension-requests',
  noun: 'pool',
  path: 'pool/extension-requests',
  readOnly: true,
  actions: [
    { name: 'grant', label: 'pool.grant', on: ['row'], form: (t) => [{ name: 'days', label: t('pool.grant_days'), type: 'integer' }] },
    { name: 'refuse', label: 'pool.refuse', on: ['row'], danger: true, form: (t) => [reason(t)] },
  ],
}

const names = (module: string, ids: unknown) => {
  const known = (ids as string[] | undefined) ?? []
  return known.length ? <span className="names">{known.map((id) => <span key={id}><ReferenceText module={module} id={id} /></span>)}</span> : '—'
}

/** Pools by department or region beside the default one; their rules are typed on a page of their own. */
export const POOLS: ModuleConfig = {
  module: 'pools',
  noun: 'pool',
  ownerless: true,
  verbs: { create: 'pool:settings', delete: 'pool:settings' },
  formPage: true,
  columns: ['name', 'enabled', 'is_default', 'department_ids', 'regions', 'protection_days', 'max_held', 'affected'],
  facts: ['enabled', 'is_default', 'regions', 'protection_days', 'max_held', 'affected'],
  cells: { admin_ids: (row) => names('users', row.admin_ids), user_ids: (row) => names('users', row.user_ids), department_ids: (row) => names('departments', row.department_ids) },
  actions: [
    {
      name: 'empty',
      label: 'pool.empty',
      on: ['row'],
      allowed: (row) => (row.can?.includes('update') ?? false) && Number(row.affected) > 0,
      form: (t) => [{ name: 'into_id', label: t('pool.empty_into'), type: 'id', reference: 'pools', required: true }],
      run: ([row], values) => post(`/pools/${row!.id}/empty`, { ...values, version: row!.version }),
    },
  ],
  detailTabs: [{ key: 'members', label: 'pool.members', Content: PoolMembers }],
}
