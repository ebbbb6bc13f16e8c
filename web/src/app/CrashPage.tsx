import { Button, Result } from 'antd'
import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'
import { Failed } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

/** A page broke, or a part of it could not be loaded: the line is down, or a new version came out. */
export function CrashPage() {
  const { t } = useTranslation()
  const error = useRouteError()
  const [busy, once] = useOnce()
  // Without a server a reload would end at the browser's own page of errors.
  const again = () => void once(() => fetch('/', { cache: 'no-store' }).then(() => window.location.reload(), () => undefined))
  const isPart = error instanceof TypeError && /import/i.test(error.message)
  return (
    <main className="page away">
      {isPart ? (
        <Result status="warning" title={<h1 role="alert">{t('error.not_loaded')}</h1>} subTitle={t('error.not_loaded_hint')} extra={<Button type="primary" loading={busy} onClick={again}>{t('error.retry')}</Button>} />
      ) : <Failed error={error} retry={again} />}
    </main>
  )
}
