import { useTranslation } from 'react-i18next'
import type { LedgerRow } from '@/shared/api/contracts'

/** From whom to whom a customer went; whose it stayed; nothing where it is nobody's. */
export function Hands({ entry }: { entry: LedgerRow }) {
  const { t } = useTranslation()
  if (!entry.from_owner_name && !entry.to_owner_name) return null
  if (entry.from_owner_id === entry.to_owner_id) return <>{entry.to_owner_name}</>
  return <>{entry.from_owner_name ?? t('pool.nobody')} → {entry.to_owner_name ?? t('pool.nobody')}</>
}
