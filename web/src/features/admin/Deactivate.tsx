import { useQuery } from '@tanstack/react-query'
import { Checkbox, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '@/shared/api/client'
import type { Holdings } from '@/shared/api/contracts'
import { titleOf } from '@/shared/api/records'
import type { DialogProps } from '@/shared/crud/config'
import { useRefusal } from '@/shared/crud/refusal'
import { showNumber } from '@/shared/fields/money'
import { ReferenceInput } from '@/shared/fields/Reference'
import { useOnce } from '@/shared/ui/useOnce'

/** Somebody leaves: to whom does what they hold go? */
export function Deactivate({ rows, onDone, onClose }: DialogProps) {
  const { t, i18n } = useTranslation()
  const refuse = useRefusal()
  const user = rows[0]!
  const [heir, setHeir] = useState<string | null>((user.manager_id as string) ?? null)
  const [toPool, setToPool] = useState(false)
  const [busy, once] = useOnce()
  const { data } = useQuery({ queryKey: ['users', 'holdings', user.id], queryFn: () => get<Holdings>(`/users/${user.id}/holdings`) })
  const held = (data?.items ?? []).filter((one) => one.count)
  const save = async () => {
    try {
      await post(`/users/${user.id}/deactivate`, { ...(heir ? { handover_to: heir } : {}), to_pool: toPool, version: user.version })
      onDone()
    } catch (error) {
      refuse(error, undefined, onClose)
    }
  }
  return (
    <Modal open title={t('user.deactivate')} okText={t('user.deactivate')} cancelText={t('cancel')} okButtonProps={{ danger: true }} confirmLoading={busy} onOk={() => void once(save)} onCancel={onClose}>
      <p>{t('user.deactivate_text', { name: titleOf(user) })}</p>
      {held.length ? <ul className="counts">{held.map((one) => <li key={one.module}><b>{showNumber(one.count, i18n.language)}</b> {t(`menu.${one.module}`, { defaultValue: one.module ?? '' })}</li>)}</ul> : null}
      <p className="label">{t('user.heir')}</p>
      <ReferenceInput module="users" label={t('user.heir')} value={heir} onChange={(id) => setHeir(id as string | null)} />
      <p><Checkbox checked={toPool} onChange={(event) => setToPool(event.target.checked)}>{t('user.to_pool')}</Checkbox></p>
    </Modal>
  )
}
