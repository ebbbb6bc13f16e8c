import { compare, isDecimal, lineTotal, minus, readDecimal, sum } from '@/shared/fields/money'

/** A line while it is typed. */
export interface Draft {
  key: number
  product_id: string | null
  quantity: string
  unit_price: string
  discount: string
  note: string
}

let keys = 0

/** An empty line. */
export const emptyLine = (): Draft => ({ key: ++keys, product_id: null, quantity: '1', unit_price: '', discount: '0', note: '' })

/** A line of a saved document as it is typed on. */
export const draftOf = (line: Record<string, unknown>): Draft => ({
  key: ++keys,
  product_id: (line.product_id as string) ?? null,
  quantity: plain(line.quantity, '1'),
  unit_price: String(line.unit_price ?? ''),
  discount: plain(line.discount, '0'),
  note: String(line.note ?? ''),
})

/** What a line comes to, by the server's rule; "0.00" while it is not complete. */
export function totalOf({ quantity, unit_price, discount }: Draft): string {
  return [quantity, unit_price, discount || '0'].every(isDecimal) ? lineTotal(quantity, unit_price, discount || '0') : '0.00'
}

/** What a document comes to: its lines less its discount. */
export const documentTotal = (lines: Draft[], discount: string): string => minus(sum(lines.filter(isUsed).map(totalOf)), isDecimal(discount) ? discount : '0')

/** Whether a line says anything yet. */
export const isUsed = (line: Draft): boolean => Boolean(line.product_id || line.note || line.unit_price)

/** The lines as the API takes them. */
export function bodyOf(lines: Draft[]): Record<string, unknown>[] {
  return lines.filter(isUsed).map((line) => ({
    product_id: line.product_id,
    quantity: line.quantity,
    ...(line.unit_price === '' ? {} : { unit_price: line.unit_price, total: totalOf(line) }),
    discount: line.discount || '0',
    note: line.note || null,
  }))
}

/** A row pasted from a spreadsheet: product code or name, quantity, price, discount. */
export interface Pasted {
  product: string
  quantity: string
  unit_price: string
  discount: string
}

/** The rows in pasted cells; null when the text is one plain cell. Head rows and empty rows are left out. */
export function readPaste(text: string): Pasted[] | null {
  if (!/[\t\n]/.test(text.trimEnd())) return null
  return text
    .split(/\r?\n/)
    .map((row) => row.split('\t').map((cell) => cell.trim()))
    .filter(([product, quantity]) => product && (quantity === undefined || quantity === '' || readDecimal(quantity) !== null))
    .map(([product = '', quantity, price, discount]) => ({
      product,
      quantity: readDecimal(quantity ?? '') ?? '1',
      unit_price: readDecimal(price ?? '') ?? '',
      discount: readDecimal(discount ?? '') ?? '0',
    }))
}

/** Lines with the prices of a price list, and the names of products it has no price for. */
export function repriced(lines: Draft[], prices: Map<string, string>): { lines: Draft[]; without: string[] } {
  const without = lines.flatMap(({ product_id }) => (product_id && !prices.has(product_id) ? [product_id] : []))
  return { lines: lines.map((line) => (line.product_id && prices.has(line.product_id) ? { ...line, unit_price: prices.get(line.product_id)! } : line)), without }
}

/** Whether a document discount is larger than what it is taken from. */
export const isTooMuch = (lines: Draft[], discount: string): boolean => compare(documentTotal(lines, discount), '0') < 0

const plain = (value: unknown, otherwise: string): string => String(value ?? otherwise).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
