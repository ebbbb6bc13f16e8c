import i18next, { type TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import cn from '@/locales/zh-CN.json'
import tw from '@/locales/zh-TW.json'
import en from '@/locales/en.json'
import type { Meta } from '@/shared/meta/types'
import type { Tree } from './tree'
import { describeTree } from './words'

const words = i18next.createInstance()
void words.init({ keySeparator: false, resources: Object.fromEntries(Object.entries({ en, 'zh-CN': cn, 'zh-TW': tw }).map(([language, translation]) => [language, { translation }])) })

const meta = { fields: [{ name: 'level', label: 'Level', type: 'choice', choices: [{ value: 'A', label: 'Key' }, { value: 'B', label: 'Usual' }] }, { name: 'name', label: 'Name', type: 'text' }] } as Meta
const level = { field: 'level', op: 'in', value: ['A', 'B'] }
const named = { field: 'name', op: 'contains', value: 'pump' }
const due = { field: 'due_on', op: 'last_n_days', value: 7 }
const NESTED: Tree = { and: [level, { or: [named, due] }] }

const inWords = (tree: Tree, language: string) => {
  const told: ReactNode = describeTree(tree, meta, words.getFixedT(language) as TFunction, language)
  return renderToStaticMarkup(told).replace(/<[^>]*>/g, '')
}

it.each([
  ['en', 'Level is any of Key, Usual and (Name contains pump or due_on in the last 7 days)'],
  ['zh-CN', 'Level 属于 Key、Usual 且 （Name 包含 pump 或 due_on 最近 7 天）'],
  ['zh-TW', 'Level 屬於 Key、Usual 且 （Name 包含 pump 或 due_on 最近 7 天）'],
])('a filter in words, %s', (language, told) => expect(inWords(NESTED, language)).toBe(told))

it('needs no brackets around the whole', () => expect(inWords({ and: [{ or: [named, due] }] }, 'en')).toBe('Name contains pump or due_on in the last 7 days'))
