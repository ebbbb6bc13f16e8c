import { DownOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown, Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post, remove } from '@/shared/api/client'
import type { Page } from '@/shared/api/records'
import type { Meta, SavedView } from '@/shared/meta/types'
import { messageOf } from '@/shared/ui/states'
import { pathOf, type ModuleConfig } from './config'
import type { ListState } from './useList'

/** Saved views: choose one, or save what is set now as one. Absent where the server keeps none. */
export function Views({ meta, state, columns }: { config: ModuleConfig; meta?: Meta; state: ListState; columns: string[] }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [naming, setNaming] = useState<string | null>(null)
  const kept = Boolean(meta && ('views' in meta || meta.operations?.includes('views')))
  const { data } = useQuery({ queryKey: ['views', state.module], queryFn: () => get<Page<SavedView & { id: string }> | SavedView[]>(`${pathOf(state.module)}/views`), enabled: kept })
  if (!kept || !meta) return null
  const views = (Array.isArray(data) ? data : data?.items) ?? meta.views ?? []
  const chosen = views.find((view) => view.id === state.view)

  const use = (view: SavedView) =>
    state.set({ view: view.id, filter: view.filter ? JSON.stringify(view.filter) : null, sort: view.sort ?? null, columns: view.columns?.length ? view.columns.join(',') : null, q: null })
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work()
      await client.invalidateQueries({ queryKey: ['views', state.module] })
      setNaming(null)
    } catch (error) {
      message.error(messageOf(error))
    }
  }
  const save = () => act(() => post(`${pathOf(state.module)}/views`, { name: naming, filter: state.filter, sort: state.sort || meta.default_sort, columns }))
  const items = [
    ...(views.some((view) => !view.filter) ? [] : [{ key: '', label: t('view.all') }]),
    ...views.map((view) => ({ key: view.id, label: view.name })),
    { type: 'divider' as const },
    { key: '+', label: t('view.save') },
    ...(chosen?.can?.includes('delete') ? [{ key: '-', label: t('view.delete', { name: chosen.name }), danger: true }] : []),
  ]
  const pick = (key: string) => {
    if (key === '+') return setNaming('')
    if (key === '-' && chosen) return void act(() => remove(`${pathOf(state.module)}/views/${chosen.id}`)).then(() => state.set({ view: null, filter: null }))
    const view = views.find((one) => one.id === key)
    return view ? use(view) : state.set({ view: null, filter: null, sort: null, columns: null, q: null })
  }
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items, selectedKeys: [state.view ?? ''], onClick: ({ key }) => pick(key) }}>
        <Button icon={<DownOutlined />} iconPlacement="end">{chosen?.name ?? t('view.all')}</Button>
      </Dropdown>
      <Modal open={naming !== null} title={t('view.save')} okText={t('save')} cancelText={t('cancel')} okButtonProps={{ disabled: !naming?.trim() }} onOk={() => void save()} onCancel={() => setNaming(null)}>
        <Input aria-label={t('view.name')} placeholder={t('view.name')} maxLength={60} value={naming ?? ''} onChange={(event) => setNaming(event.target.value)} onPressEnter={() => naming?.trim() && void save()} />
      </Modal>
    </>
  )
}
