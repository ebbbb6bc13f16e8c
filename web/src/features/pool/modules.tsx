import { Link } from 'react-router'
import { post } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import type { ActionConfig, ModuleConfig } from '@/shared/crud/config'
import type { Field } from '@/shared/meta/types'
import { Deadline } from './Deadline'
import { MemberInput } from './MemberInput'

const ids = (rows: Row[]) => rows.map((row) => row.id)
const reason = (t: (key: string) => string): Field => ({ name: 'reason', label: t('field.reason'), type: 'long_text', max_length: 500 })

const ACTIONS: Record<string, ActionConfig> = {
  send: { name: 'send', label: 'pool.send', on: ['row', 'batch'], form: (t) => [reason(t)], run: (rows, values) => post('/pool/send', { customer_ids: ids(rows), ...given(values) }) },
  withdraw: { name: 'withdraw', label: 'pool.withdraw', on: ['row', 'batch'], form: (t) => [reason(t)], run: (rows, values) => post('/pool/withdraw', { customer_ids: ids(rows), ...given(values) }) },
  claim: { name: 'claim', label: 'pool.claim', on: ['row', 'batch'], run: (rows) => post('/pool/claim', { customer_ids: ids(rows) }) },
  assign: {
    name: 'assign',
    label: 'pool.assign',
    on: ['row', 'batch'],
    form: (t) => [{ name: 'member_id', label: t('pool.member'), type: 'id', reference: 'users', required: true }, reason(t)],
    run: (rows, { member_id, ...values }) => post('/pool/assign', { customer_ids: ids(rows), owner_id: member_id, ...given(values) }),
  },
  release: { name: 'release', label: 'pool.release', on: ['row', 'batch'], form: (t) => [reason(t)], run: (rows, values) => post('/pool/release', { customer_ids: ids(rows), ...given(values) }) },
  extend: {
    name: 'extend',
    label: 'pool.extend',
    on: ['row', 'batch'],
    form: (t) => [{ name: 'days', label: t('pool.extend_days'), type: 'integer', required: true, help: t('pool.extend_help') }, reason(t)],
    run: (rows, values) => post('/pool/extend', { customer_ids: ids(rows), ...given(values) }),
  },
}

const given = (values: Record<string, unknown>) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ''))

/** The pool's actions by name, for lists of customers. */
export const poolActions = (names: string[]): ActionConfig[] => names.map((name) => ACTIONS[name]!)

export const POOL_CUSTOMERS: ModuleConfig = {
  module: 'pool-customers',
  noun: 'pool',
  path: 'pool/customers',
  readOnly: true,
  actions: poolActions(['claim', 'assign', 'release', 'extend', 'withdraw']),
  inputs: { member_id: MemberInput },
  cells: {
    customer_name: (row) => <Link className="lnk strong" to={`/pool/customers/${row.id}`}>{String(row.customer_name)}</Link>,
    protected_until: (row) => <Deadline until={row.protected_until} />,
  },
}
