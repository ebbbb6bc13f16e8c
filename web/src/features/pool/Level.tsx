import { FieldText } from '@/shared/fields/registry'
import { useMeta } from '@/shared/meta/meta'

/** A customer's level in words: its choices are set with the customers. */
export function Level({ value }: { value: unknown }) {
  const field = useMeta('customers').data?.fields.find((one) => one.name === 'level')
  return field ? <FieldText field={field} value={value} row={{ id: '', level: value }} /> : <>{value ? String(value) : '—'}</>
}
