import { useQuery } from '@tanstack/react-query'
import { Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import type { InputProps } from '@/shared/fields/inputs'

/** A customer's name; customers that may be the same one are shown before it is saved. */
export function CustomerNameInput({ field, value, onChange, id }: InputProps) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState('')
  const { data } = useQuery({ queryKey: ['customers', 'duplicates', asked], queryFn: () => get<{ items: Row[] }>('/customers/duplicates', { name: asked }), enabled: asked.length > 1, retry: false })
  const found = (data?.items ?? []).slice(0, 5)
  return (
    <>
      <Input id={id} value={(value as string) ?? ''} maxLength={field.max_length ?? undefined} onChange={(event) => onChange?.(event.target.value || null)} onBlur={(event) => setAsked(event.target.value.trim())} />
      {found.length ? <p className="notice warn" role="status">{t('customers.duplicates')} {found.map((one) => <Link key={one.id} className="lnk" to={`/customers/${one.id}`} target="_blank">{String(one.name)} </Link>)}</p> : null}
    </>
  )
}
