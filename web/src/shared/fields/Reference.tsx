import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
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

/** Find and choose a record of another module by typing a part of its name; an Enter before it is found chooses the first one found. */
export function ReferenceInput({ module, value, onChange, multiple, narrow, label, ...rest }: Props) {
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const [wanted, setWanted] = useState(false)
  const active = useRef<unknown>(null)
  const asked = useLate(typed)
  const only = narrow ?? (module === 'users' ? { field: 'is_active', op: 'eq', value: true } : null)
  const { data, isFetching } = useQuery({
    queryKey: [module, 'choose', asked, only],
    queryFn: ({ signal }) => get<Page>(`/${module}`, { q: asked, page_size: 30, filter: asParameter(only) }, signal),
    enabled: open || wanted,
    staleTime: 10_000,
  })
  const isSettled = typed === asked && !isFetching
  const chosen = ([] as string[]).concat(value ?? [])
  // What was found for other letters must not be chosen by a quick Enter.
  const rows = typed === asked ? (data?.items ?? []) : []
  const options = [
    ...rows.map((row) => ({ value: row.id, label: titleOf(row) })),
    ...chosen.filter((one) => !rows.some((row) => row.id === one)).map((one) => ({ value: one, label: <ReferencePlain module={module} id={one} /> })),
  ]
  const search = (text: string) => {
    // Leaving the field empties it: not while an Enter still waits for what the text finds.
    if (wanted && !text) return
    active.current = null
    setWanted(false)
    setTyped(text)
  }
  const choose = (next: string | string[] | undefined) => {
    onChange?.(next ?? null, rows.find((row) => row.id === next))
    setTyped('')
  }
  const chooseFound = () => {
    const found = rows.find((row) => row.id === active.current) ?? rows[0]
    setWanted(false)
    if (!found) return open || setTyped('')
    if (!multiple) setOpen(false)
    choose(!multiple ? found.id : chosen.includes(found.id) ? chosen.filter((one) => one !== found.id) : [...chosen, found.id])
  }
  useEffect(() => {
    if (wanted && isSettled) chooseFound()
  })
  const onEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing || !typed) return
    // The list marks its first row a moment after it shows it, and until then its own Enter would choose nothing.
    event.stopPropagation()
    event.preventDefault()
    if (isSettled) chooseFound()
    else setWanted(true)
  }
  return (
    <Select
      {...rest}
      aria-label={label}
      mode={multiple ? 'multiple' : undefined}
      showSearch={{ filterOption: false, searchValue: typed, onSearch: search }}
      allowClear
      loading={!isSettled}
      value={multiple ? chosen : (chosen[0] ?? undefined)}
      options={options}
      open={open}
      onOpenChange={setOpen}
      onActive={(one) => { active.current = one }}
      onInputKeyDown={onEnter}
      onChange={choose}
      style={{ width: '100%' }}
    />
  )
}

function ReferencePlain({ module, id }: { module: string; id: string }) {
  const { data } = useReferenced(module, id)
  return <>{data ? titleOf(data) : '…'}</>
}
