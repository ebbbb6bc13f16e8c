import type { ComponentType, ReactNode } from 'react'
import type { BatchResult, Row } from '@/shared/api/records'
import { may } from '@/shared/api/session'
import type { Tree } from '@/shared/filters/tree'
import type { Field, Meta } from '@/shared/meta/types'
import type { InputProps } from '@/shared/fields/inputs'

export type Values = Record<string, unknown>

/** What a dialog of an action gets. */
export interface DialogProps {
  rows: Row[]
  onDone: (result?: BatchResult | Row | void) => void
  onClose: () => void
}

/** What is shown of a record right after it was made gets. */
export interface MadeProps {
  row: Row
  onClose: () => void
}

/** How an action of a module is done; everything else about it comes from the server. */
export interface ActionConfig {
  name: string
  /** The word on its button, as a key of our texts; else the server's label. */
  label?: string
  /** Where it stands: on a row, over ticked rows, or above the list. */
  on: ('row' | 'batch' | 'page')[]
  danger?: boolean
  /** What one comes to a record for, where the server's tone does not say. */
  primary?: boolean
  /** Fields asked for before it is done; what they offer may have to be asked of the server first. */
  form?: Field[] | ((t: (key: string) => string, rows: Row[]) => Field[] | Promise<Field[]>)
  /** A key of our texts to ask "sure?" with. */
  confirm?: string
  /** The permission for the batch button, where the server's list of actions does not say. */
  permission?: string
  /** The name in the row's `can`, where it is another one. */
  needs?: string
  /** Whether a row allows it, where its `can` does not say. */
  allowed?: (row: Row) => boolean
  run?: (rows: Row[], values: Values) => Promise<unknown>
  /** Where to go when it is done. */
  next?: (result: unknown) => string | undefined
  /** A dialog of its own in place of form and confirmation. */
  Dialog?: ComponentType<DialogProps>
  /** A page to go to in place of anything else. */
  to?: (row: Row) => string
}

/** A tab above a list: another filter, or another module's rows. */
export interface TabConfig {
  key: string
  label: string
  module?: string
  params?: Record<string, string>
  filter?: Tree
  columns?: string[]
  permission?: string
}

/** A tab of a detail page. */
export interface DetailTab {
  key: string
  label: string
  permission?: string
  when?: (row: Row) => boolean
  Content: ComponentType<{ row: Row; meta: Meta; refresh: () => void }>
}

/** A list of another module under a record. */
export interface RelatedConfig {
  module: string
  field: string
  permission: string
}

/** What the front end adds to the server's description of a module. All of it is optional. */
export interface ModuleConfig {
  module: string
  noun: string
  /** Verbs whose permission goes by another name. */
  verbs?: Record<string, string>
  /** Where its rows are, when not under its name ("pool/customers"). */
  path?: string
  tabs?: TabConfig[]
  columns?: string[]
  /** Fields filtered by above the list, beside the search. */
  quick?: string[]
  /** Facts under the title of the detail page. */
  facts?: string[]
  actions?: ActionConfig[]
  related?: RelatedConfig[]
  detailTabs?: DetailTab[]
  cells?: Record<string, (row: Row, field: Field) => ReactNode>
  /** How wide columns are whose cells hold more than the value. */
  widths?: Record<string, number>
  inputs?: Record<string, ComponentType<InputProps>>
  /** Its records belong to nobody. */
  ownerless?: boolean
  /** Nothing can be typed in by hand. */
  readOnly?: boolean
  /** The form is a page of its own under /module/new and /module/:id/edit. */
  formPage?: boolean
  /** Beside the title of the detail page. */
  Banner?: ComponentType<{ row: Row }>
  /** Shown right after a record was made: what the server tells only once. */
  Made?: ComponentType<MadeProps>
  /** Above the list. */
  Head?: ComponentType<{ tab?: string }>
}

const known = new Map<string, ModuleConfig>()

/** Tell the kit about modules. */
export function register(...configs: ModuleConfig[]): void {
  for (const config of configs) known.set(config.module, config)
}

/** What the front end adds to a module; an unknown one is served from its metadata alone. */
export const configOf = (module: string): ModuleConfig => known.get(module) ?? { module, noun: module.replace(/s$/, '').replaceAll('-', '_') }

/** The address of a module's rows in the API. */
export const pathOf = (module: string): string => `/${configOf(module).path ?? module}`

/** The module whose rows are at an address of the API; the address itself where none is known to be. */
export const moduleAt = (path: string): string => [...known.values()].find((config) => pathOf(config.module) === `/${path}`)?.module ?? path

/** The modules whose records one looks for everywhere, in the order in which they are shown. */
export const SEARCHED = ['customers', 'contacts', 'opportunities', 'quotes', 'orders', 'payment-plans', 'receipts', 'follow-ups', 'tickets', 'articles', 'products']

export const isKnown = (module: string): boolean => known.has(module)

/** Whether anything of a module can be done to many rows at once. */
export const hasBatches = (config: ModuleConfig, meta: Meta): boolean =>
  actionsOf(config, meta).some((action) => action.on.includes('batch')) || ['batch_update', 'batch_assign', 'batch_delete'].some((name) => meta.operations?.includes(name))

/** The permission of a verb on a module. */
export const permissionOf = (config: ModuleConfig, verb: string): string => config.verbs?.[verb] ?? `${config.noun}:${verb}`

/** Whether a module is there and one may see its records. */
export const mayOpen = (module: string): boolean => isKnown(module) && may(permissionOf(configOf(module), 'read'))

/** The module's actions with what is known here of each: ours first, then those the server fully describes. */
export function actionsOf(config: ModuleConfig, meta: Meta | undefined): ActionConfig[] {
  const ours = config.actions ?? []
  const described = (meta?.actions ?? []).filter((action) => action.scope?.length && !ours.some((one) => one.name === action.name))
  return [...ours, ...described.map((action) => ({ name: action.name, on: action.scope!, danger: action.tone === 'danger' || action.tone === 'bad' }))]
}
