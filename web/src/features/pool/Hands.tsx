import { useTranslation } from 'react-i18next'
import type { LedgerRow } from '@/shared/api/contracts'

/** From whom to whom a customer went; nothing where it stayed with nobody. */
export function Hands({ entry }: { entry: LedgerRow }) {
  const { t } = useTranslation()
  if (!entry.from_owner_name && !entry.to_owner_name) return null
  return <>{entry.from_owner_name ?? t('pool.nobody')} → {entry.to_owner_name ?? t('pool.nobody')}</>
}
