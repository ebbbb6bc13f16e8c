import { lazy, Suspense } from 'react'
import { useSearchParams } from 'react-router'
import { may } from '@/shared/api/session'
import type { Row } from '@/shared/api/records'
import { Busy } from '@/shared/ui/states'

const InstalmentDialog = lazy(() => import('./InstalmentDialog').then((one) => ({ default: one.InstalmentDialog })))

/** Whether somebody may still say how an order is to be paid. */
export const mayPlan = (row: Row): boolean => row.status !== 'voided' && row.status !== 'completed' && row.received === '0.00' && may('order:update')

/** Right after an order is saved: how is it to be paid? */
export function PlanPrompt({ row }: { row: Row }) {
  const [params, setParams] = useSearchParams()
  if (params.get('plan') !== '1' || !mayPlan(row)) return null
  const close = () => setParams({}, { replace: true })
  return <Suspense fallback={<Busy />}><InstalmentDialog rows={[row]} onDone={close} onClose={close} /></Suspense>
}
