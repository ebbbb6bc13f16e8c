import { useTranslation } from 'react-i18next'
import type { Row } from '@/shared/api/records'
import type { Field } from '@/shared/meta/types'
import { showDate, showMoment } from './dates'
import { showMoney, showNumber } from './money'
import { ReferenceText } from './Reference'
import { Tone, toneOf } from './Tone'

/** What every display takes: the field, its value and the row it stands in. */
export interface DisplayProps {
  field: Field
  value: unknown
  row?: Row
}

const nothing = (value: unknown) => value === null || value === undefined || value === ''

export const TextText = ({ value }: DisplayProps) => <>{nothing(value) ? '—' : String(value)}</>
export const LongText = ({ value }: DisplayProps) => <span className="long">{nothing(value) ? '—' : String(value)}</span>
export const DateText = ({ value }: DisplayProps) => <span className="figure">{showDate(value)}</span>
export const MomentText = ({ value }: DisplayProps) => <span className="figure">{showMoment(value)}</span>

export function MoneyText({ value }: DisplayProps) {
  const { i18n } = useTranslation()
  return <span className="figure">{showMoney(value, i18n.language)}</span>
}

export function NumberText({ field, value }: DisplayProps) {
  const { i18n } = useTranslation()
  const text = showNumber(value, i18n.language)
  return <span className="figure">{field.type === 'percent' && text !== '—' ? `${text}%` : text}</span>
}

export function ChoiceText({ field, value }: DisplayProps) {
  if (nothing(value)) return <>—</>
  const choice = field.choices?.find((one) => one.value === value)
  return <Tone tone={toneOf(value, choice?.color)}>{choice?.label ?? String(value)}</Tone>
}

export function ManyText({ field, value }: DisplayProps) {
  const values = Array.isArray(value) ? value : []
  if (!values.length) return <>—</>
  return <>{values.map((one) => <span key={String(one)} className="tone tone-neutral">{field.choices?.find((choice) => choice.value === String(one))?.label ?? String(one)}</span>)}</>
}

export function YesNoText({ value }: DisplayProps) {
  const { t } = useTranslation()
  return <>{nothing(value) ? '—' : value ? t('yes') : t('no')}</>
}

export const MailText = ({ value }: DisplayProps) => (nothing(value) ? <>—</> : <a className="lnk" href={`mailto:${String(value)}`}>{String(value)}</a>)
export const PhoneText = ({ value }: DisplayProps) => (nothing(value) ? <>—</> : <a className="lnk figure" href={`tel:${String(value).replace(/[^\d+]/g, '')}`}>{String(value)}</a>)

export function UrlText({ value }: DisplayProps) {
  const safe = /^https?:\/\//i.test(String(value))
  if (nothing(value)) return <>—</>
  return safe ? <a className="lnk" href={String(value)} target="_blank" rel="noopener noreferrer">{String(value)}</a> : <>{String(value)}</>
}

export function RecordText({ field, value, row }: DisplayProps) {
  const stem = field.name.replace(/_id$/, '')
  const name = row?.[`${stem}_name`] ?? row?.[`${stem}_number`]
  const module = field.reference ?? (field.type === 'user' ? 'users' : undefined)
  return module ? <ReferenceText module={module} id={value} name={name} /> : <>{nothing(value) ? '—' : String(value)}</>
}
