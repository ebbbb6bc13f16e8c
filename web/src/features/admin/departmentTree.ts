import type { Row } from '@/shared/api/records'

/** A department with those below it. */
export interface Branch {
  row: Row
  below: Branch[]
}

/** Departments in their order as a tree; one whose parent is not among them stands at the top. */
export function treeOf(rows: Row[]): Branch[] {
  const known = new Map(rows.map((row) => [row.id, { row, below: [] } as Branch]))
  const top: Branch[] = []
  for (const branch of known.values()) (known.get(String(branch.row.parent_id))?.below ?? top).push(branch)
  return top
}
