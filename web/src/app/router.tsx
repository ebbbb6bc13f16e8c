import { lazy, Suspense, type ComponentType } from 'react'
import { createBrowserRouter, Navigate, Outlet, useLocation, useParams } from 'react-router'
import { may, useSession } from '@/shared/api/session'
import { isKnown, configOf, permissionOf } from '@/shared/crud/config'
import { Away, Failed, Loading } from '@/shared/ui/states'
import { Problem } from '@/shared/api/problem'
import { LoginPage } from './LoginPage'
import { enter } from './i18n'
import { CrashPage } from './CrashPage'

let pages = 0

// Each page waits by itself (hence the keys): on a slow line a click shows at once that the next one is coming.
const page = (load: () => Promise<{ default: ComponentType }>) => {
  const Page = lazy(load)
  return <Suspense key={`page-${++pages}`} fallback={<Loading />}><Page /></Suspense>
}
const Shell = lazy(() => Promise.all([import('./Shell'), enter()]).then(([shell]) => shell))
const ListPage = lazy(() => import('@/shared/crud/ListPage').then((one) => ({ default: one.ListPage })))
const DetailPage = lazy(() => import('@/shared/crud/DetailPage').then((one) => ({ default: one.DetailPage })))
const RecycleBin = lazy(() => import('@/shared/crud/RecycleBin').then((one) => ({ default: one.RecycleBin })))
const Editor = lazy(() => import('@/features/documents/Editor').then((one) => ({ default: one.Editor })))

const poolPage = () => import('@/features/pool/PoolRules').then((one) => ({ default: one.PoolPage }))

/** Only for those who are logged in; the others come back here after the log-in. */
function Inside() {
  const account = useSession((state) => state.account)
  const isAway = useSession((state) => state.isAway)
  const { pathname, search } = useLocation()
  if (!account && isAway) return <Away />
  if (!account) return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />
  return <Suspense fallback={<div className="boot" aria-busy="true"><img src="/icon.svg" alt="" /></div>}><Shell><Outlet /></Shell></Suspense>
}

function ModuleRoute({ kind }: { kind: 'list' | 'one' | 'new' | 'edit' | 'deleted' }) {
  const { module = '', id = '' } = useParams()
  const config = configOf(module)
  if (!isKnown(module)) return <NotFound />
  if (!may(permissionOf(config, 'read'))) return <Failed error={new Problem(403, 'forbidden', '')} />
  if ((kind === 'new' || kind === 'edit') && !config.formPage) return <NotFound />
  return (
    <Suspense key={`${kind}/${module}/${id}`} fallback={<Loading />}>
      {kind === 'deleted' ? <RecycleBin key={module} module={module} /> : kind === 'list' ? <ListPage key={module} module={module} /> : kind === 'one' ? <DetailPage key={`${module}/${id}`} module={module} id={id} /> : <Editor key={`${module}/${id}`} module={module as 'orders' | 'quotes'} id={kind === 'edit' ? id : undefined} />}
    </Suspense>
  )
}

const NotFound = () => <Failed error={new Problem(404, 'not_found', '')} />

export const router = createBrowserRouter([
  { path: '/login', element: <LoginPage />, errorElement: <CrashPage /> },
  {
    element: <Inside />,
    errorElement: <CrashPage />,
    children: [
      { index: true, element: page(() => import('@/features/workbench/Workbench')) },
      { path: 'profile', element: page(() => import('@/features/admin/Profile')) },
      { path: 'summary/gross-margin', element: page(() => import('@/features/reports/GrossMargin')) },
      { path: 'summary/sales-detail', element: page(() => import('@/features/reports/SalesDetail')) },
      { path: 'departments', element: page(() => import('@/features/admin/Departments')) },
      { path: 'pool/customers/:id', element: page(() => import('@/features/pool/PoolCustomer')) },
      { path: 'admin/pool', element: page(() => import('@/features/pool/PoolRules')) },
      { path: 'pools/new', element: page(poolPage) },
      { path: 'pools/:id/edit', element: page(poolPage) },
      { path: 'pool/statistics', element: page(() => import('@/features/pool/PoolStatistics')) },
      { path: 'pool/ledger', element: page(() => import('@/features/pool/PoolLedger')) },
      { path: 'tickets/statistics', element: page(() => import('@/features/customers/TicketStatistics')) },
      { path: 'admin/service-levels', element: page(() => import('@/features/customers/ServiceLevels')) },
      { path: 'admin/roles', element: page(() => import('@/features/admin/Roles')) },
      { path: 'admin/instalments', element: page(() => import('@/features/admin/Instalments')) },
      { path: 'admin/mail', element: page(() => import('@/features/admin/Mail')) },
      { path: 'approval-rules', element: page(() => import('@/features/admin/ApprovalRules')) },
      { path: 'workbench-templates', element: page(() => import('@/features/admin/WorkbenchTemplates')) },
      { path: 'admin/numbering', element: page(() => import('@/features/admin/Numbering')) },
      { path: 'admin/organisation', element: page(() => import('@/features/admin/Organisation')) },
      { path: 'admin/system', element: page(() => import('@/features/admin/SystemStatus')) },
      { path: 'admin/audit-log', element: page(() => import('@/features/admin/AuditLog')) },
      { path: 'admin/fields', element: page(() => import('@/features/admin/CustomFields')) },
      { path: 'admin/dictionaries', element: page(() => import('@/features/admin/Dictionaries')) },
      { path: ':module', element: <ModuleRoute kind="list" /> },
      { path: ':module/new', element: <ModuleRoute kind="new" /> },
      { path: ':module/deleted', element: <ModuleRoute kind="deleted" /> },
      { path: ':module/:id', element: <ModuleRoute kind="one" /> },
      { path: ':module/:id/edit', element: <ModuleRoute kind="edit" /> },
      { path: '*', element: <NotFound /> },
    ],
  },
])
