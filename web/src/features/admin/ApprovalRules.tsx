import { ArrowDownOutlined, ArrowUpOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { getAll, put } from '@/shared/api/client'
import type { ApprovalRule } from '@/shared/api/contracts'
import { BinLink } from '@/shared/crud/BinLink'
import { showMoney, showNumber } from '@/shared/fields/money'
import { Failed, Loading, Nothing } from '@/shared/ui/states'
import { RuleEditor } from './RuleEditor'
import { RuleSteps } from './RuleSteps'
import { SettingCard, useChange } from './SettingCard'

const RULES = ['approval-rules', 'every']

/** Which orders need whose yes: the rules in the order in which they are asked. */
export default function ApprovalRules() {
  const { t } = useTranslation()
  const [editing, setEditing] = useState<ApprovalRule | 'new' | null>(null)
  const [busy, change] = useChange('approval-rules')
  const told = useQuery({ queryKey: RULES, queryFn: ({ signal }) => getAll<ApprovalRule>('/approval-rules', { sort: 'position' }, signal) })
  if (told.error) return <Failed error={told.error} retry={() => void told.refetch()} />
  if (!told.data) return <Loading />
  const rules = told.data
  const move = (index: number, by: number) => {
    const ids = rules.map((rule) => rule.id!)
    ids.splice(index + by, 0, ...ids.splice(index, 1))
    void change(() => put('/approval-rules/arrangement', { ids }))
  }
  return (
    <section className="page settings">
      <div className="page-head"><h1 className="page-title">{t('menu.approval-rules')}</h1><span className="grow" /><BinLink module="approval-rules" /><Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('rule.add')}</Button></div>
      <p className="quiet">{t('rule.hint')}</p>
      {rules.length ? null : <div className="card"><Nothing text={t('rule.none')} /></div>}
      <ol className="rules" aria-label={t('menu.approval-rules')}>
        {rules.map((rule, index) => (
          <SettingCard key={rule.id} module="approval-rules" row={rule} place={index + 1} changes={[busy, change]} onEdit={() => setEditing(rule)} drop={{ title: t('rule.drop'), sure: t('rule.drop_sure', { name: rule.name }) }} tools={
            <>
              <Button type="text" icon={<ArrowUpOutlined />} aria-label={t('rule.up', { name: rule.name })} disabled={index === 0 || busy} onClick={() => move(index, -1)} />
              <Button type="text" icon={<ArrowDownOutlined />} aria-label={t('rule.down', { name: rule.name })} disabled={index === rules.length - 1 || busy} onClick={() => move(index, 1)} />
            </>
          }>
            <Bounds rule={rule} />
            <RuleSteps steps={rule.steps} />
            {rule.may_approve_own ? <p className="quiet">{t('rule.own')}</p> : null}
          </SettingCard>
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
