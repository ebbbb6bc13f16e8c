import type { TFunction } from 'i18next'
import { Fragment, type ReactNode } from 'react'
import { FieldText } from '@/shared/fields/registry'
import type { Meta } from '@/shared/meta/types'
import { valueKind, type Condition, type Tree } from './tree'

/** A whole filter in words: "Level is any of A, B and (Status is empty or Owner is Li)". */
export function describeTree(tree: Tree, meta: Meta | undefined, t: TFunction, language: string): ReactNode {
  if ('field' in tree) return describeCondition(tree, meta, t, language)
  const [open, close] = language.startsWith('zh') ? ['（', '）'] : ['(', ')']
  const [parts, join] = 'and' in tree ? [tree.and, t('filter.and')] : [tree.or, t('filter.or')]
  return parts.map((part, index) => {
    const words = describeTree(part, meta, t, language)
    return <Fragment key={index}>{index ? join : ''}{'field' in part || parts.length < 2 ? words : <>{open}{words}{close}</>}</Fragment>
  })
}

/** A condition in words: "Level is any of A, B". */
export function describeCondition({ field: name, op, value }: Condition, meta: Meta | undefined, t: TFunction, language: string): ReactNode {
  const field = meta?.fields.find((one) => one.name === name)
  const label = field?.label ?? name
  const kind = valueKind(op)
  const values = kind === 'none' ? [] : Array.isArray(value) ? value : [value]
  const show = (one: unknown) => {
    if (kind === 'days') return t('filter.days', { count: Number(one) })
    const choice = field?.choices?.find((item) => item.value === one)
    return choice?.label ?? (field ? <FieldText field={field} value={one} /> : String(one))
  }
  const comma = language.startsWith('zh') ? '、' : ', '
  return (
    <>
      {label} {t(`op.${op}`)}{values.length ? ' ' : null}{values.map((one, index) => <span key={index}>{index ? (kind === 'range' ? ' – ' : comma) : ''}{show(one)}</span>)}
    </>
  )
}
