import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'
import { get, patch, post } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import type { Line, PriceList } from '@/shared/api/contracts'
import { AS_OPENED, clean, type Row } from '@/shared/api/records'
import { configOf, type Values } from '@/shared/crud/config'
import { FieldItem, inRows, showErrors } from '@/shared/crud/FieldsForm'
import { today } from '@/shared/fields/dates'
import { isDecimal, showMoney, sum } from '@/shared/fields/money'
import { formFields, inSentence, useMeta } from '@/shared/meta/meta'
import { enterInForm } from '@/shared/ui/keys'
import { Failed, Loading, messageOf } from '@/shared/ui/states'
import { useLeaving } from '@/shared/ui/useLeaving'
import { useOnce } from '@/shared/ui/useOnce'
import { LineEditor } from './LineEditor'
import { bodyOf, documentTotal, draftOf, emptyLine, isTooMuch, isUsed, repriced, totalOf, type Draft } from './lines'

const OWN = new Set(['total', 'lines', 'discount'])
const FIRST = ['customer_id', 'subject', 'name', 'order_date', 'price_list_id', 'contact_id']

/** Write a quote or an order with its lines. */
export function Editor({ module, id }: { module: 'orders' | 'quotes'; id?: string }) {
  const { t } = useTranslation()
  const meta = useMeta(module)
  const record = useQuery({ queryKey: [module, 'form', id], queryFn: () => get<Row>(`/${module}/${id}`), enabled: Boolean(id), ...AS_OPENED })
  if (meta.error || record.error) return <Failed error={meta.error ?? record.error} retry={() => (meta.refetch(), record.refetch())} />
  if (!meta.data || (id && !record.data)) return <Loading />
  const title = t(id ? 'form.edit' : 'form.new', { what: inSentence(meta.data.label) })
  const fields = inRows(formFields(meta.data).filter((field) => !OWN.has(field.name)).sort((a, b) => rank(a.name) - rank(b.name)))
  return <Sheet key={record.dataUpdatedAt} module={module} record={record.data} title={title} fields={fields} reload={() => void record.refetch()} />
}

const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)

interface SheetProps {
  module: 'orders' | 'quotes'
  record?: Row
  title: string
  fields: ReturnType<typeof formFields>
  reload: () => void
}

function Sheet({ module, record, title, fields, reload }: SheetProps) {
  const { t, i18n } = useTranslation()
  const { message, modal } = App.useApp()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [params] = useSearchParams()
  const [form] = Form.useForm()
  const start = useMemo(() => record ?? { ...Object.fromEntries(params), ...(module === 'orders' ? { order_date: today() } : {}) }, [])
  const [lines, setLines] = useState<Draft[]>(() => ((record?.lines as Line[]) ?? []).map((line) => draftOf({ ...line })).concat(record ? [] : [emptyLine()]))
  const [discount, setDiscount] = useState(String(record?.discount ?? '0'))
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [dirty, setDirty] = useState(false)
  const [saving, once] = useOnce()
  const listId = Form.useWatch('price_list_id', form) as string | null | undefined
  const priceList = useQuery({ queryKey: ['price-lists', 'one', listId], queryFn: () => get<PriceList>(`/price-lists/${listId}`), enabled: Boolean(listId) })
  const prices = useMemo(() => new Map((priceList.data?.items ?? []).map((item) => [item.product_id!, item.price!])), [priceList.data])
  useLeaving(dirty && !saving)
  const total = documentTotal(lines, discount)

  useEffect(() => {
    if (!dirty || !priceList.data) return
    const next = repriced(lines, prices)
    setLines(next.lines)
    if (next.without.length) message.info(t('document.without_price', { count: next.without.length }))
  }, [priceList.data])

  const save = async (values: Values, version = record?.version) => {
    if (!lines.some(isUsed)) return void message.error(t('document.no_lines'))
    setErrors({})
    const all = lines.filter(isUsed).every((line) => line.unit_price !== '')
    const body = { ...values, discount: discount || '0', lines: bodyOf(lines), ...(all ? { total } : {}) }
    try {
      const saved = record ? await patch<Row>(`/${module}/${record.id}`, { ...body, version }) : await post<Row>(`/${module}`, clean(body))
      message.success(t('form.saved'))
      setDirty(false)
      await client.invalidateQueries()
      const asks = module === 'orders' && (!record || record.total !== saved.total)
      void navigate(`/${module}/${saved.id}${asks ? '?plan=1' : ''}`)
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version')
        return void modal.confirm({ title: t('form.conflict'), content: t('form.conflict_hint'), okText: t('form.conflict_mine'), cancelText: t('form.conflict_theirs'), onCancel: reload, onOk: () => once(async () => save(values, (await get<Row>(`/${module}/${record!.id}`)).version)) })
      if (error instanceof Problem && error.errors.length) {
        setErrors(Object.fromEntries(error.errors.map((one) => [one.field, one.detail])))
        showErrors(form, error).filter((text) => !/^lines\.\d+\./.test(text)).forEach((text) => message.error(text))
      } else message.error(messageOf(error))
    }
  }

  const money = (amount: string) => showMoney(amount, i18n.language)
  return (
    <article className="page document" onKeyDown={(event) => enterInForm(event, form.submit)}>
      <h1 className="page-title">{title}</h1>
      <Form className="card" name={`${module}-document`} form={form} layout="vertical" initialValues={start} onValuesChange={() => setDirty(true)} onFinish={(values) => void once(() => save(values))} scrollToFirstError={{ focus: true }}>
        <div className="form-grid">{fields.map((field) => <FieldItem key={field.name} field={field} config={configOf(module)} />)}</div>
      </Form>
      <section className="card">
        <h2>{t('document.lines')}</h2>
        <LineEditor lines={lines} onChange={(next) => (setLines(next), setDirty(true))} prices={prices} errors={errors} />
      </section>
      <footer className="document-foot">
        <span className="quiet">{t('line.sum')} {money(sum(lines.map(totalOf)))}</span>
        <label>{t('document.discount')} <input className="plain-number" inputMode="decimal" value={discount} onChange={(event) => (setDiscount(event.target.value), setDirty(true))} aria-invalid={!isDecimal(discount || '0')} /></label>
        {isTooMuch(lines, discount) ? <span role="alert">{t('document.discount_too_much')}</span> : null}
        <span className="grow" />
        <span>{t('document.total')} <span className="big" data-testid="total">{money(total)}</span></span>
        <Button onClick={() => void navigate(-1)}>{t('cancel')}</Button>
        <Button type="primary" loading={saving} onClick={() => form.submit()}>{t('save')}</Button>
      </footer>
    </article>
  )
}
