import { describe, expect, it } from 'vitest'
import { compare, lineTotal, minus, readDecimal, showMoney, showNumber, split, sum } from './money'

describe('line totals follow the server: half up to the cent', () => {
  it.each([
    ['1', '100.00', '0', '100.00'],
    ['3', '33.33', '0', '99.99'],
    ['0.001', '5.00', '0', '0.01'],
    ['0.001', '4.99', '0', '0.00'],
    ['7', '19.99', '12.5', '122.44'],
    ['1000000', '99999999.99', '0', '99999999990000.00'],
    ['1', '0.01', '50', '0.01'],
    ['2', '10.00', '100', '0.00'],
  ])('%s × %s less %s %% is %s', (quantity, price, discount, total) => expect(lineTotal(quantity, price, discount)).toBe(total))
})

describe('sums', () => {
  it('adds what floats cannot', () => expect(sum(['0.10', '0.20', null, 'x'])).toBe('0.30'))
  it('subtracts below zero', () => expect(minus('1.00', '2.50')).toBe('-1.50'))
  it('compares by value', () => expect([compare('10', '9.99'), compare('1.0', '1.00'), compare('-1', '0')]).toEqual([1, 0, -1]))
})

describe('shares of a total', () => {
  it('leave the rest to the last part', () => expect(split('1000.00', ['33.33', '33.33', '33.34'])).toEqual(['333.30', '333.30', '333.40']))
  it('always add up', () => {
    for (const total of ['0.01', '99.99', '100.01', '7.77']) expect(sum(split(total, ['30', '30', '40']))).toBe(total)
  })
})

describe('reading what people type', () => {
  it.each([['1,200.5', '1200.5'], ['¥ 3,000', '3000'], ['１２．５', '12.5'], ['(20.00)', '-20.00'], ['.5', '0.5'], ['12%', '12'], ['abc', null], ['1.2.3', null], ['', null]])('%s', (typed, read) => expect(readDecimal(typed)).toBe(read))
})

describe('showing', () => {
  it('groups without rounding through floats', () => expect(showMoney('90071992547409931.27', 'en')).toBe('90,071,992,547,409,931.27'))
  it('gives two places and a dash for nothing', () => expect([showMoney('5', 'zh-CN'), showMoney(null, 'en'), showMoney('-1234.5', 'en')]).toEqual(['5.00', '—', '-1,234.50']))
  it('drops the zeros of quantities', () => expect([showNumber('3.000', 'en'), showNumber('1200.250', 'en')]).toEqual(['3', '1,200.25']))
})
