import { Form, type FormInstance } from 'antd'
import { Suspense, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '@/shared/api/problem'
import type { InputProps } from '@/shared/fields/inputs'
import { FieldInput } from '@/shared/fields/registry'
import { isLong } from '@/shared/meta/meta'
import type { Field } from '@/shared/meta/types'
import { enterInForm } from '@/shared/ui/keys'
import type { ModuleConfig, Values } from './config'

interface Props {
  name: string
  form: FormInstance
  fields: Field[]
  config?: ModuleConfig
  sections?: { name: string; label: string }[]
  initial?: Values
  onSubmit: (values: Values) => void
  onTouch?: () => void
}

const isWide = (field: Field) => isLong(field) || field.type === 'list' || field.type === 'multi_choice'

/** Fields with those that take a whole row at the end: none leaves a row half empty in the middle. */
export const inRows = (fields: Field[]): Field[] => [...fields.filter((field) => !isWide(field)), ...fields.filter(isWide)]

/** Fields in their order, in rows of two: before one that takes a whole row, the next that fits fills the gap beside a single one. */
export function filled(fields: Field[]): Field[] {
  const rest = [...fields]
  const found: Field[] = []
  for (let narrow = 0; rest.length; ) {
    const at = isWide(rest[0]!) && narrow % 2 ? Math.max(0, rest.findIndex((field) => !isWide(field))) : 0
    const [field] = rest.splice(at, 1)
    narrow = isWide(field!) ? 0 : narrow + 1
    found.push(field!)
  }
  return found
}

/** A form of fields in two columns; server errors stand at their fields. */
export function FieldsForm({ name, form, fields, config, sections, initial, onSubmit, onTouch }: Props) {
  const groups = grouped(fields, sections)
  return (
    <Form
      name={name}
      form={form}
      layout="vertical"
      initialValues={initial}
      requiredMark
      scrollToFirstError={{ focus: true, block: 'center' }}
      onFinish={onSubmit}
      onValuesChange={onTouch}
      validateTrigger="onSubmit"
      onKeyDown={(event) => enterInForm(event, form.submit)}
    >
      {groups.map(({ key, label, fields: some }) => (
        <fieldset className="section" key={key}>
          {label ? <legend>{label}</legend> : null}
          <div className="form-grid">
            {filled(some).map((field) => (
              <FieldItem key={field.name} field={field} config={config} />
            ))}
          </div>
        </fieldset>
      ))}
      <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
    </Form>
  )
}

/** One field of a form. */
export function FieldItem({ field, config }: { field: Field; config?: ModuleConfig }) {
  const { t } = useTranslation()
  const Input = config?.inputs?.[field.name] ?? FieldInput
  const rules = field.required ? [{ required: true, message: t('form.required') }] : []
  return (
    <Form.Item name={field.name} label={field.label} rules={rules} extra={field.help} className={isWide(field) ? 'wide' : undefined}>
      <Part Input={Input} field={field} />
    </Form.Item>
  )
}

/** The input, which may be on its way; until it is there a plain one has its label. */
const Part = ({ Input, ...props }: InputProps & { Input: ComponentType<InputProps> }) => <Suspense fallback={<input disabled id={props.id} className="waiting" />}><Input {...props} /></Suspense>

/** Put the server's field errors at their fields; gives those that have no field here. */
export function showErrors(form: FormInstance, error: unknown): string[] {
  if (!(error instanceof Problem) || !error.errors.length) return [error instanceof Error ? error.message : String(error)]
  const rest: string[] = []
  const names = form.getFieldsValue(true) as object
  const fields = error.errors.flatMap(({ field, detail }) => {
    const path = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
    if (form.getFieldInstance(path) ?? path[0]! in names) return [{ name: path as unknown as string, errors: [detail] }]
    rest.push(`${field}: ${detail}`)
    return []
  })
  form.setFields(fields)
  if (fields[0]) form.scrollToField(fields[0].name, { focus: true, block: 'center' } as never)
  return rest
}

/** A record's value of a field. */
export const valueOf = (row: Values, field: Field): unknown => row[field.name]

function grouped(fields: Field[], sections: Props['sections']) {
  if (!sections?.length) return [{ key: 'all', label: '', fields }]
  const groups = sections.map(({ name, label }) => ({ key: name, label, fields: fields.filter((field) => field.section === name) }))
  const rest = fields.filter((field) => !sections.some(({ name }) => name === field.section))
  return [...groups, { key: 'rest', label: '', fields: rest }].filter((group) => group.fields.length)
}
