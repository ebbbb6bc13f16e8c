import { DeleteOutlined, EditOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Switch } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { patch, remove } from '@/shared/api/client'
import { pathOf } from '@/shared/crud/config'
import { messageOf } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

/** Whether a change of a module's settings is on its way, and how one is made: what is shown of them is then read anew. */
export function useChange(module: string): [boolean, (work: () => Promise<unknown>) => Promise<void>] {
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, once] = useOnce()
  const change = async (work: () => Promise<unknown>) => {
    await once(async () => {
      try {
        await work()
      } catch (error) {
        message.error(messageOf(error))
      }
      await client.invalidateQueries({ queryKey: [module] })
    })
  }
  return [busy, change]
}

interface Setting {
  id?: string | null
  version?: number | null
  name?: string | null
  is_active?: boolean | null
}

interface Props {
  module: string
  row: Setting
  place?: number
  changes: ReturnType<typeof useChange>
  onEdit: () => void
  drop: { title: string; sure: string }
  tools?: ReactNode
  children: ReactNode
}

/** One of several settings of a kind, at its place where that counts: what it is called and says, switched on and off, edited and deleted. */
export function SettingCard({ module, row: { id, version, name, is_active }, place, changes: [busy, change], onEdit, drop, tools, children }: Props) {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const path = `${pathOf(module)}/${id}`
  const ask = () => modal.confirm({ title: drop.title, content: drop.sure, okText: t('action.delete'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => change(() => remove(path)) })
  return (
    <li className="card">
      <div className="page-head">
        <h2>{place ? `${place}. ` : null}<Link className="lnk" to={`/${module}/${id}`}>{name}</Link></h2><span className="grow" />
        <Switch aria-label={t('setting.active', { name })} checked={Boolean(is_active)} loading={busy} onChange={(next) => void change(() => patch(path, { is_active: next, version }))} />
        {tools}
        <Button type="text" icon={<EditOutlined />} aria-label={t('setting.edit', { name })} onClick={onEdit} />
        <Button type="text" danger icon={<DeleteOutlined />} aria-label={t('setting.drop', { name })} onClick={ask} />
      </div>
      {children}
    </li>
  )
}
