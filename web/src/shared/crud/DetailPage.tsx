import { ArrowLeftOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Tabs } from 'antd'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router'
import { get } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import { may } from '@/shared/api/session'
import { titleOf, type Row } from '@/shared/api/records'
import { ReferenceText } from '@/shared/fields/Reference'
import { FieldText } from '@/shared/fields/registry'
import { hasName, idField, useMeta } from '@/shared/meta/meta'
import type { Field, Meta } from '@/shared/meta/types'
import { Before, Busy, Failed, isPassing, Loading } from '@/shared/ui/states'
import { configOf, pathOf, type ModuleConfig } from './config'
import { valueOf } from './FieldsForm'
import { RelatedList } from './RelatedList'
import { RowActions } from './RowActions'

const FormDrawer = lazy(() => import('./FormDrawer').then((one) => ({ default: one.FormDrawer })))
const History = lazy(() => import('./History').then((one) => ({ default: one.History })))
const Attachments = lazy(() => import('./Attachments').then((one) => ({ default: one.Attachments })))

/** A record's page: facts and actions at the top, tabs below. */
export function DetailPage({ module, id }: { module: string; id: string }) {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [params, setParams] = useSearchParams()
  const [editing, setEditing] = useState(false)
  const config = configOf(module)
  const meta = useMeta(module)
  const record = useQuery({ queryKey: [module, 'one', id, i18n.language], queryFn: ({ signal }) => get<Row>(`${pathOf(module)}/${id}`, undefined, signal) })
  const refresh = () => void client.invalidateQueries()
  const edit = () => (config.formPage ? navigate(`/${module}/${id}/edit`) : setEditing(true))
  const tabs = useMemo(() => (meta.data && record.data ? tabsOf(config, meta.data, record.data, refresh, t) : []), [config, meta.data, record.data, t])

  // It was here a moment ago: deleted, or given away.
  if (record.data && record.error instanceof Problem && record.error.status === 404) return <Navigate to={`/${module}`} replace />
  const error = record.error ?? meta.error
  const retry = () => void (meta.refetch(), record.refetch())
  if (error && !(meta.data && record.data && isPassing(error))) return <Failed error={error} retry={retry} />
  if (!meta.data || !record.data) return <Loading />
  const row = record.data
  const facts = (config.facts ?? []).flatMap((name) => meta.data.fields.find((field) => field.name === name) ?? [])
  return (
    <article className="page detail">
      {error ? <Before retry={retry} /> : null}
      <header className="card detail-head">
        <Link className="lnk back" to={`/${module}`}><ArrowLeftOutlined aria-hidden="true" /> {meta.data.label_plural}</Link>
        <div className="detail-title">
          <h1 title={titleOf(row)}>{titleOf(row)}</h1>
          {config.Banner ? <config.Banner row={row} /> : null}
          <span className="grow" />
          <RowActions config={config} meta={meta.data} row={row} onEdit={edit} head />
        </div>
        {facts.length ? <dl className="facts">{facts.map((field) => <Fact key={field.name} field={field} row={row} meta={meta.data} config={config} />)}</dl> : null}
      </header>
      <Tabs className="card detail-tabs" activeKey={tabs.some((tab) => tab.key === params.get('tab')) ? params.get('tab')! : tabs[0]?.key} items={tabs} destroyOnHidden onChange={(key) => setParams({ tab: key }, { replace: true })} />
      {editing ? <Suspense fallback={<Busy />}><FormDrawer module={module} id={id} open onClose={() => setEditing(false)} onSaved={refresh} /></Suspense> : null}
    </article>
  )
}

function Fact({ field, row, meta, config }: { field: Field; row: Row; meta: Meta; config: ModuleConfig }) {
  const reference = idField(meta, field.name)
  const own = config.cells?.[field.name]
  return (
    <div>
      <dt>{field.label}</dt>
      <dd>{own ? own(row, field) : reference ? <ReferenceText module={reference.reference!} id={row[reference.name]} name={row[field.name]} /> : <FieldText field={field} value={valueOf(row, field)} row={row} />}</dd>
    </div>
  )
}

/** All fields of a record in sections. */
function Info({ row, meta, config }: { row: Row; meta: Meta; config: ModuleConfig }) {
  const left = ['id', 'version', 'can', ...(config.ownerless ? ['owner_id', 'owner_name'] : [])]
  const shown = meta.fields.filter((field) => !left.includes(field.name) && !field.fields?.length && field.type !== 'json' && !hasName(meta, field) && valueOf(row, field) !== undefined)
  const sections = meta.sections?.length ? meta.sections : [{ name: '', label: '' }]
  return (
    <>
      {sections.map((section) => {
        const fields = section.name ? shown.filter((field) => field.section === section.name) : shown
        return fields.length ? (
          <section key={section.name} className="info">
            {section.label ? <h2>{section.label}</h2> : null}
            <dl className="info-grid">{fields.map((field) => <Fact key={field.name} field={field} row={row} meta={meta} config={config} />)}</dl>
          </section>
        ) : null
      })}
    </>
  )
}

function tabsOf(config: ModuleConfig, meta: Meta, row: Row, refresh: () => void, t: (key: string) => string) {
  const own = (config.detailTabs ?? []).filter((tab) => may(tab.permission) && (tab.when?.(row) ?? true))
  const lazily = (content: React.ReactNode) => <Suspense fallback={<Loading rows={4} />}>{content}</Suspense>
  const related = relatedOf(config, meta)
  return [
    ...own.filter((tab) => tab.key.startsWith('first-')).map((tab) => ({ key: tab.key, label: t(tab.label), children: lazily(<tab.Content row={row} meta={meta} refresh={refresh} />) })),
    { key: 'info', label: t('detail.info'), children: <Info row={row} meta={meta} config={config} /> },
    ...related.map((one) => ({ key: one.module, label: one.label ?? t(`menu.${one.module}`), children: <RelatedList module={one.module} field={one.field} id={row.id} /> })),
    ...own.filter((tab) => !tab.key.startsWith('first-')).map((tab) => ({ key: tab.key, label: t(tab.label), children: lazily(<tab.Content row={row} meta={meta} refresh={refresh} />) })),
    ...(meta.operations?.includes('list_attachments') ? [{ key: 'files', label: t('detail.files'), children: lazily(<Attachments module={meta.module} id={row.id} mayChange={row.can?.includes('update') ?? false} />) }] : []),
    ...(meta.operations?.includes('history') === false ? [] : [{ key: 'history', label: t('detail.history'), children: lazily(<History fields={meta.fields} path={`${pathOf(meta.module)}/${row.id}`} />) }]),
  ]
}

function relatedOf(config: ModuleConfig, meta: Meta): { module: string; field: string; label?: string }[] {
  const ours = (config.related ?? []).filter((one) => may(one.permission))
  const told = (meta.related ?? []).filter((one) => !ours.some((mine) => mine.module === one.module))
  return [...ours, ...told]
}
