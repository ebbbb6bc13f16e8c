import { CopyOutlined } from '@ant-design/icons'
import { App, Button, Input, Modal, Select } from 'antd'
import dayjs from 'dayjs'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { MadeProps } from '@/shared/crud/config'
import { showDate } from '@/shared/fields/dates'
import type { InputProps } from '@/shared/fields/inputs'
import { copyText } from '@/shared/ui/files'

const LIVES = [30, 90, 180, 365]

/** When a token ends: a number of days from now. */
export function TokenLifeInput({ value, onChange, id }: InputProps) {
  const { t } = useTranslation()
  const options = useMemo(() => LIVES.map((days) => ({ days, value: dayjs().add(days, 'day').toISOString() })), [])
  return <Select id={id} value={value as string} onChange={onChange} options={options.map((one) => ({ value: one.value, label: t('token.life', { count: one.days, day: showDate(one.value) }) }))} style={{ width: '100%' }} />
}

/** The text of a new token: this once, to be copied. */
export function TokenMade({ row, onClose }: MadeProps) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const text = String(row.token)
  const copy = () => copyText(text).then(() => message.success(t('token.copied')))
  return (
    <Modal open title={t('token.made', { name: row.name })} okText={t('token.kept')} cancelButtonProps={{ style: { display: 'none' } }} closable={false} mask={{ closable: false }} keyboard={false} onOk={onClose}>
      <p className="notice warn">{t('token.once')}</p>
      <div className="copy-line">
        <Input readOnly aria-label={t('token.text')} className="code" value={text} onFocus={(event) => event.target.select()} />
        <Button type="primary" icon={<CopyOutlined />} onClick={() => void copy()}>{t('token.copy')}</Button>
      </div>
      <p className="quiet">{t('token.use')} <code>Authorization: Bearer …</code></p>
    </Modal>
  )
}
