import { ArrowDownOutlined, ArrowUpOutlined, HolderOutlined } from '@ant-design/icons'
import { Button, Checkbox, Segmented } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { columnFields } from '@/shared/meta/meta'
import type { Field, Meta } from '@/shared/meta/types'
import { DENSITIES, setDensity, useDensity, type Density } from '@/shared/ui/density'

interface Props {
  meta: Meta
  chosen: string[]
  onChange: (names: string[]) => void
}

/** Which columns a list shows, in which order (dragged, or by arrows), and how close its rows stand. */
export function Columns({ meta, chosen, onChange }: Props) {
  const { t } = useTranslation()
  const density = useDensity()
  const [over, setOver] = useState<string | null>(null)
  const offered = columnFields(meta)
  const shown = chosen.flatMap((name) => offered.find((field) => field.name === name) ?? [])
  const hidden = offered.filter((field) => !chosen.includes(field.name))
  const put = (name: string, at: number) => {
    const rest = shown.map((field) => field.name).filter((one) => one !== name)
    rest.splice(at, 0, name)
    onChange(rest)
  }
  const tick = (field: Field, on: boolean) => {
    const next = on ? [...chosen, field.name] : chosen.filter((one) => one !== field.name)
    if (next.length) onChange(next)
  }
  const box = (field: Field, on: boolean) => <Checkbox checked={on} onChange={(event) => tick(field, event.target.checked)}>{field.label}</Checkbox>
  return (
    <div className="columns">
      <Segmented block aria-label={t('density')} value={density} onChange={(value) => setDensity(value as Density)} options={DENSITIES.map((value) => ({ value, label: t(`density.${value}`) }))} />
      <ol className="column-list">
        {shown.map((field, index) => (
          <li key={field.name} className={over === field.name ? 'over' : undefined} draggable onDragStart={(event) => event.dataTransfer.setData(KIND, field.name)} onDragOver={(event) => event.dataTransfer.types.includes(KIND) && (event.preventDefault(), setOver(field.name))} onDragEnd={() => setOver(null)} onDrop={(event) => (event.preventDefault(), setOver(null), put(event.dataTransfer.getData(KIND), index))}>
            <HolderOutlined aria-hidden="true" className="quiet" />
            {box(field, true)}
            <span className="grow" />
            <Button type="text" size="small" icon={<ArrowUpOutlined />} aria-label={t('columns.earlier', { name: field.label })} disabled={!index} onClick={() => put(field.name, index - 1)} />
            <Button type="text" size="small" icon={<ArrowDownOutlined />} aria-label={t('columns.later', { name: field.label })} disabled={index === shown.length - 1} onClick={() => put(field.name, index + 1)} />
          </li>
        ))}
        {hidden.map((field) => <li key={field.name} className="off">{box(field, false)}</li>)}
      </ol>
    </div>
  )
}

const KIND = 'application/x-column'
