import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Field, Meta } from './types'

/** Fields every record has that a list shows only when asked for. */
const QUIET = new Set(['id', 'version', 'can', 'created_by', 'updated_by', 'created_at', 'updated_at', 'owner_id'])

/** The server's description of a module, kept for the visit; the language is part of the key. */
export function useMeta(module: string) {
  const { i18n } = useTranslation()
  return useQuery({
    queryKey: ['meta', module, i18n.language],
    queryFn: ({ signal }) => get<Meta>(`/meta/${module}`, undefined, signal),
    staleTime: 5 * 60_000,
  })
}

/** The fields of a list's columns to choose from. */
export function columnFields(meta: Meta): Field[] {
  return meta.fields.filter((field) => !['id', 'version', 'can'].includes(field.name) && !hasName(meta, field) && !isNested(field))
}

/** The columns shown until somebody chooses others. */
export function defaultColumns(meta: Meta): string[] {
  const offered = columnFields(meta)
  if (meta.columns?.length) return meta.columns.map((name) => nameField(meta, name) ?? name)
  const marked = offered.filter((field) => field.list)
  if (marked.length) return marked.map((field) => field.name)
  return offered.filter((field) => !QUIET.has(field.name) && field.type !== 'long_text' && field.type !== 'json').slice(0, 9).map((field) => field.name)
}

/** The fields a form shows, in their order. */
export function formFields(meta: Meta): Field[] {
  return meta.fields.filter((field) => !field.read_only && !isNested(field) && field.name !== 'owner_id')
}

/** Whether the caller may do something with the module as a whole; an older server says so by its actions. */
export function offers(meta: Meta | undefined, operation: string, action = operation): boolean {
  return meta?.operations?.includes(operation) ?? meta?.actions.some((one) => one.name === action) ?? false
}

/** Whether a reference has its name in the row already ("customer_id" beside "customer_name"). */
export function hasName(meta: Meta, field: Field): boolean {
  return nameField(meta, field.name) !== null
}

/** The field that carries the name of a reference, or null. */
function nameField(meta: Meta, name: string): string | null {
  if (!name.endsWith('_id')) return null
  const stem = name.slice(0, -3)
  return [`${stem}_name`, `${stem}_number`].find((one) => meta.fields.some((field) => field.name === one)) ?? null
}

/** The reference a name stands for ("customer_name" gives the field customer_id), or null. */
export function idField(meta: Meta, name: string): Field | null {
  const stem = /^(.*)_(name|number)$/.exec(name)?.[1]
  return (stem && meta.fields.find((field) => field.name === `${stem}_id` && field.reference)) || null
}

const isNested = (field: Field) => Boolean(field.fields?.length) || field.type === 'object' || field.type === 'json'

const LONG = 500

/** Whether a field holds more than fits into one line. */
export const isLong = (field: Field): boolean => field.type === 'long_text' || (field.type === 'text' && (field.max_length ?? 0) >= LONG)

/** A label as it stands within a sentence: small in English, unless it is an abbreviation. */
export const inSentence = (label: string): string => (/^[A-Z]-?[a-z]/.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label)
