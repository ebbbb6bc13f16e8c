import { App, Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '@/shared/api/client'
import type { PoolSettings, Rehearsal, Sum } from '@/shared/api/contracts'
import { showMoney } from '@/shared/fields/money'
import { Scroll } from '@/shared/ui/Scroll'
import { messageOf } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

/** What the rules as typed would take tomorrow, in 7 and in 30 days, beside what today's rules take. Nothing moves. */
export function RehearsalCard({ rules, pool }: { rules: () => PoolSettings; pool?: string }) {
  const { t, i18n } = useTranslation()
  const { message } = App.useApp()
  const [outcome, setOutcome] = useState<Rehearsal | null>(null)
  const [busy, once] = useOnce()
  const run = () => once(() => post<Rehearsal>('/pool/rehearsal', { settings: rules(), ...(pool ? { pool_id: pool } : {}) }).then(setOutcome, (error) => message.error(messageOf(error))))
  const cells = (sum: Sum | null | undefined) => [<td key="n" className="end">{sum?.customers ?? 0}</td>, <td key="v" className="end">{showMoney(sum?.value ?? '0', i18n.language)}</td>]
  return (
    <div className="card">
      <div className="page-head"><h2>{t('pool.rehearsal')}</h2><span className="grow" /><Button loading={busy} onClick={() => void run()}>{t('pool.rehearse')}</Button></div>
      <p className="quiet">{t('pool.rehearsal_help')}</p>
      {outcome ? (
        <Scroll label={t('pool.rehearsal')}>
          <table className="sheet">
            <thead>
              <tr><th rowSpan={2}>{t('margin.owner')}</th><th colSpan={2}>{t('pool.present')}</th><th colSpan={2}>{t('pool.proposed')}</th></tr>
              <tr>{[0, 1].flatMap((side) => ['customers', 'value'].map((what) => <th key={`${side}${what}`} className="end">{t(`pool.rehearsal_${what}`)}</th>))}</tr>
            </thead>
            {(outcome.horizons ?? []).map((horizon) => (
              <tbody key={horizon.days}>
                <tr><th>{t('pool.within', { count: horizon.days ?? 0, day: horizon.by })}</th>{cells(horizon.present)}{cells(horizon.proposed)}</tr>
                {(horizon.people ?? []).map((person) => <tr key={person.user_id ?? ''}><td>{person.name ?? '—'}</td>{cells(person.present)}{cells(person.proposed)}</tr>)}
              </tbody>
            ))}
          </table>
        </Scroll>
      ) : null}
    </div>
  )
}
