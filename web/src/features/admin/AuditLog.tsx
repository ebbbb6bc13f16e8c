import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Pagination, Select, Table } from 'antd'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { AuditEntry, AuditPage } from '@/shared/api/contracts'
import { may } from '@/shared/api/session'
import { moduleAt } from '@/shared/crud/config'
import { showMoment } from '@/shared/fields/dates'
import { ReferenceInput } from '@/shared/fields/Reference'
import { FieldInput } from '@/shared/fields/registry'
import { asParameter, readTree, type Tree } from '@/shared/filters/tree'
import { describeTree } from '@/shared/filters/words'
import { useMeta } from '@/shared/meta/meta'
import { ExportButton } from '@/shared/ui/ExportButton'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { useAddress } from '@/shared/ui/useAddress'
import { useWide } from '@/shared/ui/useWide'
import { whoOf } from '@/shared/ui/who'

const SIZE = 50

const MOMENT = { label: '', type: 'datetime' }

/** Log-ins, failures, and changes of rights and settings. */
export default function AuditLog() {
  const { t, i18n } = useTranslation()
  const [params, set] = useAddress()
  const wide = useWide(768)
  const page = Number(params.get('page')) || 1
  const [action, user, from, to] = ['action', 'user', 'from', 'to'].map((name) => params.get(name))
  const filter = asParameter(wanted(action, user, from, to))
  const log = useQuery({ queryKey: ['audit-log', page, filter, i18n.language], queryFn: () => get<AuditPage>('/audit-log', { filter, page, page_size: SIZE }), placeholderData: keepPreviousData })
  const narrow = (changes: Record<string, string | null>) => set({ ...changes, page: null })
  if (log.error) return <Failed error={log.error} retry={() => void log.refetch()} />
  if (!log.data) return <Loading />
  const entries = log.data.items ?? []
  const whoDid = ({ user_name, impersonated_by_name }: AuditEntry) => whoOf(t, user_name ?? '—', impersonated_by_name)
  return (
    <section className="page">
      <h1 className="page-title">{t('menu.audit-log')}</h1>
      <div className="card search-card search-row" role="search">
        <label className="quick"><span>{t('audit.action')}</span><Select aria-label={t('audit.action')} allowClear showSearch={{ optionFilterProp: 'label' }} value={action ?? undefined} onChange={(next) => narrow({ action: next ?? null })} options={(log.data.actions ?? []).map(({ value, label }) => ({ value: value!, label }))} /></label>
        <div className="quick person"><span>{t('audit.who')}</span><ReferenceInput module="users" label={t('audit.who')} value={user} onChange={(id) => narrow({ user: id as string | null })} /></div>
        <div className="period" role="group" aria-label={t('period')}>
          <FieldInput field={{ name: 'from', ...MOMENT }} label={t('filter.from')} value={from} onChange={(next) => narrow({ from: next as string | null })} />
          <span aria-hidden="true">–</span>
          <FieldInput field={{ name: 'to', ...MOMENT }} label={t('filter.to')} value={to} onChange={(next) => narrow({ to: next as string | null })} />
        </div>
      </div>
      <div className={log.isPlaceholderData ? 'card list-card dim' : 'card list-card'}>
        {may('audit:export') ? <div className="tools"><span className="grow" /><ExportButton path="/audit-log" query={{ filter }} /></div> : null}
        {!entries.length ? <Nothing text={t('list.no_match')} /> : wide ? (
          <Table<AuditEntry> size="middle" rowKey="id" pagination={false} dataSource={entries} columns={[
            { title: t('audit.at'), dataIndex: 'at', width: 160, render: (at) => <span className="figure">{showMoment(at)}</span> },
            { title: t('audit.who'), width: 220, render: (_, entry) => whoDid(entry) },
            { title: t('audit.action'), dataIndex: 'action_name', width: 200 },
            { title: t('audit.detail'), render: (_, entry) => <span className="quiet long"><Detail {...entry} /></span> },
          ]} />
        ) : (
          <ul className="cards">
            {entries.map((entry) => (
              <li key={entry.id} className="row-card">
                <div className="row-card-head"><b>{entry.action_name}</b></div>
                <div><span className="figure">{showMoment(entry.at)}</span> · {whoDid(entry)}</div>
                <div className="quiet long"><Detail {...entry} /></div>
              </li>
            ))}
          </ul>
        )}
        <Pagination className="pages" size={wide ? 'medium' : 'small'} hideOnSinglePage current={page} pageSize={SIZE} total={log.data.total ?? 0} showSizeChanger={false} onChange={(next) => set({ page: String(next) })} />
      </div>
    </section>
  )
}

/** What narrows the log: an action, whoever did it, also in somebody else's place, and when. */
function wanted(action: string | null | undefined, user: string | null | undefined, from: string | null | undefined, to: string | null | undefined): Tree | null {
  const all: Tree[] = []
  if (action) all.push({ field: 'action', op: 'eq', value: action })
  if (user) all.push({ or: ['user_id', 'impersonated_by'].map((field) => ({ field, op: 'eq', value: user })) })
  if (from) all.push({ field: 'at', op: 'gte', value: from })
  if (to) all.push({ field: 'at', op: 'lte', value: to })
  return all.length ? { and: all } : null
}

/** What a line tells; which session it was tells nobody anything. */
function Detail({ facts, detail }: AuditEntry) {
  const shown = facts?.filter(({ name }) => name !== 'session') ?? []
  return shown.map((fact, index) => <Fragment key={fact.name}>{index ? ' · ' : ''}{fact.label}: {fact.name === 'filter' ? <Filter told={fact.value} of={detail as Exported} /> : (fact.value ?? '—')}</Fragment>)
}

/** What a line tells of a list that was carried out. */
interface Exported {
  module: string
  filter: string
}

/** The filter of such a list in the words of its module, with the names that somebody may see here. */
function Filter({ told, of }: { told?: string | null; of: Exported }) {
  const { t, i18n } = useTranslation()
  const meta = useMeta(moduleAt(of.module))
  const tree = readTree(of.filter)
  return !tree ? told : meta.isPending ? '…' : describeTree(tree, meta.data, t, i18n.language)
}
