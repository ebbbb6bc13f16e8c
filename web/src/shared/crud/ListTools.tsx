import { ReloadOutlined, SettingOutlined, UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Popover } from 'antd'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Tree } from '@/shared/filters/tree'
import type { Meta } from '@/shared/meta/types'
import { ExportButton } from '@/shared/ui/ExportButton'
import { Busy } from '@/shared/ui/states'
import { useWide } from '@/shared/ui/useWide'
import { BinLink } from './BinLink'
import { pathOf, type ModuleConfig } from './config'
import { queryOf, type ListState } from './useList'
import { Views } from './Views'

const Columns = lazy(() => import('./Columns').then((one) => ({ default: one.Columns })))
const ListMenu = lazy(() => import('./ListMenu').then((one) => ({ default: one.ListMenu })))
const ImportWizard = lazy(() => import('./ImportWizard').then((one) => ({ default: one.ImportWizard })))

interface Props {
  config: ModuleConfig
  meta?: Meta
  state: ListState
  columns: string[]
  fixed?: Tree
  embedded: boolean
  add: ReactNode
}

/** What can be done with a list: new, views, columns, import, export. */
export function ListTools({ config, meta, state, columns, fixed, embedded, add }: Props) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const wide = useWide(768)
  const [importing, setImporting] = useState(false)
  const keepColumns = (names: string[]) => {
    localStorage.setItem(`highseas.columns.${state.module}`, names.join(','))
    state.set({ columns: names.join(',') })
  }
  const query = { ...queryOf(state, fixed), page: undefined, page_size: undefined, fields: columns.join(',') }
  return (
    <div className="tools">
      {add}
      {embedded ? null : <Views meta={meta} state={state} columns={columns} />}
      <span className="grow" />
      {!embedded && wide && meta?.operations?.includes('import') ? <Button icon={<UploadOutlined />} onClick={() => setImporting(true)}>{t('import.button')}</Button> : null}
      {wide && meta?.operations?.includes('export') ? (
        <ExportButton path={pathOf(state.module)} query={query} />
      ) : null}
      {!embedded && meta && wide ? (
        <Popover trigger="click" placement="bottomRight" title={t('list.columns')} content={<Suspense fallback={<Busy />}><Columns meta={meta} chosen={columns} onChange={keepColumns} /></Suspense>}>
          <Button type="text" icon={<SettingOutlined />} aria-label={t('list.columns')} />
        </Popover>
      ) : null}
      {!embedded && wide && state.module === config.module ? <BinLink module={config.module} /> : null}
      <Button type="text" icon={<ReloadOutlined />} aria-label={t('list.reload')} onClick={() => void client.invalidateQueries({ queryKey: [state.module] })} />
      {!embedded && meta && !wide ? <Suspense fallback={null}><ListMenu meta={meta} state={state} columns={columns} query={query} onImport={() => setImporting(true)} /></Suspense> : null}
      {importing && meta ? <Suspense fallback={<Busy />}><ImportWizard meta={meta} onClose={() => setImporting(false)} /></Suspense> : null}
    </div>
  )
}
