import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { getAll } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'

/** Which pool; absent where there is only one. */
export function PoolPicker({ value, onChange, allowAll }: { value: string | null; onChange: (id: string | null) => void; allowAll?: boolean }) {
  const { t } = useTranslation()
  const { data } = useQuery({ queryKey: ['pools', 'every'], queryFn: ({ signal }) => getAll<Row>('/pools', {}, signal), staleTime: 60_000 })
  if (!data || data.length < 2) return null
  const chosen = value ?? (allowAll ? '' : data.find((one) => one.is_default)?.id)
  const options = [...(allowAll ? [{ value: '', label: t('pool.every') }] : []), ...data.map((one) => ({ value: one.id, label: String(one.name) }))]
  return <Select aria-label={t('noun.pool')} value={chosen} onChange={(id) => onChange(id || null)} options={options} style={{ minWidth: 160 }} />
}
