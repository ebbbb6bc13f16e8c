import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Members } from '@/shared/api/contracts'
import type { InputProps } from '@/shared/fields/inputs'

/** Choose a member of the pool; how many customers each holds stands beside the name. */
export function MemberInput({ field, value, onChange, id }: InputProps) {
  const { t } = useTranslation()
  const { data, isLoading } = useQuery({ queryKey: ['pool', 'members', field.within], queryFn: () => get<Members>('/pool/members', { pool_id: field.within }) })
  const options = (data?.items ?? []).map((member) => ({ value: member.user_id!, label: `${member.name ?? '—'} · ${t('pool.holds', { count: member.held ?? 0 })}` }))
  return <Select id={id} loading={isLoading} showSearch={{ optionFilterProp: 'label' }} options={options} value={(value as string) ?? undefined} onChange={onChange} style={{ width: '100%' }} />
}
