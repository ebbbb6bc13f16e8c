import { Form, Input, Modal, Select, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { may } from '@/shared/api/session'
import type { SavedView } from '@/shared/meta/types'
import { beginAt } from '@/shared/ui/focus'
import { useRoleName, useRoles } from '@/shared/ui/roles'
import { useOnce } from '@/shared/ui/useOnce'
import { showErrors } from './FieldsForm'

/** What somebody says of a view; filter, sort and columns are those of the list. */
export interface ViewWords {
  name: string
  is_default?: boolean
  shared_roles?: string[]
}

interface Props {
  view?: SavedView
  onClose: () => void
  /** Rejects with what the server refused. */
  onSave: (words: ViewWords) => Promise<void>
}

/** Name a view, make it the one the list opens with, share it with roles. */
export function ViewForm({ view, onClose, onSave }: Props) {
  const { t } = useTranslation()
  const [form] = Form.useForm<ViewWords>()
  const [busy, once] = useOnce()
  const [refused, setRefused] = useState<string[]>([])
  const mayShare = may('module:share_views') && may('role:read')
  const roles = useRoles(mayShare)
  const nameOf = useRoleName()
  const save = (words: ViewWords) => once(() => onSave(words).catch((error) => setRefused(showErrors(form, error))))
  return (
    <Modal open afterOpenChange={(open) => open && beginAt(document.getElementById('view_name'))} title={view ? t('view.edit') : t('view.save')} okText={t('save')} cancelText={t('cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form name="view" form={form} layout="vertical" initialValues={{ name: view?.name, is_default: view?.is_default ?? false, shared_roles: view?.shared_roles ?? [] }} onFinish={(words) => void save(words)}>
        <Form.Item name="name" label={t('view.name')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input maxLength={80} /></Form.Item>
        <Form.Item name="is_default" label={t('view.default')} valuePropName="checked"><Switch /></Form.Item>
        {mayShare ? (
          <Form.Item name="shared_roles" label={t('view.roles')} extra={t('view.roles_help')}>
            <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={(roles.data?.items ?? []).map((role) => ({ value: role.code!, label: nameOf(role.code!, role.name) }))} />
          </Form.Item>
        ) : null}
      </Form>
      {refused.map((text) => <p key={text} className="bad" role="alert">{text}</p>)}
    </Modal>
  )
}
