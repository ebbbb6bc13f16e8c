import { DeleteOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { patch, post } from '@/shared/api/client'
import type { PlaceInput, Widget, WorkbenchTemplate } from '@/shared/api/contracts'
import { Problem } from '@/shared/api/problem'
import { showErrors } from '@/shared/crud/FieldsForm'
import { OrderedItems } from '@/shared/ui/OrderedItems'
import { useRoleName, useRoles } from '@/shared/ui/roles'
import { useOnce } from '@/shared/ui/useOnce'
import { RolesInput } from './RolesInput'
import { TemplateWidgets, useWidgets } from './TemplateWidgets'

/** Make a template, or change one: its name, whose it is, and its widgets with their order and size. */
export function TemplateEditor({ template, onClose }: { template: WorkbenchTemplate | null; onClose: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm<WorkbenchTemplate>()
  const [busy, once] = useOnce()
  const widgets: PlaceInput[] = Form.useWatch('widgets', form) ?? []
  const roles: string[] = Form.useWatch('roles', form) ?? []
  const save = async (values: WorkbenchTemplate) => {
    try {
      await (template ? patch(`/workbench/templates/${template.id}`, { ...values, version: template.version }) : post('/workbench/templates', values))
      message.success(t('form.saved'))
      await Promise.all([['workbench-templates'], ['workbench']].map((queryKey) => client.invalidateQueries({ queryKey })))
      onClose()
    } catch (error) {
      showErrors(form, ofWhole(error)).forEach((text) => message.error(text))
    }
  }
  return (
    <Drawer title={t(template ? 'template.edit' : 'template.add')} open size={640} onClose={onClose} footer={<div className="drawer-foot"><Button onClick={onClose}>{t('cancel')}</Button><Button type="primary" loading={busy} onClick={() => form.submit()}>{t('save')}</Button></div>}>
      <Form name="workbench-template" form={form} layout="vertical" initialValues={{ name: template?.name, roles: template?.roles ?? [], widgets: template?.widgets ?? [] }} onFinish={(values) => void once(() => save(values))} scrollToFirstError={{ focus: true }}>
        <Form.Item name="name" label={t('template.name')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input maxLength={120} /></Form.Item>
        <Form.Item name="roles" label={t('template.roles')}><RolesInput field={{ name: 'roles', label: '', type: 'list' }} /></Form.Item>
        <Form.Item name="widgets" label={t('template.widgets')} rules={[{ required: true, type: 'array', min: 1, message: t('template.needs_widgets') }]}><WidgetsInput roles={roles} /></Form.Item>
        {widgets.length ? <section className="section" aria-label={t('template.preview')}><h3 className="quiet">{t('template.preview')}</h3><TemplateWidgets widgets={widgets} /></section> : null}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Drawer>
  )
}

interface InputProps {
  id?: string
  roles: string[]
  value?: PlaceInput[]
  onChange?: (value: PlaceInput[]) => void
}

/** Widgets taken from all there are, put into order, each in a size that it can have. */
function WidgetsInput({ id, roles, value = [], onChange }: InputProps) {
  const { t } = useTranslation()
  const known = useWidgets()
  const all = known.data?.items ?? []
  const find = (code?: string | null) => all.find((one) => one.code === code)
  const titleOf = ({ code }: PlaceInput) => find(code)?.title ?? code ?? ''
  const add = (code: string) => onChange?.([...value, { code, size: find(code)?.sizes?.[0] } as PlaceInput])
  const resize = (place: PlaceInput, size: PlaceInput['size']) => onChange?.(value.map((one) => (one.code === place.code ? { ...one, size } : one)))
  return (
    <>
      <ol className="column-list whole">
        <OrderedItems items={value} keyOf={(place) => place.code!} nameOf={titleOf} onChange={(next) => onChange?.(next)}>
          {(place) => (
            <>
              <span className="grow"><span>{titleOf(place)}</span><Blind widget={find(place.code)} roles={roles} /></span>
              <Select size="small" aria-label={t('template.size_of', { name: titleOf(place) })} value={place.size} onChange={(size) => resize(place, size)} options={find(place.code)?.sizes?.map((size) => ({ value: size, label: t(`template.${size}`) }))} />
              <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('template.take_out', { name: titleOf(place) })} onClick={() => onChange?.(value.filter((one) => one.code !== place.code))} />
            </>
          )}
        </OrderedItems>
      </ol>
      <Select id={id} value={null} placeholder={t('template.add_widget')} loading={known.isLoading} showSearch={{ optionFilterProp: 'label' }} onChange={add} options={all.filter((one) => !value.some(({ code }) => code === one.code)).map((one) => ({ value: one.code!, label: one.title }))} />
    </>
  )
}

/** Whose widget it will not be, for want of a permission. */
function Blind({ widget, roles }: { widget: Widget | undefined; roles: string[] }) {
  const { t } = useTranslation()
  const known = useRoles()
  const nameOf = useRoleName()
  const blind = known.data?.items.filter((role) => roles.includes(role.code!) && widget?.permissions?.some((one) => !role.permissions?.some((held) => held === one || held === '*')))
  return blind?.length ? <span className="quiet"> {t('template.blind', { roles: blind.map((role) => nameOf(role.code!, role.name)).join(t('template.and')) })}</span> : null
}

/** What is wrong with one of several is told at the field that has them all. */
function ofWhole(error: unknown): unknown {
  if (error instanceof Problem) error.errors.forEach((one) => (one.field = one.field.split('.')[0]!))
  return error
}
