import { PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '@/shared/api/client'
import type { PriceListItem } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { useRefusal } from '@/shared/crud/refusal'
import { isDecimal, readDecimal, showMoney } from '@/shared/fields/money'
import { ReferenceInput, ReferenceText } from '@/shared/fields/Reference'
import { Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

/** The prices in a price list; many products are added at a time with one price, or each is given its own. */
export function PriceListItems({ row }: { row: Row }) {
  const { t, i18n } = useTranslation()
  const refuse = useRefusal()
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [products, setProducts] = useState<string[]>([])
  const [price, setPrice] = useState('')
  const [busy, once] = useOnce()
  const items = (row.items as PriceListItem[] | undefined) ?? []
  const save = async () => {
    try {
      await post(`/price-lists/${row.id}/items`, { items: products.map((product_id) => ({ product_id, price: readDecimal(price) })), version: row.version })
      await client.invalidateQueries({ queryKey: ['price-lists'] })
      setAdding(false)
      setProducts([])
      setPrice('')
    } catch (error) {
      refuse(error, undefined, () => setAdding(false))
    }
  }
  const mayChange = row.can?.includes('update')
  return (
    <>
      {mayChange ? <div className="tools"><Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('price_list.add')}</Button></div> : null}
      {items.length ? (
        <table className="sheet">
          <thead><tr><th>{t('line.product')}</th><th className="end">{t('price_list.price')}</th></tr></thead>
          <tbody>{items.map((item) => <tr key={item.product_id}><td><ReferenceText module="products" id={item.product_id} /></td><td className="end">{showMoney(item.price, i18n.language)}</td></tr>)}</tbody>
        </table>
      ) : <Nothing text={t('price_list.empty')} />}
      <Modal open={adding} title={t('price_list.add')} okText={t('save')} cancelText={t('cancel')} okButtonProps={{ disabled: !products.length || !isDecimal(readDecimal(price) ?? '') }} confirmLoading={busy} onOk={() => void once(save)} onCancel={() => setAdding(false)}>
        <p className="label">{t('line.product')}</p>
        <ReferenceInput module="products" multiple label={t('line.product')} value={products} onChange={(ids) => setProducts((ids as string[]) ?? [])} />
        <p className="label">{t('price_list.price')}</p>
        <Input aria-label={t('price_list.price')} className="number" inputMode="decimal" value={price} onChange={(event) => setPrice(event.target.value)} />
      </Modal>
    </>
  )
}
