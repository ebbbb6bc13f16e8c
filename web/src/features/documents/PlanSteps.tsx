import { useTranslation } from 'react-i18next'
import type { PlanStep } from '@/shared/api/contracts'
import { ReferenceText } from '@/shared/fields/Reference'
import { Tone } from '@/shared/fields/Tone'

/** The steps of an order's approval with those who may decide each; `waiting` is the one that is asked now, counted from 1. */
export function PlanSteps({ steps, waiting }: { steps: PlanStep[]; waiting?: number | null }) {
  const { t } = useTranslation()
  return (
    <ol className="plan-steps" aria-label={t('rule.steps')}>
      {steps.map((step, index) => (
        <li key={index} aria-current={index + 1 === waiting ? 'step' : undefined}>
          <b>{t('rule.step', { step: index + 1 })}</b>
          <span>{step.role_name ?? t(`rule.kind_${step.kind}`)}</span>
          <People ids={step.approver_ids ?? []} />
          {index + 1 === waiting ? <Tone tone="warn">{t('rule.waiting')}</Tone> : null}
        </li>
      ))}
    </ol>
  )
}

function People({ ids }: { ids: string[] }) {
  const { t } = useTranslation()
  if (!ids.length) return <span className="complaint" role="alert">{t('rule.nobody')}</span>
  return <span className="quiet">{ids.map((id, index) => <span key={id}>{index ? t('rule.or') : null}<ReferenceText module="users" id={id} /></span>)}</span>
}
