import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Modal, Segmented, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Meta } from '@/shared/meta/types'
import { FilterInput } from './FilterInput'
import { isComplete, operatorsOf, valueKind, type Condition } from './tree'

interface Props {
  meta: Meta
  conditions: Condition[]
  any: boolean
  onApply: (conditions: Condition[], any: boolean) => void
  onClose: () => void
}

/** Conditions on any field, all or any of which must hold. */
export function FilterBuilder({ meta, conditions, any, onApply, onClose }: Props) {
  const { t } = useTranslation()
  const fields = meta.fields.filter((field) => field.filterable && field.name !== 'id' && field.name !== 'version')
  const fresh = (): Condition => ({ field: fields[0]?.name ?? '', op: fields[0] ? operatorsOf(fields[0], meta)[0]! : 'eq' })
  const [rows, setRows] = useState<Condition[]>(conditions.length ? conditions : [fresh()])
  const [either, setEither] = useState(any)
  const change = (index: number, changes: Partial<Condition>) => setRows(rows.map((row, at) => (at === index ? { ...row, ...changes } : row)))

  return (
    <Modal open title={t('filter.title')} width={760} okText={t('filter.apply')} cancelText={t('cancel')} onOk={() => onApply(rows.filter(isComplete), either)} onCancel={onClose}>
      <Segmented className="filter-join" aria-label={t('filter.join')} value={either ? 'any' : 'all'} onChange={(value) => setEither(value === 'any')} options={[{ value: 'all', label: t('filter.all') }, { value: 'any', label: t('filter.any') }]} />
      {rows.map((row, index) => {
        const field = fields.find((one) => one.name === row.field)
        return (
          <div className="filter-row" key={index}>
            <Select
              aria-label={t('filter.field')}
              showSearch={{ optionFilterProp: 'label' }}
              value={row.field}
              options={fields.map((one) => ({ value: one.name, label: one.label }))}
              onChange={(name) => {
                const next = fields.find((one) => one.name === name)!
                change(index, { field: name, op: operatorsOf(next, meta)[0]!, value: undefined })
              }}
            />
            <Select
              aria-label={t('filter.operator')}
              value={row.op}
              options={(field ? operatorsOf(field, meta) : []).map((op) => ({ value: op, label: t(`op.${op}`) }))}
              onChange={(op) => change(index, { op, value: valueKind(op) === valueKind(row.op) ? row.value : undefined })}
            />
            <div className="filter-value">{field ? <FilterInput field={field} op={row.op} value={row.value} onChange={(value) => change(index, { value })} /> : null}</div>
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('filter.drop')} onClick={() => setRows(rows.filter((_, at) => at !== index))} />
          </div>
        )
      })}
      <Button type="dashed" block icon={<PlusOutlined />} onClick={() => setRows([...rows, fresh()])}>{t('filter.add')}</Button>
    </Modal>
  )
}
