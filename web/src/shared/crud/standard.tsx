import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { post, remove } from '@/shared/api/client'
import type { Row } from '@/shared/api/records'
import { pathOf, permissionOf, type ActionConfig, type ModuleConfig } from './config'

/** What every module can do to a row: edit, change owner, delete, unless it has its own way. */
export function useStandard(config: ModuleConfig, onEdit: (row: Row) => void): ActionConfig[] {
  const { t } = useTranslation()
  return useMemo(() => {
    const edit: ActionConfig = { name: 'update', label: 'action.edit', on: ['row'], to: config.formPage ? (row) => `/${config.module}/${row.id}/edit` : undefined }
    const own = new Set(config.actions?.map((action) => action.needs ?? action.name))
    return [...(config.readOnly ? [] : [edit]), ...shared(config)].filter((action) => !own.has(action.name))
  }, [config, onEdit, t])
}

/** What can be done to many rows as to one. */
export const shared = (config: ModuleConfig): ActionConfig[] => [...(config.ownerless ? [] : [assign(config)]), deletion(config)]

/** Give records to somebody else. */
const assign = (config: ModuleConfig): ActionConfig => ({
  name: 'assign',
  label: 'action.assign',
  on: ['row', 'batch'],
  permission: permissionOf(config, 'assign'),
  form: (t) => [{ name: 'owner_id', label: t('field.new_owner'), type: 'id', reference: 'users', required: true }],
  run: (rows, { owner_id }) => post(`${pathOf(config.module)}/batch-assign`, { ids: rows.map((row) => row.id), owner_id }),
})

/** Move records to the recycle bin. */
const deletion = (config: ModuleConfig): ActionConfig => ({
  name: 'delete',
  label: 'action.delete',
  on: ['row', 'batch'],
  danger: true,
  permission: permissionOf(config, 'delete'),
  confirm: 'confirm.delete',
  run: (rows) => (rows.length > 1 ? post(`${pathOf(config.module)}/batch-delete`, { ids: rows.map((row) => row.id) }) : remove(`${pathOf(config.module)}/${rows[0]!.id}`)),
})
