import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Input } from 'antd'
import { useRef, type ClipboardEvent, type KeyboardEvent } from 'react'
import { flushSync } from 'react-dom'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Page, Row } from '@/shared/api/records'
import { readDecimal, showMoney } from '@/shared/fields/money'
import { remember } from '@/shared/fields/names'
import { ReferenceInput } from '@/shared/fields/Reference'
import { asParameter } from '@/shared/filters/tree'
import { messageOf } from '@/shared/ui/states'
import { emptyLine, isUsed, readPaste, totalOf, type Draft } from './lines'

interface Props {
  lines: Draft[]
  onChange: (lines: Draft[]) => void
  prices: Map<string, string>
  errors: Record<string, string>
}

const CELLS = ['quantity', 'unit_price', 'discount', 'note'] as const
const ACTIVE = { field: 'is_active', op: 'eq', value: true }

/** The lines of a document like a sheet: arrows and Enter move, Enter in the last row adds one, rows paste from Excel. */
export function LineEditor({ lines, onChange, prices, errors }: Props) {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const body = useRef<HTMLTableSectionElement>(null)
  const change = (index: number, changes: Partial<Draft>) => onChange(lines.map((line, at) => (at === index ? { ...line, ...changes } : line)))
  const add = () => onChange([...lines, emptyLine()])

  const focus = (row: number, cell: string) => body.current?.querySelector<HTMLInputElement>(`[data-cell="${row}-${cell}"]`)?.focus()
  const move = (event: KeyboardEvent, row: number, cell: string) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      if (row === lines.length - 1) flushSync(add)
      focus(row + 1, cell)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      focus(row + (event.key === 'ArrowDown' ? 1 : -1), cell)
    } else if (event.key === 'Delete' && event.ctrlKey && lines.length > 1) {
      event.preventDefault()
      // Before its row goes: the keys pressed next must not fall into the void.
      focus(row === 0 ? 1 : row - 1, cell)
      onChange(lines.filter((_, at) => at !== row))
    }
  }
  const choose = (index: number, id: string | null, product?: Row) => {
    if (product) remember(client, 'products', [product])
    const price = id ? (prices.get(id) ?? (product?.list_price as string | undefined)) : undefined
    change(index, { product_id: id, ...(price ? { unit_price: price } : {}) })
    // The select gives up the focus after it told of the choice.
    setTimeout(() => focus(index, 'quantity'))
  }
  const paste = async (event: ClipboardEvent, index: number) => {
    const rows = readPaste(event.clipboardData.getData('text/plain'))
    if (!rows) return
    event.preventDefault()
    const names = [...new Set(rows.map((row) => row.product))]
    const match = { or: [{ field: 'code', op: 'in', value: names }, { field: 'name', op: 'in', value: names }] }
    const read = await get<Page>('/products', { filter: asParameter({ and: [ACTIVE, match] }), page_size: 200 }).catch((error) => void message.error(messageOf(error)))
    if (!read) return
    const found = read.items
    remember(client, 'products', found)
    const known = (name: string) => found.find((one) => one.code === name || one.name === name)
    const missing = names.filter((name) => !known(name))
    if (missing.length) message.warning(t('line.unknown_products', { names: missing.join(', ') }))
    const fresh = rows.flatMap((row) => {
      const product = known(row.product)
      return product ? [{ ...emptyLine(), ...row, product_id: product.id, unit_price: row.unit_price || prices.get(product.id) || String(product.list_price ?? ''), note: '' }] : []
    })
    onChange([...lines.slice(0, index).filter(isUsed), ...fresh, ...lines.slice(index).filter(isUsed)])
  }

  return (
    <div className="scroll">
      <table className="sheet lines written" aria-label={t('document.lines')}>
        <thead>
          <tr>
            <th style={{ minWidth: 240 }}>{t('line.product')}</th>
            <th className="end" style={{ minWidth: 90 }}>{t('line.quantity')}</th>
            <th className="end" style={{ minWidth: 120 }}>{t('line.unit_price')}</th>
            <th className="end" style={{ minWidth: 80 }}>{t('line.discount')} %</th>
            <th style={{ minWidth: 140 }}>{t('line.note')}</th>
            <th className="end" style={{ minWidth: 120 }}>{t('line.total')}</th>
            <th style={{ width: 40 }}><span className="sr">{t('list.actions')}</span></th>
          </tr>
        </thead>
        <tbody ref={body} onPaste={(event) => void paste(event, Number((event.target as HTMLElement).closest('tr')?.dataset.row ?? 0))}>
          {lines.map((line, row) => (
            <tr key={line.key} data-row={row}>
              <td><ReferenceInput module="products" variant="borderless" label={`${t('line.product')} ${row + 1}`} narrow={ACTIVE} value={line.product_id} onChange={(id, product) => choose(row, id as string | null, product)} />{complaint(errors, row, 'product_id')}</td>
              {CELLS.map((cell) => (
                <td key={cell} data-label={t(`line.${cell}`)}>
                  <Input
                    data-cell={`${row}-${cell}`}
                    className={cell === 'note' ? undefined : 'number'}
                    aria-label={`${t(`line.${cell}`)} ${row + 1}`}
                    inputMode={cell === 'note' ? undefined : 'decimal'}
                    style={cell === 'note' ? undefined : { textAlign: 'end' }}
                    value={line[cell]}
                    maxLength={cell === 'note' ? 300 : 20}
                    status={errors[`lines.${row}.${cell}`] ? 'error' : undefined}
                    onFocus={(event) => event.target.select()}
                    onChange={(event) => change(row, { [cell]: event.target.value })}
                    onBlur={() => cell !== 'note' && line[cell] && change(row, { [cell]: readDecimal(line[cell]) ?? line[cell] })}
                    onKeyDown={(event) => move(event, row, cell)}
                  />
                  {complaint(errors, row, cell)}
                </td>
              ))}
              <td className="total" data-label={t('line.total')}>{showMoney(totalOf(line), i18n.language)}</td>
              <td><Button type="text" icon={<DeleteOutlined />} aria-label={t('line.drop', { row: row + 1 })} disabled={lines.length === 1} onClick={() => onChange(lines.filter((_, at) => at !== row))} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="tools"><Button type="dashed" icon={<PlusOutlined />} onClick={add}>{t('line.add')}</Button><span className="quiet">{t('line.hint')}</span></div>
    </div>
  )
}

const complaint = (errors: Record<string, string>, row: number, cell: string) => (errors[`lines.${row}.${cell}`] ? <div className="complaint" role="alert">{errors[`lines.${row}.${cell}`]}</div> : null)
