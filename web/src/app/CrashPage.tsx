import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'
import { Failed } from '@/shared/ui/states'

/** A page broke, or a part of it could not be loaded because a new version came out. */
export function CrashPage() {
  const { t } = useTranslation()
  const error = useRouteError()
  const isOld = error instanceof TypeError && /import/i.test(error.message)
  return (
    <main className="page">
      {isOld ? <p role="alert">{t('error.new_version')}</p> : null}
      <Failed error={error} retry={() => window.location.reload()} />
    </main>
  )
}
