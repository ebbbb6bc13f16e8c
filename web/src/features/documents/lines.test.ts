import { describe, expect, it } from 'vitest'
import { bodyOf, documentTotal, draftOf, emptyLine, isTooMuch, readPaste, repriced } from './lines'

const line = (changes: object) => ({ ...emptyLine(), product_id: 'p', ...changes })

describe('pasting from a spreadsheet', () => {
  it('leaves one plain cell to the browser', () => expect(readPaste('12')).toBeNull())
  it('reads code, quantity, price and discount', () => expect(readPaste('HS-1\t2\t1,200.00\t5\nHS-2\t１\t\t\n')).toEqual([{ product: 'HS-1', quantity: '2', unit_price: '1200.00', discount: '5' }, { product: 'HS-2', quantity: '1', unit_price: '', discount: '0' }]))
  it('leaves the head row out', () => expect(readPaste('产品\t数量\nHS-1\t3')).toHaveLength(1))
})

describe('a document', () => {
  it('adds up its lines less its discount', () => expect(documentTotal([line({ quantity: '3', unit_price: '33.33' }), line({ quantity: '1', unit_price: '0.01' }), emptyLine()], '10')).toBe('90.00'))
  it('sends no price where none is typed, and no empty lines', () => expect(bodyOf([line({ quantity: '1' }), emptyLine()])).toEqual([{ product_id: 'p', quantity: '1', discount: '0', note: null }]))
  it('notices a discount larger than itself', () => expect(isTooMuch([line({ unit_price: '5' })], '5.01')).toBe(true))
  it('takes quantities of saved lines without their zeros', () => expect(draftOf({ product_id: 'p', quantity: '3.000', discount: '10.00' })).toMatchObject({ quantity: '3', discount: '10' }))
})

it('a price list reprices what it knows and names the rest', () => {
  const { lines, without } = repriced([line({ unit_price: '9' }), line({ product_id: 'q', unit_price: '9' })], new Map([['p', '7.50']]))
  expect([lines.map((one) => one.unit_price), without]).toEqual([['7.50', '9'], ['q']])
})
