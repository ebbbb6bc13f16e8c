import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Members } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading, Nothing } from '@/shared/ui/states'

/** Everybody who works with a pool, with how many of its customers each holds. */
export function PoolMembers({ row }: { row: Row }) {
  const { t } = useTranslation()
  const members = useQuery({ queryKey: ['pool', 'members', row.id], queryFn: () => get<Members>('/pool/members', { pool_id: row.id }) })
  if (members.error) return <Failed error={members.error} retry={() => void members.refetch()} />
  if (!members.data) return <Loading rows={4} />
  if (!members.data.items?.length) return <Nothing text={t('pool.no_members')} />
  return (
    <Scroll label={t('pool.members')}>
      <table className="sheet">
        <thead><tr><th>{t('audit.who')}</th><th>{t('pool.member_level')}</th><th className="end">{t('pool.held')}</th></tr></thead>
        <tbody>{members.data.items.map((one) => <tr key={one.user_id}><td>{one.name ?? '—'}</td><td>{t(`pool.is_${one.level}`)}</td><td className="end">{one.held ?? 0}</td></tr>)}</tbody>
      </table>
    </Scroll>
  )
}
