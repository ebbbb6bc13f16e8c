import { describe, expect, it } from 'vitest'
import { clean } from '@/shared/api/records'
import { changed } from '@/shared/crud/FormDrawer'
import { inRows } from '@/shared/crud/FieldsForm'
import { actionsOf, moduleAt, register } from '@/shared/crud/config'
import { columnFields, defaultColumns, formFields, idField, inSentence, offers } from './meta'
import type { Meta } from './types'

const meta: Meta = {
  module: 'things',
  noun: 'thing',
  path: '/api/v1/things',
  label: 'Thing',
  label_plural: 'Things',
  default_sort: 'name',
  actions: [{ name: 'close', label: 'Close', scope: ['row', 'batch'], path: '/api/v1/things/{id}/close', tone: 'danger' }, { name: 'update', label: 'Edit' }],
  fields: [
    { name: 'id', label: 'Id', type: 'id', read_only: true },
    { name: 'name', label: 'Name', type: 'text', required: true },
    { name: 'customer_id', label: 'Customer', type: 'id', reference: 'customers' },
    { name: 'customer_name', label: 'Customer', type: 'text', read_only: true },
    { name: 'lines', label: 'Lines', type: 'list', fields: [{ name: 'note', label: 'Note', type: 'text' }] },
    { name: 'c_size', label: 'Size', type: 'number', custom: true },
  ],
}
const names = (fields: { name: string }[]) => fields.map((field) => field.name)

describe('metadata', () => {
  it('gives a column to a name rather than to its id', () => expect(names(columnFields(meta))).toEqual(['name', 'customer_name', 'c_size']))
  it('prefers the columns the server names', () => expect(defaultColumns({ ...meta, columns: ['name'] })).toEqual(['name']))
  it('puts what may be written into a form, without lists of parts', () => expect(names(formFields(meta))).toEqual(['name', 'customer_id', 'c_size']))
  it('finds the reference behind a name', () => expect(idField(meta, 'customer_name')?.reference).toBe('customers'))
  it('says what may be done with the whole', () => expect([offers({ ...meta, operations: ['export'] }, 'export'), offers({ ...meta, operations: [] }, 'update'), offers(meta, 'update')]).toEqual([true, false, true]))
  it('offers actions that the server fully describes', () => expect(actionsOf({ module: 'things', noun: 'thing' }, meta)).toEqual([{ name: 'close', on: ['row', 'batch'], danger: true }]))
})

describe('what a form sends', () => {
  it('is only what changed', () => expect(changed({ name: 'B', customer_id: 'x', c_size: '2' }, { name: 'A', customer_id: 'x' }, formFields(meta))).toEqual({ name: 'B', c_size: '2' }))
  it('empties a field with null', () => expect(changed({ name: null }, { name: 'A' }, formFields(meta))).toEqual({ name: null }))
  it('leaves out of a new record what stayed empty', () => expect(clean({ a: '', b: null, c: 0, d: false })).toEqual({ c: 0, d: false }))
})

it('a label within a sentence', () => {
  expect(['Extension requests', 'E-mail', 'API tokens', '客户'].map(inSentence)).toEqual(['extension requests', 'e-mail', 'API tokens', '客户'])
})

it('a form ends with the fields that take a whole row', () => {
  const fields = [['name', 'text'], ['note', 'long_text'], ['day', 'date'], ['terms', 'long_text']].map(([name, type]) => ({ name: name!, label: '', type: type! }))
  expect(names(inRows(fields))).toEqual(['name', 'day', 'note', 'terms'])
})

it('a module is found by the address of its rows', () => {
  register({ module: 'pool-things', noun: 'thing', path: 'pool/things' })
  expect([moduleAt('pool/things'), moduleAt('things')]).toEqual(['pool-things', 'things'])
})
