import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { get, remove } from '@/shared/api/client'
import type { Sessions } from '@/shared/api/contracts'
import { may, sessionId, useSession } from '@/shared/api/session'
import { titleOf, type Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { Tone } from '@/shared/fields/Tone'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'

/** Where somebody is logged in. */
function SessionList({ path, end }: { path: string; end?: (id: string) => void }) {
  const { t } = useTranslation()
  const mine = sessionId(useSession((state) => state.token))
  const found = useQuery({ queryKey: ['sessions', path], queryFn: () => get<Sessions>(path) })
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />
  if (!found.data) return <Loading rows={3} />
  if (!found.data.items?.length) return <Nothing text={t('session.none')} />
  return (
    <ul className="plain-list">
      {found.data.items.map((one) => (
        <li key={one.id}>
          <span><b>{one.impersonated_by ? t('session.impersonated', { name: one.impersonated_by_name, reason: one.reason }) : browserOf(one.agent)}</b> {one.id === mine ? <Tone tone="good">{t('session.this')}</Tone> : null}</span>
          <span className="quiet figure">{one.address ?? '—'} · {t('session.since', { at: showMoment(one.started_at) })}</span>
          {end && one.id !== mine ? <Button size="small" danger onClick={() => end(one.id!)}>{t('profile.end_session')}</Button> : <span />}
        </li>
      ))}
    </ul>
  )
}

/** One's own sessions; each other one can be ended. */
export function MySessions() {
  const { t } = useTranslation()
  const attempt = useAttempt()
  return <div className="card"><h2>{t('profile.sessions')}</h2><SessionList path="/auth/sessions" end={(id) => void attempt(() => remove(`/auth/sessions/${id}`), t('session.ended'))} /></div>
}

/** The sessions of a user, for administrators, who may end them all. */
export function UserSessions({ row }: { row: Row }) {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const path = `/users/${row.id}/sessions`
  const endAll = () => modal.confirm({ title: t('session.end_all'), content: t('session.end_all_sure', { name: titleOf(row) }), okText: t('session.end_all'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => attempt(() => remove(path), t('session.ended')) })
  const button: ReactNode = may('session:end') ? <div className="tools"><span className="grow" /><Button danger onClick={endAll}>{t('session.end_all')}</Button></div> : null
  return <>{button}<SessionList path={path} /></>
}

function useAttempt() {
  const { message } = App.useApp()
  const client = useQueryClient()
  return async (work: () => Promise<void>, done: string) => {
    try {
      await work()
      message.success(done)
    } catch (error) {
      message.error(messageOf(error))
    }
    await client.invalidateQueries({ queryKey: ['sessions'] })
  }
}

const BROWSERS: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const SYSTEMS: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']]

/** A browser's own lengthy words about itself in two. */
function browserOf(agent: string | null | undefined): string {
  const named = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent ?? ''))?.[1]
  return [named(BROWSERS), named(SYSTEMS)].filter(Boolean).join(' · ') || agent?.slice(0, 40) || '—'
}
