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
  /** Given once, when the record is made. */
  fixed?: boolean
  filterable?: boolean
  sortable?: boolean
  searchable?: boolean
  custom?: boolean
  /** The record whose parts are offered, where not all are. */
  within?: string
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
  scope?: ('row' | 'batch')[]
  tone?: string | null
  /** The question to ask before it is done. */
  confirm?: string | null
  path?: string | null
  batch_path?: string | null
  /** What a batch calls the ids. */
  ids?: string
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
  /** The columns of the list until somebody chooses others. */
  columns?: string[]
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
  shared_roles?: string[] | null
  is_default?: boolean
  /** It comes with the module, and shows the columns that one has. */
  builtin?: boolean
  version?: number
  owner_id?: string
  can?: string[]
}
