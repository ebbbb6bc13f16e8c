/** Exact decimal arithmetic on strings: amounts are never floats. */

interface Decimal {
  digits: bigint
  places: number
}

const PATTERN = /^-?\d{1,20}(\.\d{1,10})?$/

/** Whether a text is a plain decimal number. */
export const isDecimal = (text: string): boolean => PATTERN.test(text)

/** A typed or pasted number as a plain decimal ("¥1,200.5" gives "1200.5", full-width digits too), or null. */
export function readDecimal(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .replace(/[\s,'¥$€%]|NT\$|CN¥|元/g, '')
    .replace(/^\((.*)\)$/, '-$1')
    .replace(/^\./, '0.')
    .replace(/\.$/, '')
  return isDecimal(plain) ? plain : null
}

/** The sum of amounts with two places; what is no number counts nothing. */
export function sum(amounts: (string | null | undefined)[]): string {
  const total = amounts.reduce((so, one) => so + scaled(parse(one ?? '0'), 2), 0n)
  return write(total, 2)
}

/** a − b with two places. */
export function minus(a: string, b: string): string {
  return write(scaled(parse(a), 2) - scaled(parse(b), 2), 2)
}

/** −1, 0 or 1, as a is less than, equal to or more than b. */
export function compare(a: string, b: string): number {
  const [x, y] = [scaled(parse(a), 10), scaled(parse(b), 10)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** A line's total as the server counts it: round(quantity × price × (1 − discount / 100), 2), half up. */
export function lineTotal(quantity: string, price: string, discount: string): string {
  const [q, p, d] = [parse(quantity), parse(price), parse(discount || '0')]
  const rest = 100n * 10n ** BigInt(d.places) - d.digits
  return write(rounded(q.digits * p.digits * rest, q.places + p.places + d.places + 2, 2), 2)
}

/** The parts of an amount by shares in percent; the last takes what rounding leaves. */
export function split(total: string, shares: string[]): string[] {
  const whole = parse(total)
  const parts = shares.slice(0, -1).map((share) => {
    const part = parse(share)
    return write(rounded(whole.digits * part.digits, whole.places + part.places + 2, 2), 2)
  })
  return [...parts, minus(total, sum(parts))]
}

/** An amount for reading, grouped by the locale, two places; "—" for nothing. */
export function showMoney(amount: unknown, locale: string, places = 2): string {
  const text = amount === null || amount === undefined ? '' : String(amount)
  if (!isDecimal(text)) return '—'
  const fixed = write(rounded(parse(text).digits, parse(text).places, places), places)
  const [whole = '0', rest] = fixed.replace('-', '').split('.')
  const grouped = new Intl.NumberFormat(locale).format(BigInt(whole))
  return `${fixed.startsWith('-') ? '-' : ''}${grouped}${rest ? `.${rest}` : ''}`
}

/** A quantity or percentage for reading: without the zeros at its end. */
export function showNumber(value: unknown, locale: string): string {
  const text = value === null || value === undefined ? '' : String(value)
  if (!isDecimal(text)) return '—'
  const [whole = '0', rest = ''] = text.replace('-', '').split('.')
  const end = rest.replace(/0+$/, '')
  return `${text.startsWith('-') ? '-' : ''}${new Intl.NumberFormat(locale).format(BigInt(whole))}${end ? `.${end}` : ''}`
}

function parse(text: string): Decimal {
  const clean = isDecimal(text) ? text : '0'
  const [, rest = ''] = clean.split('.')
  return { digits: BigInt(clean.replace('.', '')), places: rest.length }
}

const scaled = ({ digits, places }: Decimal, wanted: number): bigint => rounded(digits, places, wanted)

function rounded(digits: bigint, places: number, wanted: number): bigint {
  if (places <= wanted) return digits * 10n ** BigInt(wanted - places)
  const unit = 10n ** BigInt(places - wanted)
  const size = digits < 0n ? -digits : digits
  const up = (size + unit / 2n) / unit
  return digits < 0n ? -up : up
}

function write(digits: bigint, places: number): string {
  const size = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0')
  const sign = digits < 0n ? '-' : ''
  return places ? `${sign}${size.slice(0, -places)}.${size.slice(-places)}` : `${sign}${size}`
}
