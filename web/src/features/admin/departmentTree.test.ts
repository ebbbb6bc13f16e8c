import { expect, it } from 'vitest'
import { treeOf, type Branch } from './departmentTree'

const shape = (branches: Branch[]): unknown => branches.map(({ row, below }) => (below.length ? [row.id, shape(below)] : row.id))

it('hangs departments below their parents, whatever their order', () => {
  const rows = [{ id: 'a', parent_id: null }, { id: 'c', parent_id: 'b' }, { id: 'b', parent_id: 'a' }, { id: 'd', parent_id: 'a' }]
  expect(shape(treeOf(rows))).toEqual([['a', [['b', ['c']], 'd']]])
})
it('shows at the top what hangs below something unknown', () => expect(shape(treeOf([{ id: 'x', parent_id: 'gone' }]))).toEqual(['x']))
