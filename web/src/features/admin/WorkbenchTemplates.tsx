import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { getAll } from '@/shared/api/client'
import type { WorkbenchTemplate } from '@/shared/api/contracts'
import { BinLink } from '@/shared/crud/BinLink'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { RoleNames } from './RolesInput'
import { SettingCard, useChange } from './SettingCard'
import { TemplateEditor } from './TemplateEditor'
import { TemplateWidgets } from './TemplateWidgets'

/** Which widgets the people with which roles meet after the log-in. */
export default function WorkbenchTemplates() {
  const { t } = useTranslation()
  const [editing, setEditing] = useState<WorkbenchTemplate | 'new' | null>(null)
  const changes = useChange('workbench-templates')
  const told = useQuery({ queryKey: ['workbench-templates', 'every'], queryFn: ({ signal }) => getAll<WorkbenchTemplate>('/workbench/templates', { sort: 'created_at' }, signal) })
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading />
  return (
    <section className="page settings">
      <div className="page-head"><h1 className="page-title">{t('menu.workbench-templates')}</h1><span className="grow" /><BinLink module="workbench-templates" /><Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('template.add')}</Button></div>
      <p className="quiet">{t('template.hint')}</p>
      {told.data.length ? null : <div className="card"><Nothing text={t('template.none')} /></div>}
      <ul className="rules" aria-label={t('menu.workbench-templates')}>
        {told.data.map((row) => (
          <SettingCard key={row.id} module="workbench-templates" row={row} changes={changes} onEdit={() => setEditing(row)} drop={{ title: t('template.drop'), sure: t('template.drop_sure', { name: row.name }) }}>
            <p><RoleNames codes={row.roles ?? null} /></p>
            <TemplateWidgets widgets={row.widgets ?? []} />
          </SettingCard>
        ))}
      </ul>
      {editing ? <TemplateEditor template={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
    </section>
  )
}
