import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Pagination, Table } from 'antd'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { get } from '@/shared/api/client'
import type { AuditEntry, AuditPage } from '@/shared/api/contracts'
import { may } from '@/shared/api/session'
import { moduleAt } from '@/shared/crud/config'
import { showMoment } from '@/shared/fields/dates'
import { readTree } from '@/shared/filters/tree'
import { describeTree } from '@/shared/filters/words'
import { useMeta } from '@/shared/meta/meta'
import { ExportButton } from '@/shared/ui/ExportButton'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading } from '@/shared/ui/states'
import { whoOf } from '@/shared/ui/who'

const SIZE = 50

/** Log-ins, failures, and changes of rights and settings. */
export default function AuditLog() {
  const { t, i18n } = useTranslation()
  const [params, setParams] = useSearchParams()
  const page = Number(params.get('page')) || 1
  const log = useQuery({ queryKey: ['audit-log', page, i18n.language], queryFn: () => get<AuditPage>('/audit-log', { page, page_size: SIZE }), placeholderData: keepPreviousData })
  if (log.error) return <Failed error={log.error} retry={() => void log.refetch()} />
  if (!log.data) return <Loading />
  return (
    <section className="page">
      <h1 className="page-title">{t('menu.audit-log')}</h1>
      <div className="card list-card">
        {may('audit:export') ? <div className="tools"><span className="grow" /><ExportButton path="/audit-log" query={{}} /></div> : null}
        <Scroll label={t('menu.audit-log')}>
          <Table<AuditEntry> size="middle" rowKey="id" pagination={false} style={{ minWidth: 800 }} dataSource={log.data.items ?? []} columns={[
            { title: t('audit.at'), dataIndex: 'at', width: 160, render: (at) => <span className="figure">{showMoment(at)}</span> },
            { title: t('audit.who'), dataIndex: 'user_name', width: 220, render: (name, { impersonated_by_name }) => whoOf(t, name ?? '—', impersonated_by_name) },
            { title: t('audit.action'), dataIndex: 'action_name', width: 200 },
            { title: t('audit.detail'), render: (_, entry) => <span className="quiet long"><Detail {...entry} /></span> },
          ]} />
        </Scroll>
        <Pagination className="pages" current={page} pageSize={SIZE} total={log.data.total ?? 0} showSizeChanger={false} onChange={(next) => setParams({ page: String(next) })} />
      </div>
    </section>
  )
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
