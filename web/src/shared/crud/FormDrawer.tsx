import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, patch, post } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED, clean, type Row } from '@/shared/api/records'
import { formFields, inSentence, useMeta } from '@/shared/meta/meta'
import type { Field } from '@/shared/meta/types'
import { beginAt } from '@/shared/ui/focus'
import { Failed, Loading } from '@/shared/ui/states'
import { useLeaving } from '@/shared/ui/useLeaving'
import { useOnce } from '@/shared/ui/useOnce'
import { useWide } from '@/shared/ui/useWide'
import { configOf, pathOf, type Values } from './config'
import { FieldsForm, showErrors, valueOf } from './FieldsForm'

interface Props {
  module: string
  /** The record to edit; none to add one. */
  id?: string
  /** Values a new record starts with. */
  start?: Values
  open: boolean
  onClose: () => void
  onSaved?: (row: Row) => void
}

/** Add or edit a record of any module. */
export function FormDrawer({ module, id, start, open, onClose, onSaved }: Props) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm()
  const [saving, once] = useOnce()
  const [touched, setTouched] = useState(false)
  const meta = useMeta(module)
  const config = configOf(module)
  const record = useQuery({ queryKey: [module, 'form', id], queryFn: () => get<Row>(`${pathOf(module)}/${id}`), enabled: open && Boolean(id), ...AS_OPENED })
  const fields = meta.data ? formFields(meta.data).filter((field) => !id || !(field.fixed ?? isFixed(meta.data!.module, field))) : []
  const ready = meta.data && (!id || record.data)

  useEffect(() => {
    if (open) setTouched(false)
  }, [open])

  // Whoever opens a form begins to type; on a phone the keyboard would cover what is asked.
  const wide = useWide(768)
  const focusFirst = () => void (wide && beginAt(document.getElementById(`${module}-form_${fields[0]?.name}`)))
  useEffect(() => {
    if (ready) focusFirst()
  }, [Boolean(ready)])

  const leaving = useLeaving(touched && !saving)
  const close = () => leaving(onClose)

  const save = async (values: Values, version = record.data?.version) => {
    try {
      const row = id ? await patch<Row>(`${pathOf(module)}/${id}`, { ...changed(values, record.data!, fields), version }) : await post<Row>(pathOf(module), clean({ ...start, ...values }))
      message.success(t('form.saved'))
      await client.invalidateQueries({ queryKey: [module] })
      onSaved?.(row)
      onClose()
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') conflict(values)
      else showErrors(form, error).forEach((text) => message.error(text))
    }
  }

  const conflict = (values: Values) =>
    modal.confirm({
      title: t('form.conflict'),
      content: t('form.conflict_hint'),
      okText: t('form.conflict_mine'),
      cancelText: t('form.conflict_theirs'),
      onOk: () => once(async () => save(values, (await get<Row>(`${pathOf(module)}/${id}`)).version)),
      onCancel: async () => {
        const fresh = (await record.refetch()).data
        if (fresh) form.setFieldsValue(fresh)
      },
    })

  return (
    <Drawer
      title={t(id ? 'form.edit' : 'form.new', { what: inSentence(meta.data?.label ?? '') })}
      open={open}
      onClose={close}
      afterOpenChange={(isOpen) => isOpen && focusFirst()}
      size={640}
      destroyOnHidden
      footer={
        <div className="drawer-foot">
          <Button onClick={close}>{t('cancel')}</Button>
          <Button type="primary" loading={saving} onClick={() => form.submit()} disabled={!ready}>{t('save')}</Button>
        </div>
      }
    >
      {meta.error || record.error ? <Failed error={meta.error ?? record.error} retry={() => (meta.refetch(), record.refetch())} /> : null}
      {ready ? (
        <FieldsForm
          key={id ?? 'new'}
          name={`${module}-form`}
          form={form}
          fields={fields}
          config={config}
          sections={meta.data.sections}
          initial={id ? record.data : { ...defaults(fields), ...start }}
          onSubmit={(values) => void once(() => save(values))}
          onTouch={() => setTouched(true)}
        />
      ) : meta.error || record.error ? null : <Loading />}
    </Drawer>
  )
}

/** Fields that are given once and never changed, where the server does not say. */
const isFixed = (module: string, field: Field) => (module === 'users' && field.name === 'username') || (module === 'receipts' && !['account', 'reference', 'note'].includes(field.name))

/** The values that differ from the record. */
export function changed(values: Values, record: Values, fields: Field[]): Values {
  const found: Values = {}
  for (const field of fields) {
    const [now, before] = [valueOf(values, field) ?? null, valueOf(record, field) ?? null]
    if (JSON.stringify(now) === JSON.stringify(before)) continue
    found[field.name] = now
  }
  return found
}

const defaults = (fields: Field[]): Values => Object.fromEntries(fields.filter((field) => field.default !== undefined && field.default !== null).map((field) => [field.name, field.default]))
