import dayjs from 'dayjs'
import type { Locale } from 'antd/es/locale'
import i18n from 'i18next'
import { initReactI18next } from 'react-i18next'

export const LANGUAGES = [
  { value: 'zh-CN', label: '简体中文' },
  { value: 'zh-TW', label: '繁體中文' },
  { value: 'en', label: 'English' },
] as const

const KEY = 'highseas.language'
/** The words of the log-in, of what can go wrong before it, and those of Ant Design and of dates. */
const FRONT: Record<string, () => Promise<[{ default: object }, { default: Locale }, unknown]>> = {
  'zh-CN': () => Promise.all([import('@/locales/front.zh-CN.json'), import('antd/es/locale/zh_CN'), import('dayjs/locale/zh-cn')]),
  'zh-TW': () => Promise.all([import('@/locales/front.zh-TW.json'), import('antd/es/locale/zh_TW'), import('dayjs/locale/zh-tw')]),
  en: () => Promise.all([import('@/locales/front.en.json'), import('antd/es/locale/en_US'), Promise.resolve(null)]),
}
/** The words of all pages behind the log-in. */
const INSIDE: Record<string, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('@/locales/zh-CN.json'),
  'zh-TW': () => import('@/locales/zh-TW.json'),
  en: () => import('@/locales/en.json'),
}
let isInside = false
const componentTexts = new Map<string, Locale>()

/** The language nearest to a tag. */
export function nearest(tag: string): string {
  const lower = tag.toLowerCase()
  if (!lower.startsWith('zh')) return lower.startsWith('en') ? 'en' : 'zh-CN'
  return /tw|hk|mo|hant/.test(lower) ? 'zh-TW' : 'zh-CN'
}

/** Load the texts of the remembered or the browser's language, then say so. */
export async function startI18n(): Promise<void> {
  await i18n.use(initReactI18next).init({ lng: 'none', fallbackLng: false, keySeparator: false, interpolation: { escapeValue: false }, resources: {}, returnEmptyString: false })
  await speak(localStorage.getItem(KEY) ?? nearest(navigator.language))
}

/** Speak a language from now on, here and at the next visit. */
export async function speak(language: string): Promise<void> {
  const chosen = FRONT[language] ? language : 'zh-CN'
  const [[texts, components]] = await Promise.all([FRONT[chosen]!(), isInside ? loadInside(chosen) : null])
  i18n.addResourceBundle(chosen, 'translation', texts.default, true)
  componentTexts.set(chosen, components.default)
  dayjs.locale({ 'zh-CN': 'zh-cn', 'zh-TW': 'zh-tw', en: 'en' }[chosen])
  localStorage.setItem(KEY, chosen)
  document.documentElement.lang = chosen
  await i18n.changeLanguage(chosen)
  document.title = i18n.t('product')
}

/** Load the words of the pages behind the log-in; from now on they come with each language. */
export async function enter(): Promise<void> {
  isInside = true
  await loadInside(i18n.language)
}

const loadInside = async (language: string) => i18n.addResourceBundle(language, 'translation', (await INSIDE[language]!()).default, true)

/** Ant Design's own texts in a language that is loaded. */
export const componentLocale = (language: string): Locale | undefined => componentTexts.get(language)
