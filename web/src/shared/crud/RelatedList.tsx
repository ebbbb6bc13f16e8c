import { useMemo } from 'react'
import { ListPage } from './ListPage'

/** The rows of another module that refer to a record. */
export function RelatedList({ module, field, id }: { module: string; field: string; id: string }) {
  const fixed = useMemo(() => ({ field, op: 'eq', value: id }), [field, id])
  return <ListPage module={module} fixed={fixed} start={{ [field]: id }} />
}
