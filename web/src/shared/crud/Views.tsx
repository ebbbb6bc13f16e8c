import { DownOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown } from 'antd'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch, post, remove } from '@/shared/api/client'
import type { Meta, SavedView } from '@/shared/meta/types'
import { Busy, messageOf } from '@/shared/ui/states'
import { pathOf } from './config'
import { EVERY, openingOf, useViews, type ListState } from './useList'
import type { ViewWords } from './ViewForm'

const ViewForm = lazy(() => import('./ViewForm').then((one) => ({ default: one.ViewForm })))

/** Saved views: choose one, keep what is set now as one, share it, open the list with it. Absent where the server keeps none. */
export function Views({ meta, state, columns }: { meta?: Meta; state: ListState; columns: string[] }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [form, setForm] = useState<{ view?: SavedView } | null>(null)
  const path = `${pathOf(state.module)}/views`
  const views = useViews(state.module, meta)
  const chosen = views?.find((view) => view.id === state.view)
  const use = (view: SavedView, replace = false) =>
    state.set({ view: view.id, filter: view.filter ? JSON.stringify(view.filter) : null, sort: view.sort ?? null, columns: view.columns?.length && !view.builtin ? view.columns.join(',') : null, q: null }, replace)
  const opening = openingOf(views, state)
  useEffect(() => {
    if (opening) use(opening, true)
  }, [opening?.id])
  if (!views || !meta) return null

  const set = () => ({ filter: state.filter, sort: state.sort || meta.default_sort, columns })
  const refresh = () => client.invalidateQueries({ queryKey: ['views', state.module] })
  const save = async (words: ViewWords) => {
    const view = form?.view
    const saved = view ? await patch<SavedView>(`${path}/${view.id}`, { ...words, version: view.version }) : await post<SavedView>(path, { ...set(), ...words })
    await refresh()
    setForm(null)
    state.set({ view: saved.id })
  }
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
      // Before it is told: the next change is made to the view as it is now.
      await refresh()
      message.success(t('form.saved'))
    } catch (error) {
      message.error(messageOf(error))
      await refresh()
    }
  }
  const drop = (view: SavedView) => modal.confirm({ title: t('view.delete', { name: view.name }), okText: t('action.delete'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => attempt(() => remove(`${path}/${view.id}`)).then(() => state.set({ view: EVERY, filter: null })) })
  const items = [
    ...(views.some((view) => !view.filter) ? [] : [{ key: EVERY, label: t('view.all') }]),
    ...views.map((view) => ({ key: view.id, label: view.id === EVERY ? t('view.all') : view.is_default ? t('view.is_default', { name: view.name }) : view.name })),
    { type: 'divider' as const },
    { key: '+', label: t('view.save') },
    ...(chosen?.can?.includes('update') ? [{ key: '=', label: t('view.update', { name: chosen.name }) }, { key: '?', label: t('view.edit') }] : []),
    ...(chosen?.can?.includes('delete') ? [{ key: '-', label: t('view.delete', { name: chosen.name }), danger: true }] : []),
  ]
  const pick = (key: string) => {
    if (key === '+') return setForm({})
    if (key === '?' && chosen) return setForm({ view: chosen })
    if (key === '=' && chosen) return void attempt(() => patch(`${path}/${chosen.id}`, { ...set(), version: chosen.version }))
    if (key === '-' && chosen) return void drop(chosen)
    const view = views.find((one) => one.id === key)
    return view ? use(view) : state.set({ view: EVERY, filter: null, sort: null, columns: null, q: null })
  }
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items, selectedKeys: [state.view ?? EVERY], onClick: ({ key }) => pick(key) }}>
        <Button icon={<DownOutlined />} iconPlacement="end">{!chosen || chosen.id === EVERY ? t('view.all') : chosen.name}</Button>
      </Dropdown>
      {form ? <Suspense fallback={<Busy />}><ViewForm view={form.view} onClose={() => setForm(null)} onSave={save} /></Suspense> : null}
    </>
  )
}
