import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { may } from '@/shared/api/session'
import type { Row } from '@/shared/api/records'
import type { Meta } from '@/shared/meta/types'
import { offers } from '@/shared/meta/meta'
import { Busy } from '@/shared/ui/states'
import { actionsOf, type ModuleConfig } from './config'
import { allows, labelOf, useAct } from './actions'
import { shared } from './standard'

const BatchEdit = lazy(() => import('./BatchEdit').then((one) => ({ default: one.BatchEdit })))

/** What can be done to the ticked rows; it stands where the tools of the list stood. */
export function BatchBar({ config, meta, rows, onClear }: { config: ModuleConfig; meta?: Meta; rows: Row[]; onClear: () => void }) {
  const { t } = useTranslation()
  const act = useAct()
  const [editing, setEditing] = useState(false)
  if (!meta) return null
  const known = new Set(meta.actions.map((action) => action.name))
  const own = actionsOf(config, meta).filter((action) => action.on.includes('batch') && (action.permission ? may(action.permission) : known.has(action.needs ?? action.name)))
  const standard = !config.readOnly ? shared(config).filter((action) => offers(meta, `batch_${action.name}`, action.name)) : []
  const some = [...own, ...standard].filter((action) => rows.some((row) => allows(row, action)))
  return (
    <div className="tools batch" role="toolbar" aria-label={t('batch.bar')}>
      <b>{t('batch.chosen', { count: rows.length })}</b>
      {some.map((action) => (
        <Button key={action.name} danger={action.danger} onClick={() => act({ action, meta, rows, batch: true, done: onClear })}>{labelOf(action, meta, t)}</Button>
      ))}
      {!config.readOnly && !config.formPage && offers(meta, 'batch_update', 'update') ? <Button onClick={() => setEditing(true)}>{t('batch.edit')}</Button> : null}
      <Button type="text" onClick={onClear}>{t('batch.clear')}</Button>
      {editing ? <Suspense fallback={<Busy />}><BatchEdit meta={meta} config={config} rows={rows} onClose={() => setEditing(false)} onDone={onClear} /></Suspense> : null}
    </div>
  )
}
