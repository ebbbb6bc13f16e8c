import { Input, Select } from 'antd'
import type { InputProps } from '@/shared/fields/inputs'
import { useRoleName, useRoles } from '@/shared/ui/roles'

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
