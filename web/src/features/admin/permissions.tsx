import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Permissions } from '@/shared/api/contracts'
import { useSession } from '@/shared/api/session'
import type { InputProps } from '@/shared/fields/inputs'

/** Everything that can be permitted, kept for the visit. */
export const usePermissions = (enabled = true) => useQuery({ queryKey: ['permissions'], queryFn: () => get<Permissions>('/permissions'), staleTime: Infinity, enabled })

/** The words of a permission: the thing and what is done to it. */
export function usePermissionWords() {
  const { t } = useTranslation()
  const noun = (name: string) => t(`noun.${name}`, { defaultValue: name })
  const verb = (name: string) => t(`verb.${name}`, { defaultValue: name })
  const whole = (permission: string) => {
    const [thing = '', done = ''] = permission.split(':')
    return `${noun(thing)} · ${verb(done)}`
  }
  return { noun, verb, whole }
}

/** What is permitted, in words: each thing with all that may be done to it. */
export function PermissionNames({ codes }: { codes: string[] | null }) {
  const { t } = useTranslation()
  const { noun, verb } = usePermissionWords()
  if (!codes?.length) return <>—</>
  if (codes.includes('*')) return <span className="tone tone-neutral">{t('role.everything')}</span>
  const things = [...new Set(codes.map((code) => code.split(':')[0]!))]
  const done = (thing: string) => codes.flatMap((code) => (code.startsWith(`${thing}:`) ? [verb(code.slice(thing.length + 1))] : [])).join(t('list.and'))
  return <>{things.map((thing) => <span key={thing} className="tone tone-neutral">{noun(thing)} · {done(thing)}</span>)}</>
}

/** Choose among the permissions one has oneself: nobody gives a token more. */
export function OwnPermissionsInput({ value, onChange, id }: InputProps) {
  const { t } = useTranslation()
  const words = usePermissionWords()
  const own = useSession((state) => state.permissions)
  const isAll = own.includes('*')
  const all = usePermissions(isAll)
  const offered = isAll ? (all.data?.items ?? []).flatMap(({ noun, verbs }) => (verbs ?? []).map((verb) => `${noun}:${verb}`)) : own
  const nouns = [...new Set(offered.map((one) => one.split(':')[0]!))]
  const options = nouns.map((noun) => ({ label: words.noun(noun), options: offered.filter((one) => one.startsWith(`${noun}:`)).map((one) => ({ value: one, label: words.whole(one) })) }))
  return (
    <>
      <Select id={id} mode="multiple" loading={isAll && all.isLoading} showSearch={{ optionFilterProp: 'label' }} value={(value as string[]) ?? []} options={options} onChange={(next) => onChange?.(next.length ? next : null)} style={{ width: '100%' }} />
      <div className="below"><Button size="small" onClick={() => onChange?.(offered.filter((one) => one.endsWith(':read')))}>{t('token.read_all')}</Button></div>
    </>
  )
}
