import { MoreOutlined } from '@ant-design/icons'
import { Button, Dropdown, type MenuProps } from 'antd'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Query } from '@/shared/api/client'
import type { Meta } from '@/shared/meta/types'
import { useExport } from '@/shared/ui/ExportButton'
import { FORMATS } from '@/shared/ui/exports'
import { pathOf } from './config'
import type { ListState } from './useList'

interface Props {
  meta: Meta
  state: ListState
  columns: string[]
  query: Query
  onImport: () => void
}

/** What the tools of a list and the heads of its columns do, where there is no room for them: sort, export, import, the recycle bin. */
export function ListMenu({ meta, state, columns, query, onImport }: Props) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [busy, begin] = useExport(pathOf(state.module), query)
  const sorted = columns.flatMap((name) => meta.fields.find((field) => field.name === name && field.sortable) ?? [])
  const offers = (operation: string) => meta.operations?.includes(operation)
  const arrow = (name: string) => (state.sort === name ? ' ↑' : state.sort === `-${name}` ? ' ↓' : '')
  const items: NonNullable<MenuProps['items']> = [
    ...(sorted.length ? [{ key: 'sort', type: 'group' as const, label: t('list.sort'), children: sorted.map((field) => ({ key: `sort ${field.name}`, label: field.label + arrow(field.name) })) }, { key: 'below', type: 'divider' as const }] : []),
    ...(offers('export') ? FORMATS.map(({ key, label }) => ({ key: `export ${key}`, label: `${t('export.button')} ${label}` })) : []),
    ...(offers('import') ? [{ key: 'import', label: t('import.button') }] : []),
    ...(offers('deleted') ? [{ key: 'deleted', label: t('bin.title') }] : []),
  ]
  const pick = (key: string) => {
    const [what, which = ''] = key.split(' ')
    if (what === 'sort') state.set({ sort: state.sort === which ? `-${which}` : state.sort === `-${which}` ? null : which })
    if (what === 'export') void begin(which)
    if (what === 'import') onImport()
    if (what === 'deleted') void navigate(`/${state.module}/deleted`)
  }
  return items.length ? (
    <Dropdown trigger={['click']} placement="bottomRight" menu={{ items, onClick: ({ key }) => pick(key) }}>
      <Button type="text" icon={<MoreOutlined />} loading={busy} aria-label={t('list.tools')} aria-haspopup="menu" />
    </Dropdown>
  ) : null
}
