import { Form } from 'antd'
import { lazy, Suspense } from 'react'
import { may } from '@/shared/api/session'
import type { InputProps } from '@/shared/fields/inputs'
import { FieldInput } from '@/shared/fields/registry'

const KnownAnswers = lazy(() => import('./KnownAnswers').then((one) => ({ default: one.KnownAnswers })))

/** What is wrong, as a new ticket says it; below it what the knowledge base knows of title and fault. */
export function FaultInput(props: InputProps) {
  const form = Form.useFormInstance()
  const title = Form.useWatch('title', form) as string | undefined
  const isNew = !form.getFieldValue('id')
  const text = `${title ?? ''} ${typeof props.value === 'string' ? props.value : ''}`.trim()
  return (
    <>
      <FieldInput {...props} />
      {isNew && text && may('article:read') ? <Suspense fallback={null}><KnownAnswers text={text} /></Suspense> : null}
    </>
  )
}
