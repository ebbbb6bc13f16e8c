import { Form, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { mayOpen, SEARCHED } from '@/shared/crud/config'
import type { InputProps } from '@/shared/fields/inputs'
import { ReferenceInput } from '@/shared/fields/Reference'

/** Of which module the record is that a reminder is about. */
export function AboutModuleInput({ value, onChange, id }: InputProps) {
  const { t } = useTranslation()
  const form = Form.useFormInstance()
  const choose = (module: string | undefined) => {
    form.setFieldValue('record_id', null)
    onChange?.(module ?? null)
  }
  return <Select id={id} allowClear value={(value as string) ?? undefined} onChange={choose} options={SEARCHED.filter(mayOpen).map((module) => ({ value: module, label: t(`menu.${module}`) }))} style={{ width: '100%' }} />
}

/** The record that a reminder is about. */
export function AboutRecordInput({ value, onChange, id }: InputProps) {
  const module = Form.useWatch('record_module', Form.useFormInstance()) as string | null | undefined
  return <ReferenceInput key={module} id={id} module={module ?? ''} disabled={!module} value={value as string} onChange={onChange} />
}
