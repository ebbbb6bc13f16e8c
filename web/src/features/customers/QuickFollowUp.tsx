import { useState } from 'react'
import type { DialogProps } from '@/shared/crud/config'
import { FormDrawer } from '@/shared/crud/FormDrawer'

/** Write down a contact with a customer, from the customer. */
export function QuickFollowUp({ rows, onDone, onClose }: DialogProps) {
  const [start] = useState(() => ({ customer_id: rows[0]!.id, kind: 'call', contacted_at: new Date().toISOString() }))
  return <FormDrawer module="follow-ups" start={start} open onClose={onClose} onSaved={onDone} />
}
