import { describe, expect, it } from 'vitest'
import { both, conditionsOf, isComplete, operatorsOf, readTree, treeOf } from './tree'

const level = { field: 'level', op: 'in', value: ['A'] }
const due = { field: 'due_on', op: 'this_month' }

describe('a filter', () => {
  it('of nothing is none', () => expect(treeOf([{ field: 'name', op: 'contains', value: '' }])).toBeNull())
  it('of one condition is that condition', () => expect(treeOf([level])).toEqual(level))
  it('sends no value where an operator takes none', () => expect(treeOf([{ ...due, value: 'x' }, level], true)).toEqual({ or: [due, level] }))
  it('comes back from the address as it went', () => {
    const tree = treeOf([level, due])
    expect(readTree(JSON.stringify(tree))).toEqual(tree)
    expect(conditionsOf(tree)).toEqual({ conditions: [level, due], any: false })
  })
  it('ignores an address that is no filter', () => expect([readTree('{'), readTree('[1]'), readTree('{"x":1}'), readTree(null)]).toEqual([null, null, null, null]))
  it('deeper than the builder shows is left alone', () => expect(conditionsOf({ and: [{ or: [level, due] }] })).toBeNull())
  it('joins others', () => expect([both(null, level), both(level, due)]).toEqual([level, { and: [level, due] }]))
})

it.each([
  [{ field: 'a', op: 'between', value: [1] }, false],
  [{ field: 'a', op: 'between', value: [1, 2] }, true],
  [{ field: 'a', op: 'in', value: [] }, false],
  [{ field: 'a', op: 'eq', value: false }, true],
  [{ field: 'a', op: 'last_n_days' }, false],
])('%o is complete: %s', (condition, complete) => expect(isComplete(condition)).toBe(complete))

it('offers only what the server knows', () => expect(operatorsOf({ name: 'a', label: 'A', type: 'money', operators: ['eq', 'gte', 'is_empty'] })).toEqual(['eq', 'gte', 'is_empty']))
