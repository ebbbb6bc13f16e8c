import { Button, Empty, Result, Skeleton, Spin } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Problem } from '@/shared/api/problem'

/** What went wrong, with a way to try again. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation()
  const problem = error instanceof Problem ? error : null
  const home = <Link className="go" to="/">{t('error.home')}</Link>
  if (problem?.status === 404) return <Result status="404" title={t('error.not_found')} subTitle={t('error.not_found_hint')} extra={home} />
  if (problem?.status === 403) return <Result status="403" title={t('error.forbidden')} subTitle={t('error.forbidden_hint')} extra={home} />
  return (
    <Result
      status={problem?.status === 0 ? 'warning' : 'error'}
      title={problem?.status === 0 ? t('error.unreachable') : t('error.title')}
      subTitle={
        <>
          {problem?.status ? problem.message : null}
          {problem?.requestId ? <div className="quiet">{t('error.request', { id: problem.requestId })}</div> : null}
        </>
      }
      extra={retry ? <Button type="primary" onClick={retry}>{t('error.retry')}</Button> : home}
    />
  )
}

/** Whether what was read before still holds: the server did not answer, rather than refuse. */
export const isPassing = (error: unknown): boolean => error instanceof Problem && (error.status === 0 || error.status >= 500)

/** What is shown was read before; reading it again failed. */
export function Before({ retry }: { retry: () => void }) {
  const { t } = useTranslation()
  return <p className="notice warn" role="alert">{t('error.before')} <button type="button" className="lnk" onClick={retry}>{t('error.retry')}</button></p>
}

/** The server is away; what was wanted comes by itself when it is back. */
export function Away() {
  const { t } = useTranslation()
  return <main className="away"><Result icon={<Spin size="large" />} title={<h1 role="alert">{t('error.away')}</h1>} subTitle={t('error.away_hint')} /></main>
}

/** Nothing is here, and what to do about it. */
export function Nothing({ text, children }: { text: string; children?: ReactNode }) {
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<span className="quiet">{text}</span>}>{children}</Empty>
}

/** Grey bars while a page loads for the first time. */
export const Loading = ({ rows = 8 }: { rows?: number }) => (
  <div className="card" aria-busy="true">
    <Skeleton active title={false} paragraph={{ rows, width: '100%' }} />
  </div>
)

/** A thin bar at the top while something asked for is on its way: shown after a moment, so that a quick line never flashes it. */
export const Busy = () => <div className="busy" aria-hidden="true" />

/** What to tell of an error in one line. */
export const messageOf = (error: unknown): string => {
  const problem = error as Partial<Problem>
  const first = (error instanceof Problem && error.errors[0]?.detail) || problem.message || String(error)
  return problem instanceof Problem && problem.status >= 500 && problem.requestId ? `${first} (${problem.requestId})` : first
}
