import { expect, it } from 'vitest'
import { best, terms } from './terms'

it('takes words, and two characters each of Chinese', () => {
  expect(terms('The pump, P-200 leaks: pump!')).toEqual(['pump', '200', 'leaks'])
  expect(terms('水泵漏水')).toEqual(['水泵', '泵漏', '漏水'])
  expect(terms('Pump漏水')).toEqual(['pump', '漏水'])
  expect(terms('a 1 水')).toEqual([])
})
it('takes no more than a filter may hold', () => expect(terms('一二三四五六七八九十甲乙丙丁戊')).toHaveLength(12))
it('puts first what has most of them, and leaves out what has none', () => {
  const rows = ['pump hums', 'Pump leaks', 'valve']
  expect(best(rows, ['pump', 'leaks'], (row) => row)).toEqual(['Pump leaks', 'pump hums'])
})
