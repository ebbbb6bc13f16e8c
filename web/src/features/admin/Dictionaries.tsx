import { ArrowDownOutlined, ArrowUpOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Input, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, put } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import { AS_OPENED } from '@/shared/api/records'
import { Tone, type ToneName } from '@/shared/fields/Tone'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { ModulePicker, useConfigurable } from './ModulePicker'

interface Entry {
  value?: string
  labels: Record<string, string>
  color?: string
  is_active?: boolean
}

interface Dictionary {
  field: string
  choices: Entry[]
  version: number
}

const LANGUAGES = ['zh-CN', 'zh-TW', 'en']
const TONES: ToneName[] = ['neutral', 'info', 'good', 'warn', 'bad']

/** The choices of a field: label per language, colour, order, active. What is in use can be retired, not deleted. */
export default function Dictionaries() {
  const { t } = useTranslation()
  const [module, setModule] = useState('customers')
  const [field, setField] = useState<string | null>(null)
  const meta = useConfigurable(module)
  const fields = (meta.data?.fields ?? []).filter((one) => one.type === 'choice' && !one.custom && !one.read_only)
  const chosen = fields.find((one) => one.name === field) ?? fields[0]
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.dictionaries')}</h1>
      <div className="card search-card search-row">
        <ModulePicker value={module} onChange={(next) => (setModule(next), setField(null))} />
        <Select aria-label={t('dictionary.field')} value={chosen?.name} onChange={setField} options={fields.map((one) => ({ value: one.name, label: one.label }))} style={{ minWidth: 180 }} />
      </div>
      {meta.error ? <Failed error={meta.error} retry={() => void meta.refetch()} /> : null}
      {meta.data && !chosen ? <div className="card"><Nothing text={t('dictionary.none')} /></div> : null}
      {chosen ? <Entries key={`${module}/${chosen.name}`} module={module} field={chosen.name} /> : null}
    </section>
  )
}

function Entries({ module, field }: { module: string; field: string }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const path = `/meta/${module}/choices/${field}`
  const told = useQuery({ queryKey: ['choices', module, field], queryFn: () => get<Dictionary>(path), ...AS_OPENED })
  const [edited, setEntries] = useState<Entry[] | null>(null)
  const [busy, once] = useOnce()
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading />
  const entries = edited ?? told.data.choices
  const change = (index: number, changes: Partial<Entry>) => setEntries(entries.map((one, at) => (at === index ? { ...one, ...changes } : one)))
  const move = (index: number, by: number) => {
    const next = [...entries]
    const [one] = next.splice(index, 1)
    next.splice(index + by, 0, one!)
    setEntries(next)
  }
  const save = async () => {
    try {
      const choices = entries.map(({ value, labels, color, is_active }) => ({ ...(value ? { value } : {}), labels: Object.fromEntries(Object.entries(labels).filter(([, text]) => text)), color: color ?? 'neutral', is_active: is_active ?? true }))
      client.setQueryData(['choices', module, field], await put<Dictionary>(path, { choices, version: told.data.version }))
      setEntries(null)
      await client.invalidateQueries({ queryKey: ['meta'] })
      message.success(t('form.saved'))
    } catch (error) {
      if (error instanceof Problem && error.code === 'stale_version') await told.refetch()
      message.error(messageOf(error))
    }
  }
  return (
    <div className="card">
      <Scroll label={t('menu.dictionaries')}>
        <table className="sheet lines">
          <thead><tr>{LANGUAGES.map((one) => <th key={one}>{t(`language.${one}`)}</th>)}<th>{t('dictionary.color')}</th><th>{t('dictionary.active')}</th><th>{t('dictionary.order')}</th></tr></thead>
          <tbody>
            {entries.map((entry, index) => (
              <tr key={entry.value ?? `new-${index}`}>
                {LANGUAGES.map((one) => <td key={one}><Input aria-label={`${t(`language.${one}`)} ${index + 1}`} maxLength={200} value={entry.labels[one] ?? ''} onChange={(event) => change(index, { labels: { ...entry.labels, [one]: event.target.value } })} /></td>)}
                <td><Select aria-label={`${t('dictionary.color')} ${index + 1}`} value={entry.color ?? 'neutral'} onChange={(color) => change(index, { color })} options={TONES.map((tone) => ({ value: tone, label: <Tone tone={tone}>{t(`tone.${tone}`)}</Tone> }))} style={{ width: 120 }} /></td>
                <td style={{ textAlign: 'center' }}><Checkbox aria-label={`${t('dictionary.active')} ${index + 1}`} checked={entry.is_active !== false} onChange={(event) => change(index, { is_active: event.target.checked })} /></td>
                <td>
                  <Button type="text" size="small" icon={<ArrowUpOutlined />} aria-label={t('dictionary.up', { row: index + 1 })} disabled={index === 0} onClick={() => move(index, -1)} />
                  <Button type="text" size="small" icon={<ArrowDownOutlined />} aria-label={t('dictionary.down', { row: index + 1 })} disabled={index === entries.length - 1} onClick={() => move(index, 1)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <div className="tools">
        <Button type="dashed" icon={<PlusOutlined />} onClick={() => setEntries([...entries, { labels: {}, color: 'neutral', is_active: true }])}>{t('dictionary.add')}</Button>
        <span className="grow" />
        <Button type="primary" loading={busy} onClick={() => void once(save)}>{t('save')}</Button>
      </div>
    </div>
  )
}
