import type { Field, Meta } from '@/shared/meta/types'

/** One condition of a filter. */
export interface Condition {
  field: string
  op: string
  value?: unknown
}

/** A filter as the API takes it: a condition, or conditions that all or any must hold. */
export type Tree = Condition | { and: Tree[] } | { or: Tree[] }

const DATES = ['eq', 'gte', 'lte', 'between', 'today', 'yesterday', 'this_week', 'last_week', 'this_month', 'last_month', 'this_quarter', 'this_year', 'last_n_days', 'not_in_last_n_days', 'next_n_days']
const NUMBERS = ['eq', 'gte', 'lte', 'between']
const EMPTY = ['is_empty', 'is_not_empty']
const BY_TYPE: Record<string, string[]> = {
  choice: ['in', 'not_in'],
  yes_no: ['eq'],
  id: ['in', 'not_in'],
  user: ['in', 'not_in', 'is_me', 'in_my_team'],
  integer: NUMBERS,
  money: NUMBERS,
  quantity: NUMBERS,
  percent: NUMBERS,
  number: NUMBERS,
  date: DATES,
  datetime: DATES.slice(1),
}
const WITHOUT_VALUE = new Set(['is_empty', 'is_not_empty', 'is_me', 'in_my_team', 'today', 'yesterday', 'this_week', 'last_week', 'this_month', 'last_month', 'this_quarter', 'this_year'])
const COUNTED = new Set(['last_n_days', 'not_in_last_n_days', 'next_n_days'])

/** The operators a field takes, most useful first. */
export function operatorsOf(field: Field, meta?: Meta): string[] {
  const served = field.operators ?? meta?.operators?.[field.type]
  const ours = [...(BY_TYPE[field.type] ?? ['contains', 'eq', 'starts_with']), ...(field.type === 'yes_no' ? [] : EMPTY)]
  return served ? ours.filter((op) => served.includes(op)) : ours
}

/** What value an operator asks for. */
export function valueKind(op: string): 'none' | 'days' | 'many' | 'range' | 'one' {
  if (WITHOUT_VALUE.has(op)) return 'none'
  if (COUNTED.has(op)) return 'days'
  if (op === 'between') return 'range'
  return op === 'in' || op === 'not_in' ? 'many' : 'one'
}

/** Whether a condition can be sent: its operator has the value it needs. */
export function isComplete({ field, op, value }: Condition): boolean {
  if (!field || !op) return false
  const kind = valueKind(op)
  if (kind === 'none') return true
  if (kind === 'range') return Array.isArray(value) && value.length === 2 && value.every((one) => one !== '' && one != null)
  if (kind === 'many') return Array.isArray(value) && value.length > 0
  return value !== undefined && value !== null && value !== ''
}

/** A filter of conditions; null when none can be sent. */
export function treeOf(conditions: Condition[], any = false): Tree | null {
  const whole = conditions.filter(isComplete).map(({ field, op, value }) => (valueKind(op) === 'none' ? { field, op } : { field, op, value }))
  if (whole.length < 2) return whole[0] ?? null
  return any ? { or: whole } : { and: whole }
}

/** The conditions of a filter, as the builder shows them; deeper trees than it can show give null. */
export function conditionsOf(tree: Tree | null | undefined): { conditions: Condition[]; any: boolean } | null {
  if (!tree) return { conditions: [], any: false }
  if ('field' in tree) return { conditions: [tree], any: false }
  const inner = 'and' in tree ? tree.and : tree.or
  return inner.every((one) => 'field' in one) ? { conditions: inner as Condition[], any: 'or' in tree } : null
}

/** Filters that must all hold as one. */
export function both(...trees: (Tree | null | undefined)[]): Tree | null {
  const given = trees.filter((one): one is Tree => Boolean(one))
  return given.length < 2 ? (given[0] ?? null) : { and: given }
}

/** A filter as a query parameter, or undefined. */
export const asParameter = (tree: Tree | null | undefined): string | undefined => (tree ? JSON.stringify(tree) : undefined)

/** The filter in a query parameter; null when it is none or not readable. */
export function readTree(text: string | null): Tree | null {
  if (!text) return null
  try {
    const found = JSON.parse(text)
    return found && typeof found === 'object' && ('field' in found || Array.isArray(found.and) || Array.isArray(found.or)) ? found : null
  } catch {
    return null
  }
}
