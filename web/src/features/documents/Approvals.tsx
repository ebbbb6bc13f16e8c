import { Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Approval, ApprovalPlan } from '@/shared/api/contracts'
import type { Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { ReferenceText } from '@/shared/fields/Reference'
import { Tone, toneOf } from '@/shared/fields/Tone'
import { Nothing } from '@/shared/ui/states'
import { PlanSteps } from './PlanSteps'

/** Which step waits for whom; who asked, who decided and what they said. */
export function Approvals({ row }: { row: Row }) {
  const { t } = useTranslation()
  const steps = (row.approvals as Approval[] | undefined) ?? []
  const plan = row.approval_plan as ApprovalPlan | null | undefined
  if (!steps.length) return <Nothing text={t('order.approvals_empty')} />
  const content = (step: Approval) => (
    <div>
      <span className="quiet figure">{showMoment(step.at)}</span> <b><ReferenceText module="users" id={step.by} /></b> {step.position ? <span>{t('rule.step', { step: step.position })} </span> : null}<Tone tone={toneOf(step.step)}>{t(`step.${step.step}`)}</Tone>
      {step.comment ? <div className="long">{step.comment}</div> : null}
    </div>
  )
  return (
    <>
      {plan?.steps?.length ? <><p className="quiet">{t('rule.applies', { rule: plan.rule_name })}</p><PlanSteps steps={plan.steps} waiting={row.approval_step as number | null} /></> : null}
      <Timeline className="history" items={steps.map((step, index) => ({ key: String(index), content: content(step) }))} />
    </>
  )
}
