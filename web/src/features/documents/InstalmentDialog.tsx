import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Input, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '@/shared/api/client'
import type { FinanceSettings } from '@/shared/api/contracts'
import type { DialogProps } from '@/shared/crud/config'
import { useRefusal } from '@/shared/crud/refusal'
import { daysAfter, today } from '@/shared/fields/dates'
import { DateInput } from '@/shared/fields/DateInputs'
import { compare, isDecimal, minus, readDecimal, showMoney, split, sum } from '@/shared/fields/money'
import { Loading } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

interface Part {
  due_on: string
  amount: string
}

const DAY = { name: 'due_on', label: '', type: 'date' }

/** How an order is to be paid: at once in one click, or in the default instalments, which may be edited. */
export function InstalmentDialog({ rows, onDone, onClose }: DialogProps) {
  const { t, i18n } = useTranslation()
  const refuse = useRefusal()
  const order = rows[0]!
  const total = String(order.total)
  const orderDate = String(order.order_date ?? today())
  const settings = useQuery({ queryKey: ['finance', 'settings'], queryFn: () => get<FinanceSettings>('/finance/settings'), retry: false })
  const [parts, setParts] = useState<Part[] | null>(null)
  const [busy, once] = useOnce()
  useEffect(() => {
    if (!parts && !settings.isPending) setParts(defaults(settings.data, total, orderDate))
  }, [settings.isPending])

  const rest = minus(total, sum(parts?.map((part) => part.amount) ?? []))
  const isRight = compare(rest, '0') === 0 && parts?.every((part) => part.due_on && isDecimal(part.amount) && compare(part.amount, '0') > 0)
  const change = (index: number, changes: Partial<Part>) => setParts(parts!.map((part, at) => (at === index ? { ...part, ...changes } : part)))
  const save = async (instalments: Part[]) => {
    try {
      await post(`/orders/${order.id}/payment-plans`, { instalments, version: order.version })
      onDone()
    } catch (error) {
      refuse(error, undefined, onClose)
    }
  }
  return (
    <Modal
      open
      title={t('instalments.title')}
      width={620}
      onCancel={onClose}
      footer={
        <div className="drawer-foot">
          <Button onClick={onClose}>{t('instalments.later')}</Button>
          <Button loading={busy} onClick={() => void once(() => save([{ due_on: orderDate, amount: total }]))}>{t('instalments.full')}</Button>
          <Button type="primary" loading={busy} disabled={!isRight} onClick={() => void once(() => save(parts!))}>{t('instalments.save')}</Button>
        </div>
      }
    >
      <p>{t('instalments.hint', { total: showMoney(total, i18n.language) })}</p>
      {parts ? (
        <table className="sheet lines" aria-label={t('instalments.title')}>
          <thead><tr><th>{t('instalments.period')}</th><th>{t('instalments.due_on')}</th><th className="end">{t('instalments.amount')}</th><th><span className="sr">{t('list.actions')}</span></th></tr></thead>
          <tbody>
            {parts.map((part, index) => (
              <tr key={index}>
                <td className="total">{index + 1}</td>
                <td><DateInput field={DAY} label={`${t('instalments.due_on')} ${index + 1}`} value={part.due_on} onChange={(day) => change(index, { due_on: String(day ?? '') })} /></td>
                <td><Input className="number" style={{ textAlign: 'end' }} inputMode="decimal" aria-label={`${t('instalments.amount')} ${index + 1}`} value={part.amount} onChange={(event) => change(index, { amount: event.target.value })} onBlur={() => change(index, { amount: readDecimal(part.amount) ?? part.amount })} /></td>
                <td><Button type="text" icon={<DeleteOutlined />} aria-label={t('line.drop', { row: index + 1 })} disabled={parts.length === 1} onClick={() => setParts(parts.filter((_, at) => at !== index))} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : <Loading rows={3} />}
      <div className="tools">
        <Button type="dashed" icon={<PlusOutlined />} onClick={() => setParts([...(parts ?? []), { due_on: orderDate, amount: compare(rest, '0') > 0 ? rest : '' }])}>{t('instalments.add')}</Button>
        <span className="grow" />
        <span role="status" className={isRight ? 'quiet' : 'complaint'}>{isRight ? t('instalments.adds_up') : compare(rest, '0') === 0 ? t('instalments.incomplete') : t('instalments.rest', { rest: showMoney(rest, i18n.language) })}</span>
      </div>
    </Modal>
  )
}

function defaults(settings: FinanceSettings | undefined, total: string, orderDate: string): Part[] {
  const shares = settings?.default_instalments?.length ? settings.default_instalments : [{ share: '100', days_after: 0 }]
  const amounts = split(total, shares.map((one) => one.share ?? '0'))
  return shares.map((one, index) => ({ due_on: daysAfter(orderDate, one.days_after ?? 0), amount: amounts[index]! }))
}
