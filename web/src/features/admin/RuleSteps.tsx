import { useTranslation } from 'react-i18next'
import type { RuleStep } from '@/shared/api/contracts'
import { ReferenceText } from '@/shared/fields/Reference'
import { useRoleName, useRoles } from '@/shared/ui/roles'

/** Who says yes by a rule, step by step. */
export function RuleSteps({ steps }: { steps: RuleStep[] | null | undefined }) {
  const { t } = useTranslation()
  return <ol className="plan-steps">{steps?.map((step, at) => <li key={at}><b>{t('rule.step', { step: at + 1 })}</b><Who step={step} /></li>)}</ol>
}

function Who({ step }: { step: RuleStep }) {
  const { t } = useTranslation()
  const roles = useRoles(step.kind === 'role')
  const nameOf = useRoleName()
  if (step.kind === 'user') return <ReferenceText module="users" id={step.user_id} />
  const role = roles.data?.items.find((one) => one.id === step.role_id)
  return <span>{step.kind === 'manager' ? t('rule.kind_manager') : role ? nameOf(role.code!, role.name) : '…'}</span>
}
