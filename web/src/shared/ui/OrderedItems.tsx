import { ArrowDownOutlined, ArrowUpOutlined, HolderOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface Props<T> {
  items: T[]
  keyOf: (item: T) => string
  nameOf: (item: T) => string
  onChange: (items: T[]) => void
  children: (item: T) => ReactNode
}

/** The items of a list that is put into order: dragged, or by the arrows beside each. */
export function OrderedItems<T>({ items, keyOf, nameOf, onChange, children }: Props<T>) {
  const { t } = useTranslation()
  // What is dragged belongs to one list; types of data are written small.
  const kind = `application/x-${useId().toLowerCase()}`
  const [over, setOver] = useState<string | null>(null)
  const put = (key: string, at: number) => {
    const rest = items.filter((one) => keyOf(one) !== key)
    rest.splice(at, 0, ...items.filter((one) => keyOf(one) === key))
    onChange(rest)
  }
  return items.map((item, index) => {
    const [key, name] = [keyOf(item), nameOf(item)]
    return (
      <li key={key} className={over === key ? 'over' : undefined} draggable onDragStart={(event) => event.dataTransfer.setData(kind, key)} onDragOver={(event) => event.dataTransfer.types.includes(kind) && (event.preventDefault(), setOver(key))} onDragEnd={() => setOver(null)} onDrop={(event) => (event.preventDefault(), setOver(null), put(event.dataTransfer.getData(kind), index))}>
        <HolderOutlined aria-hidden="true" className="quiet" />
        {children(item)}
        <Button type="text" size="small" icon={<ArrowUpOutlined />} aria-label={t('columns.earlier', { name })} disabled={!index} onClick={() => put(key, index - 1)} />
        <Button type="text" size="small" icon={<ArrowDownOutlined />} aria-label={t('columns.later', { name })} disabled={index === items.length - 1} onClick={() => put(key, index + 1)} />
      </li>
    )
  })
}
