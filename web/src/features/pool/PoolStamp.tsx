import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import { may } from '@/shared/api/session'
import type { Countdown } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'

/** The stamp "pool customer" on a record, with why and when the pool takes it. */
export function PoolStamp({ row }: { row: Row }) {
  const { t, i18n } = useTranslation()
  const inPool = row.pool_status !== undefined && row.pool_status !== 'ordinary'
  const { data } = useQuery({ queryKey: ['pool-customers', 'countdown', row.id, row.version, i18n.language], queryFn: () => get<Countdown>(`/pool/customers/${row.id}/countdown`), enabled: inPool && may('pool:read'), retry: false })
  if (!inPool) return null
  return (
    <>
      <span className="stamp">{t('pool.stamp')}</span>
      {data?.text ? <span className="notice">{data.text}</span> : null}
    </>
  )
}
