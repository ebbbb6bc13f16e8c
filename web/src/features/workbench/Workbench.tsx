import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Workbench as Answer } from '@/shared/api/contracts'
import { useSession } from '@/shared/api/session'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { WIDGETS } from './widgets'

/** The page after the log-in: the widgets that the templates of one's roles give. */
export default function Workbench() {
  const { t, i18n } = useTranslation()
  const account = useSession((state) => state.account)
  const [now] = useState(() => new Date().toISOString())
  const bench = useQuery({ queryKey: ['workbench', account?.id, i18n.language], queryFn: ({ signal }) => get<Answer>('/workbench', undefined, signal) })
  return (
    <section className="page">
      <h1 className="page-title">{t('bench.hello', { name: account?.display_name ?? '' })}</h1>
      {bench.error && !bench.data ? <Failed error={bench.error} retry={() => void bench.refetch()} /> : !bench.data ? <Loading /> : (
        <div className="widgets">
          {bench.data.items?.map(({ code, title, size }) => {
            const Widget = WIDGETS[code!]
            return Widget ? <Widget key={code} title={title ?? ''} size={size ?? 'half'} me={account?.id ?? ''} now={now} /> : null
          })}
          {bench.data.items?.length ? null : <div className="widget full card"><Nothing text={t('bench.empty')} /></div>}
        </div>
      )}
    </section>
  )
}
