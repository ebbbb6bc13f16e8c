/** A value of a choice field. */
export interface Choice {
  value: string
  label: string
  color?: string | null
  active?: boolean
}

/** A field of a module as the server describes it to this caller. */
export interface Field {
  name: string
  label: string
  type: string
  required?: boolean
  read_only?: boolean
  filterable?: boolean
  sortable?: boolean
  searchable?: boolean
  custom?: boolean
  choices?: Choice[]
  reference?: string
  max_length?: number | null
  help?: string | null
  default?: unknown
  list?: boolean
  section?: string | null
  fields?: Field[]
  operators?: string[]
}

/** Something that can be done to a row or to many. */
export interface Action {
  name: string
  label: string
  scope?: string
  tone?: string
  confirm?: string | boolean | null
  path?: string | null
  permission?: string
  form?: Field[]
}

/** What the server says of a module. Parts that an older server leaves out are optional. */
export interface Meta {
  module: string
  noun: string
  path: string
  label: string
  label_plural: string
  fields: Field[]
  actions: Action[]
  default_sort: string
  sections?: { name: string; label: string }[]
  operations?: string[]
  related?: { module: string; field: string; label: string }[]
  views?: SavedView[]
  operators?: Record<string, string[]>
}

/** A saved view: filter, sort and columns under a name. */
export interface SavedView {
  id: string
  name: string
  filter?: unknown
  sort?: string | null
  columns?: string[] | null
  roles?: string[] | null
  version?: number
  owner_id?: string
  can?: string[]
}
