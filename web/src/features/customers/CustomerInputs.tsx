import { Form } from 'antd'
import { useEffect, useRef } from 'react'
import type { Row } from '@/shared/api/records'
import type { InputProps } from '@/shared/fields/inputs'
import { ReferenceInput } from '@/shared/fields/Reference'

const HELD = { field: 'pool_status', op: 'ne', value: 'unassigned' }

/** A customer to do business with: who wants one from the pool claims it first. */
export const HeldCustomerInput = ({ field: _, value, onChange, ...rest }: InputProps) => <ReferenceInput {...rest} module="customers" narrow={HELD} value={value as string} onChange={(next) => onChange?.(next)} />

/** A record of the customer that the form names, such as a contact. Where it names none yet, the record tells whose it is. */
export function OfCustomerInput({ field, value, onChange, ...rest }: InputProps) {
  const form = Form.useFormInstance()
  const customer = Form.useWatch('customer_id', form) as string | null | undefined
  const before = useRef(customer)
  useEffect(() => {
    if (before.current && before.current !== customer && value) onChange?.(null)
    before.current = customer
  }, [customer])
  const choose = (next: unknown, row?: Row) => {
    if (row?.customer_id && !customer) form.setFieldValue('customer_id', row.customer_id)
    onChange?.(next)
  }
  return <ReferenceInput {...rest} module={field.reference!} narrow={customer ? { field: 'customer_id', op: 'eq', value: customer } : null} value={value as string} onChange={choose} />
}
