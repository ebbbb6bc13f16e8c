import { describe, expect, it } from 'vitest'
import insideEn from './en.json'
import frontEn from './front.en.json'
import frontCn from './front.zh-CN.json'
import frontTw from './front.zh-TW.json'
import insideCn from './zh-CN.json'
import insideTw from './zh-TW.json'

const en = { ...frontEn, ...insideEn }
const cn = { ...frontCn, ...insideCn }
const tw = { ...frontTw, ...insideTw }

const plain = (texts: object) => Object.keys(texts).filter((key) => !key.endsWith('_one'))
const PLACES = /\{\{(\w+)\}\}/g
const places = (text: string) => [...text.matchAll(PLACES)].map((found) => found[1]).sort()
const FILES = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })
const SOURCES = Object.entries(FILES).filter(([file]) => !file.includes('.test.'))

describe('the three languages', () => {
  it('say a thing in one place', () => expect(Object.keys(frontCn).filter((key) => key in insideCn)).toEqual([]))
  it('have the same keys', () => {
    expect(plain(tw)).toEqual(plain(cn))
    expect(plain(en)).toEqual(plain(cn))
  })
  it('fill in the same places', () => {
    for (const key of plain(cn) as (keyof typeof cn)[]) expect([key, places(tw[key]), places(en[key])]).toEqual([key, places(cn[key]), places(cn[key])])
  })
  it('say nothing in Chinese in English', () => expect(Object.entries(en).filter(([, text]) => /[\u3400-\u9fff]/.test(text))).toEqual([]))
  it('leave no simplified character in the traditional ones', () => expect(Object.values(tw).join('').match(/[们这个为从务单发东来时对现电网页过还进区业车]/g) ?? []).toEqual([]))
})

it('no name of a figure has the percent sign that stands at the figure', () => {
  const shown = [cn, tw, en].flatMap((texts) => Object.entries(texts)).filter(([, text]) => /[%％]/.test(text.replace(/\{\{\w+\}\}%|100%/g, '')))
  expect(shown).toEqual([])
})

it('every key that the code names is there', () => {
  const known = new Set(Object.keys(cn))
  const missing = SOURCES.flatMap(([file, text]) => [...text.matchAll(/\bt\('([a-z][\w.?/+-]*)'/g)].map((found) => found[1]!).filter((key) => !known.has(key)).map((key) => `${file}: ${key}`))
  expect(missing).toEqual([])
})

it('no page speaks Chinese by itself', () => {
  const found = SOURCES.filter(([, text]) => /[\u3400-\u9fff]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))).map(([file]) => file)
  expect(found.filter((file) => !ALLOWED.has(file))).toEqual([])
})

/** What reads Chinese that people paste, and the languages' own names. */
const ALLOWED = new Set(['../shared/fields/money.ts', '../app/i18n.ts'])
