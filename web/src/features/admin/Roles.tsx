import { PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, Modal, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch, post } from '@/shared/api/client'
import type { Permissions, Role } from '@/shared/api/contracts'
import { showErrors } from '@/shared/crud/FieldsForm'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading, messageOf } from '@/shared/ui/states'
import { usePermissions, usePermissionWords } from './permissions'
import { useRoleName, useRoles } from '@/shared/ui/roles'
import { useOnce } from '@/shared/ui/useOnce'

const RECORD_VERBS = ['read', 'create', 'update', 'delete', 'assign']

/** What each role may do, and on whose records: a table of nouns and verbs with a data scope for each module. */
export default function Roles() {
  const { t } = useTranslation()
  const roles = useRoles()
  const nameOf = useRoleName()
  const known = usePermissions()
  const [code, setCode] = useState('sales_rep')
  const [adding, setAdding] = useState(false)
  if (roles.error || known.error) return <Failed error={roles.error ?? known.error} retry={() => (roles.refetch(), known.refetch())} />
  if (!roles.data || !known.data) return <Loading />
  const role = roles.data.items.find((one) => one.code === code) ?? roles.data.items[0]!
  return (
    <section className="page">
      <div className="page-head">
        <h1 className="page-title">{t('menu.roles')}</h1>
        <Select aria-label={t('menu.roles')} value={role.code} onChange={setCode} options={roles.data.items.map((one) => ({ value: one.code!, label: nameOf(one.code!, one.name) }))} style={{ minWidth: 220 }} />
        <span className="grow" />
        <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('role.add')}</Button>
      </div>
      <Matrix key={`${role.id}-${role.version}`} role={role} known={known.data} />
      {adding ? <NewRole onClose={() => setAdding(false)} onAdded={setCode} from={role} /> : null}
    </section>
  )
}

function Matrix({ role, known }: { role: Role; known: Permissions }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [granted, setGranted] = useState(new Set(role.permissions ?? []))
  const [scopes, setScopes] = useState((role.scopes ?? {}) as Record<string, string>)
  const [busy, once] = useOnce()
  const fixed = granted.has('*')
  const nouns = known.items ?? []
  const toggle = (permission: string, on: boolean) => setGranted((now) => new Set(on ? [...now, permission] : [...now].filter((one) => one !== permission)))
  const scopeOptions = [{ value: '', label: t('role.scope_default') }, ...(known.scopes ?? []).map((value) => ({ value, label: t(`scope.${value}`) }))]
  const save = async () => {
    try {
      await patch(`/roles/${role.id}`, { version: role.version, permissions: [...granted].sort(), scopes })
      await client.invalidateQueries({ queryKey: ['roles'] })
      message.success(t('form.saved'))
    } catch (error) {
      message.error(messageOf(error))
    }
  }
  const { noun, verb: verbWord } = usePermissionWords()
  const box = (name: string, verb: string, named = false) => {
    const word = verbWord(verb)
    const permission = `${name}:${verb}`
    return <Checkbox aria-label={`${noun(name)} ${word}`} disabled={fixed} checked={fixed || granted.has(permission)} onChange={(event) => toggle(permission, event.target.checked)}>{named ? word : null}</Checkbox>
  }
  return (
    <div className="card">
      {fixed ? <p className="notice">{t('role.fixed')}</p> : null}
      <div className="page-head">
        <label className="quick"><span>{t('role.scope_everything')}</span><Select aria-label={t('role.scope_everything')} disabled={fixed} value={scopes['*'] ?? 'own'} options={scopeOptions.slice(1)} onChange={(value) => setScopes({ ...scopes, '*': value })} /></label>
        <span className="grow" />
        <Button type="primary" disabled={fixed} loading={busy} onClick={() => void once(save)}>{t('save')}</Button>
      </div>
      <Scroll label={t('menu.roles')}>
        <table className="sheet matrix">
          <thead><tr><th>{t('role.module')}</th><th>{t('role.scope')}</th>{RECORD_VERBS.map((verb) => <th key={verb}>{t(`verb.${verb}`)}</th>)}<th>{t('role.more')}</th></tr></thead>
          <tbody>
            {nouns.map((one) => (
              <tr key={one.noun}>
                <th>{noun(one.noun!)}</th>
                <td>{one.module ? <Select aria-label={`${t('role.scope')} ${noun(one.noun!)}`} size="small" disabled={fixed} value={scopes[one.module] ?? ''} options={scopeOptions} onChange={(value) => setScopes(Object.fromEntries(Object.entries({ ...scopes, [one.module!]: value }).filter(([, given]) => given)))} style={{ width: 120 }} /> : null}</td>
                {RECORD_VERBS.map((verb) => <td key={verb}>{one.verbs?.includes(verb) ? box(one.noun!, verb) : null}</td>)}
                <td className="more">{one.verbs?.filter((verb) => !RECORD_VERBS.includes(verb)).map((verb) => <span key={verb}>{box(one.noun!, verb, true)}</span>)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  )
}

function NewRole({ onClose, onAdded, from }: { onClose: () => void; onAdded: (code: string) => void; from: Role }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const nameOf = useRoleName()
  const [form] = Form.useForm<{ code: string; name: string }>()
  const [busy, once] = useOnce()
  useEffect(() => form.resetFields(), [])
  const save = async (values: { code: string; name: string }) => {
    try {
      await post('/roles', { ...values, permissions: (from.permissions ?? []).filter((one) => one !== '*'), scopes: from.scopes })
      await client.invalidateQueries({ queryKey: ['roles'] })
      onAdded(values.code)
      onClose()
    } catch (error) {
      showErrors(form, error).forEach((text) => message.error(text))
    }
  }
  return (
    <Modal open title={t('role.add')} okText={t('save')} cancelText={t('cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p className="quiet">{t('role.add_hint', { name: nameOf(from.code!, from.name) })}</p>
      <Form name="new-role" form={form} layout="vertical" onFinish={(values) => void once(() => save(values))}>
        <Form.Item name="name" label={t('role.name')} rules={[{ required: true, message: t('form.required') }]}><Input maxLength={80} /></Form.Item>
        <Form.Item name="code" label={t('role.code')} rules={[{ required: true, message: t('form.required') }]}><Input maxLength={40} /></Form.Item>
      </Form>
    </Modal>
  )
}
