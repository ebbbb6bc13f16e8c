import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '@/shared/api/client'
import type { AllParked, ParkedEvent, ServiceStatus, SystemStatus as Status } from '@/shared/api/contracts'
import { may } from '@/shared/api/session'
import type { BatchResult } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { Tone } from '@/shared/fields/Tone'
import { Scroll } from '@/shared/ui/Scroll'
import { useDuration } from '@/shared/ui/duration'
import { showSize } from '@/shared/ui/files'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

const EVERY = 10_000

/** How each service is, what waits between them, and what they gave up. */
export default function SystemStatus() {
  const { t } = useTranslation()
  const lasted = useDuration()
  const status = useQuery({ queryKey: ['system', 'status'], queryFn: () => get<Status>('/system/status'), refetchInterval: EVERY })
  if (status.error && !status.data) return <Failed error={status.error} retry={() => void status.refetch()} />
  if (!status.data) return <Loading />
  const { broker, services = [], storage, version } = status.data
  const waits = (count: number | null | undefined, oldest: number | null | undefined) => (count ? `${count} · ${lasted(oldest)}` : (count ?? '—'))
  const state = (value: string | null | undefined) => <Tone tone={value === 'ready' ? 'good' : 'bad'}>{t(`system.${value ?? 'away'}`)}</Tone>
  return (
    <section className="page">
      <h1 className="page-title">{t('menu.system-status')}</h1>
      <dl className="card facts">
        <div><dt>{t('system.version')}</dt><dd className="figure">{version}</dd></div>
        <div><dt>{t('system.broker')}</dt><dd>{state(broker)}</dd></div>
        <div><dt>{t('system.database')}</dt><dd className="figure">{showSize(storage?.database_bytes ?? 0)}</dd></div>
        <div><dt>{t('system.attachments')}</dt><dd className="figure">{showSize(storage?.attachment_bytes ?? 0)}</dd></div>
      </dl>
      <Scroll label={t('menu.system-status')} className="card list-card">
        <Table<ServiceStatus> size="middle" rowKey="service" pagination={false} style={{ minWidth: 900 }} dataSource={services ?? []} columns={[
          { title: t('system.service'), width: 150, render: (_, one) => <b>{t(`service.${one.service}`, { defaultValue: one.service ?? '' })}</b> },
          { title: t('system.state'), width: 110, render: (_, one) => state(one.status) },
          { title: t('system.replicas'), width: 100, align: 'right', render: (_, one) => one.replicas ?? '—' },
          { title: t('system.outbox'), width: 160, align: 'right', render: (_, one) => waits(one.outbox?.waiting, one.outbox?.oldest_seconds) },
          { title: t('system.inbox'), width: 160, align: 'right', render: (_, one) => waits(one.inbox?.pending, one.inbox?.oldest_seconds) },
          { title: t('system.parked'), width: 110, align: 'right', render: (_, one) => <span className={one.inbox?.parked ? 'bad' : undefined}>{one.inbox?.parked ?? '—'}</span> },
          { title: t('system.database'), width: 110, align: 'right', render: (_, one) => (one.database_bytes == null ? '—' : showSize(one.database_bytes)) },
          { title: t('system.attachments'), width: 110, align: 'right', render: (_, one) => (one.attachment_bytes == null ? '—' : showSize(one.attachment_bytes)) },
          { title: t('system.schema'), width: 170, render: (_, one) => <span className="quiet">{one.schema_revision ?? '—'}</span> },
        ]} />
      </Scroll>
      <Parked />
    </section>
  )
}

/** Events that services gave up after ten attempts; they can be tried again once the cause is gone. */
function Parked() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [ticked, setTicked] = useState<ParkedEvent[]>([])
  const [busy, once] = useOnce()
  const parked = useQuery({ queryKey: ['system', 'parked'], queryFn: () => get<AllParked>('/system/parked'), refetchInterval: EVERY })
  if (parked.error && !parked.data) return <Failed error={parked.error} retry={() => void parked.refetch()} />
  if (!parked.data) return <Loading rows={3} />
  const items = parked.data.items ?? []
  const retry = async () => {
    try {
      const services = [...new Set(ticked.map((one) => one.service!))]
      const answers = await Promise.all(services.map((service) => post<BatchResult>('/system/parked/retry', { service, ids: ticked.filter((one) => one.service === service).map((one) => one.id) })))
      message.success(t('batch.succeeded', { count: answers.reduce((sum, one) => sum + one.succeeded, 0), label: t('verb.retry') }))
      answers.flatMap((one) => one.failed).forEach((one) => message.error(one.detail))
      setTicked([])
    } catch (error) {
      message.error(messageOf(error))
    }
    await client.invalidateQueries({ queryKey: ['system'] })
  }
  return (
    <div className="card list-card">
      <div className="tools">
        <h2>{t('system.parked_title')}</h2>
        {parked.data.away?.length ? <span className="bad" role="alert">{t('system.parked_away', { names: parked.data.away.map((one) => t(`service.${one}`, { defaultValue: one })).join(', ') })}</span> : null}
        <span className="grow" />
        {items.length && may('system:retry') ? <Button type="primary" disabled={!ticked.length} loading={busy} onClick={() => void once(retry)}>{t('verb.retry')}</Button> : null}
      </div>
      {items.length ? (
        <Table<ParkedEvent> size="middle" rowKey={(one) => `${one.service}/${one.id}`} pagination={false} scroll={{ x: 900 }} dataSource={items}
          rowSelection={may('system:retry') ? { selectedRowKeys: ticked.map((one) => `${one.service}/${one.id}`), onChange: (_, rows) => setTicked(rows), getCheckboxProps: (one) => ({ 'aria-label': `${one.service} ${one.id}` }), getTitleCheckboxProps: () => ({ 'aria-label': t('list.tick_all') }) } : undefined}
          columns={[
            { title: t('system.since'), width: 150, render: (_, one) => <span className="figure">{showMoment(one.since)}</span> },
            { title: t('system.service'), width: 120, render: (_, one) => t(`service.${one.service}`, { defaultValue: one.service ?? '' }) },
            { title: t('system.event'), width: 260, render: (_, one) => <code>{one.publisher}.{one.name}</code> },
            { title: t('system.attempts'), width: 90, align: 'right', dataIndex: 'attempts' },
            { title: t('batch.reason'), ellipsis: true, render: (_, one) => <span className="quiet" title={one.last_error ?? undefined}>{one.last_error?.trim().split('\n').at(-1) ?? '—'}</span> },
          ]} />
      ) : <Nothing text={t('system.parked_none')} />}
    </div>
  )
}
