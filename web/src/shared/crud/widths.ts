import type { Row } from '@/shared/api/records'
import { showMoney, showNumber } from '@/shared/fields/money'
import { kindOf } from '@/shared/fields/registry'
import type { Field } from '@/shared/meta/types'

const CELL = 24
const LOOSE = 1.12

/** How wide a text is, about. */
export const spanOf = (text: string) => [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 14 : 8), 0)

/** What a value takes in a tag, about: smaller letters, and its padding. */
const tagOf = (text: string) => spanOf(text) * 0.86 + 20

/** As wide as what stands in it needs, up to what is usual, and never less than its head. A figure is never cut. */
export function widthOf(field: Field, isFirst: boolean, rows: Row[]): number {
  const head = spanOf(field.label) * LOOSE + (field.sortable ? 42 : CELL)
  const usual = field.name === 'number' || field.name.endsWith('_number') ? 150 : isFirst ? 230 : /^customer_(name|id)$/.test(field.name) ? 210 : (kindOf(field).width ?? 150)
  const needs = CELL + Math.max(0, ...spansIn(field, rows)) * LOOSE
  return Math.max(head, kindOf(field).end ? needs : isFirst || field.name.endsWith('number') ? usual : Math.min(usual, needs))
}

/** What the values of a field take; nothing where that shows only when they are drawn. */
function spansIn(field: Field, rows: Row[]): number[] {
  if (field.choices) return field.choices.map((choice) => tagOf(choice.label))
  if (kindOf(field).end) return rows.map((row) => spanOf(field.type === 'money' ? showMoney(row[field.name], 'en') : `${showNumber(row[field.name], 'en')}%`))
  return field.type === 'text' && !field.reference ? rows.map((row) => spanOf(String(row[field.name] ?? ''))) : [Infinity]
}
