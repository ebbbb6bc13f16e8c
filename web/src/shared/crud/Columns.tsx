import { Checkbox, Segmented } from 'antd'
import { useTranslation } from 'react-i18next'
import { columnFields } from '@/shared/meta/meta'
import type { Field, Meta } from '@/shared/meta/types'
import { DENSITIES, setDensity, useDensity, type Density } from '@/shared/ui/density'
import { OrderedItems } from '@/shared/ui/OrderedItems'

interface Props {
  meta: Meta
  chosen: string[]
  onChange: (names: string[]) => void
}

/** Which columns a list shows, in which order (dragged, or by arrows), and how close its rows stand. */
export function Columns({ meta, chosen, onChange }: Props) {
  const { t } = useTranslation()
  const density = useDensity()
  const offered = columnFields(meta)
  const shown = chosen.flatMap((name) => offered.find((field) => field.name === name) ?? [])
  const hidden = offered.filter((field) => !chosen.includes(field.name))
  const tick = (field: Field, on: boolean) => {
    const next = on ? [...chosen, field.name] : chosen.filter((one) => one !== field.name)
    if (next.length) onChange(next)
  }
  const box = (field: Field, on: boolean) => <Checkbox checked={on} onChange={(event) => tick(field, event.target.checked)}>{field.label}</Checkbox>
  return (
    <div className="columns">
      <Segmented block aria-label={t('density')} value={density} onChange={(value) => setDensity(value as Density)} options={DENSITIES.map((value) => ({ value, label: t(`density.${value}`) }))} />
      <ol className="column-list">
        <OrderedItems items={shown} keyOf={(field) => field.name} nameOf={(field) => field.label} onChange={(fields) => onChange(fields.map((field) => field.name))}>
          {(field) => <>{box(field, true)}<span className="grow" /></>}
        </OrderedItems>
        {hidden.map((field) => <li key={field.name} className="off">{box(field, false)}</li>)}
      </ol>
    </div>
  )
}
