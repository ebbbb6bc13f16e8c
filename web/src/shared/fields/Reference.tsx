import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import { titleOf, type Page, type Row } from '@/shared/api/records'
import { asParameter, type Tree } from '@/shared/filters/tree'
import { useLate } from '@/shared/ui/useLate'
import { useReferenced } from './names'

const PLAIN = new Set(['users', 'departments', 'roles'])

/** The name of a referenced record, as a link where it has a page of its own. */
export function ReferenceText({ module, id, name }: { module: string; id: unknown; name?: unknown }) {
  const { data } = useReferenced(name ? undefined : module, id)
  if (!id) return <>{name ? String(name) : '—'}</>
  const text = name ? String(name) : data ? titleOf(data) : data === null ? '—' : '…'
  if (PLAIN.has(module) || data === null) return <>{text}</>
  return (
    <Link className="lnk" to={`/${module}/${String(id)}`} onClick={(event) => event.stopPropagation()}>
      {text}
    </Link>
  )
}

interface Props {
  module: string
  value?: string | string[] | null
  onChange?: (value: string | string[] | null, row?: Row) => void
  multiple?: boolean
  id?: string
  placeholder?: string
  disabled?: boolean
  autoFocus?: boolean
  narrow?: Tree | null
  label?: string
  variant?: 'borderless'
}

/** Find and choose a record of another module by typing a part of its name. */
export function ReferenceInput({ module, value, onChange, multiple, narrow, label, ...rest }: Props) {
  const [typed, setTyped] = useState('')
  const [opened, setOpened] = useState(false)
  const asked = useLate(typed)
  const only = narrow ?? (module === 'users' ? { field: 'is_active', op: 'eq', value: true } : null)
  const { data, isFetching } = useQuery({
    queryKey: [module, 'choose', asked, only],
    queryFn: ({ signal }) => get<Page>(`/${module}`, { q: asked, page_size: 30, filter: asParameter(only) }, signal),
    enabled: opened,
    staleTime: 10_000,
  })
  const chosen = ([] as string[]).concat(value ?? [])
  // What was found for other letters must not be chosen by a quick Enter.
  const rows = typed === asked ? (data?.items ?? []) : []
  const options = [
    ...rows.map((row) => ({ value: row.id, label: titleOf(row) })),
    ...chosen.filter((one) => !rows.some((row) => row.id === one)).map((one) => ({ value: one, label: <ReferencePlain module={module} id={one} /> })),
  ]
  return (
    <Select
      {...rest}
      aria-label={label}
      mode={multiple ? 'multiple' : undefined}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      allowClear
      loading={isFetching || typed !== asked}
      value={multiple ? chosen : (chosen[0] ?? undefined)}
      options={options}
      onOpenChange={(open) => open && setOpened(true)}
      onChange={(next: string | string[] | undefined) => onChange?.(next ?? null, rows.find((row) => row.id === next))}
      style={{ width: '100%' }}
    />
  )
}

function ReferencePlain({ module, id }: { module: string; id: string }) {
  const { data } = useReferenced(module, id)
  return <>{data ? titleOf(data) : '…'}</>
}
