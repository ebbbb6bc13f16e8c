import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { getAll, patch, put, remove } from '@/shared/api/client'
import type { ApprovalRule } from '@/shared/api/contracts'
import { BinLink } from '@/shared/crud/BinLink'
import { showMoney, showNumber } from '@/shared/fields/money'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { RuleEditor } from './RuleEditor'
import { RuleSteps } from './RuleSteps'

const RULES = ['approval-rules', 'every']

/** Which orders need whose yes: the rules in the order in which they are asked. */
export default function ApprovalRules() {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [editing, setEditing] = useState<ApprovalRule | 'new' | null>(null)
  const [busy, once] = useOnce()
  const told = useQuery({ queryKey: RULES, queryFn: ({ signal }) => getAll<ApprovalRule>('/approval-rules', { sort: 'position' }, signal) })
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading />
  const rules = told.data
  const change = (work: () => Promise<unknown>) =>
    once(async () => {
      try {
        await work()
      } catch (error) {
        message.error(messageOf(error))
      }
      await client.invalidateQueries({ queryKey: ['approval-rules'] })
    })
  const move = (index: number, by: number) => {
    const ids = rules.map((rule) => rule.id!)
    ids.splice(index + by, 0, ...ids.splice(index, 1))
    void change(() => put('/approval-rules/arrangement', { ids }))
  }
  const drop = (rule: ApprovalRule) =>
    modal.confirm({ title: t('rule.drop'), content: t('rule.drop_sure', { name: rule.name }), okText: t('action.delete'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => change(() => remove(`/approval-rules/${rule.id}`)) })
  return (
    <section className="page settings">
      <div className="page-head"><h1 className="page-title">{t('menu.approval-rules')}</h1><span className="grow" /><BinLink module="approval-rules" /><Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('rule.add')}</Button></div>
      <p className="quiet">{t('rule.hint')}</p>
      {rules.length ? null : <div className="card"><Nothing text={t('rule.none')} /></div>}
      <ol className="rules" aria-label={t('menu.approval-rules')}>
        {rules.map((rule, index) => (
          <li className="card" key={rule.id}>
            <div className="page-head">
              <h2>{index + 1}. <Link className="lnk" to={`/approval-rules/${rule.id}`}>{rule.name}</Link></h2><span className="grow" />
              <Switch aria-label={t('rule.active', { name: rule.name })} checked={Boolean(rule.is_active)} loading={busy} onChange={(is_active) => void change(() => patch(`/approval-rules/${rule.id}`, { is_active, version: rule.version }))} />
              <Button type="text" icon={<ArrowUpOutlined />} aria-label={t('rule.up', { name: rule.name })} disabled={index === 0 || busy} onClick={() => move(index, -1)} />
              <Button type="text" icon={<ArrowDownOutlined />} aria-label={t('rule.down', { name: rule.name })} disabled={index === rules.length - 1 || busy} onClick={() => move(index, 1)} />
              <Button type="text" icon={<EditOutlined />} aria-label={t('rule.edit_this', { name: rule.name })} onClick={() => setEditing(rule)} />
              <Button type="text" danger icon={<DeleteOutlined />} aria-label={t('rule.drop_this', { name: rule.name })} onClick={() => drop(rule)} />
            </div>
            <Bounds rule={rule} />
            <RuleSteps steps={rule.steps} />
            {rule.may_approve_own ? <p className="quiet">{t('rule.own')}</p> : null}
          </li>
        ))}
      </ol>
      {editing ? <RuleEditor rule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
    </section>
  )
}

function Bounds({ rule }: { rule: ApprovalRule }) {
  const { t, i18n } = useTranslation()
  const bounds = [
    rule.min_amount ? t('rule.amount', { value: showMoney(rule.min_amount, i18n.language) }) : '',
    rule.min_discount ? t('rule.discount', { value: showNumber(rule.min_discount, i18n.language) }) : '',
    rule.max_margin ? t('rule.margin', { value: showNumber(rule.max_margin, i18n.language) }) : '',
  ].filter(Boolean)
  return <p>{bounds.length ? bounds.join(t('rule.and')) : t('rule.all')}</p>
}
