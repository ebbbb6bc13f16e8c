import { useQuery } from '@tanstack/react-query'
import { Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Role } from '@/shared/api/contracts'
import type { InputProps } from '@/shared/fields/inputs'

/** All roles, kept for the visit. */
export function useRoles() {
  const { i18n } = useTranslation()
  return useQuery({ queryKey: ['roles', 'every', i18n.language], queryFn: () => get<{ items: Role[] }>('/roles', { page_size: 200, sort: 'code' }), staleTime: 60_000 })
}

/** What a role is called: default roles in the reader's language, others as they were named. */
export function useRoleName() {
  const { t } = useTranslation()
  return (code: string, name?: string | null) => t(`role.${code}`, { defaultValue: name ?? code })
}

export function RolesInput({ value, onChange, id }: InputProps) {
  const { data } = useRoles()
  const nameOf = useRoleName()
  return <Select id={id} mode="multiple" value={(value as string[]) ?? []} onChange={onChange} showSearch={{ optionFilterProp: 'label' }} options={data?.items.map((role) => ({ value: role.code!, label: nameOf(role.code!, role.name) }))} style={{ width: '100%' }} />
}

export function RoleNames({ codes }: { codes: string[] | null }) {
  const { data } = useRoles()
  const nameOf = useRoleName()
  if (!codes?.length) return <>—</>
  return <>{codes.map((code) => <span key={code} className="tone tone-neutral">{nameOf(code, data?.items.find((role) => role.code === code)?.name)}</span>)}</>
}

export function PasswordInput({ value, onChange, id }: InputProps) {
  return <Input.Password id={id} autoComplete="new-password" value={(value as string) ?? ''} onChange={(event) => onChange?.(event.target.value || null)} />
}
