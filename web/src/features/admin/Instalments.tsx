import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, InputNumber, Switch } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, put } from '@/shared/api/client'
import type { FinanceSettings, Share } from '@/shared/api/contracts'
import { compare, isDecimal, readDecimal, sum } from '@/shared/fields/money'
import { Scroll } from '@/shared/ui/Scroll'
import { Failed, Loading, messageOf } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

/** How orders are paid unless somebody says otherwise: shares in percent and days after the order date. */
export default function Instalments() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const settings = useQuery({ queryKey: ['finance', 'settings'], queryFn: () => get<FinanceSettings>('/finance/settings') })
  const [draft, setDraft] = useState<FinanceSettings | null>(null)
  const [busy, once] = useOnce()
  useEffect(() => {
    if (settings.data) setDraft(settings.data)
  }, [settings.data])
  if (settings.error) return <Failed error={settings.error} retry={() => void settings.refetch()} />
  if (!draft) return <Loading />
  const shares = draft.default_instalments ?? []
  const total = sum(shares.map((one) => one.share))
  const isRight = compare(total, '100') === 0 && shares.every((one) => isDecimal(one.share ?? ''))
  const change = (index: number, changes: Partial<Share>) => setDraft({ ...draft, default_instalments: shares.map((one, at) => (at === index ? { ...one, ...changes } : one)) })
  const save = async () => {
    try {
      const { default_instalments, remind_days_before, allow_prepayment, version } = draft
      client.setQueryData(['finance', 'settings'], await put('/finance/settings', { default_instalments, remind_days_before, allow_prepayment, version }))
      message.success(t('form.saved'))
    } catch (error) {
      message.error(messageOf(error))
    }
  }
  return (
    <section className="page settings">
      <h1 className="page-title">{t('menu.instalments')}</h1>
      <div className="card">
        <p className="quiet">{t('instalments.settings_hint')}</p>
        <Scroll label={t('menu.instalments')}><table className="sheet lines">
          <thead><tr><th>{t('instalments.period')}</th><th className="end">{t('instalments.share')}</th><th className="end">{t('instalments.days_after')}</th><th><span className="sr">{t('list.actions')}</span></th></tr></thead>
          <tbody>
            {shares.map((one, index) => (
              <tr key={index}>
                <td className="total">{index + 1}</td>
                <td><Input className="number" suffix="%" aria-label={`${t('instalments.share')} ${index + 1}`} inputMode="decimal" value={one.share ?? ''} onChange={(event) => change(index, { share: event.target.value })} onBlur={() => change(index, { share: readDecimal(one.share ?? '') ?? one.share })} /></td>
                <td><InputNumber aria-label={`${t('instalments.days_after')} ${index + 1}`} min={0} max={3650} precision={0} className="end" value={one.days_after} onChange={(days) => change(index, { days_after: days ?? 0 })} style={{ width: '100%' }} /></td>
                <td><Button type="text" icon={<DeleteOutlined />} aria-label={t('line.drop', { row: index + 1 })} disabled={shares.length === 1} onClick={() => setDraft({ ...draft, default_instalments: shares.filter((_, at) => at !== index) })} /></td>
              </tr>
            ))}
          </tbody>
          <tfoot><tr><th>{t('line.sum')}</th><td className="total">{total}%</td><td colSpan={2}>{isRight ? '' : <span className="complaint" role="alert">{t('instalments.must_be_100')}</span>}</td></tr></tfoot>
        </table></Scroll>
        <div className="tools"><Button type="dashed" icon={<PlusOutlined />} onClick={() => setDraft({ ...draft, default_instalments: [...shares, { share: '', days_after: 30 }] })}>{t('instalments.add')}</Button></div>
        <div className="form-grid below">
          <label className="stacked"><span>{t('instalments.remind')}</span><InputNumber aria-label={t('instalments.remind')} min={0} max={365} precision={0} value={draft.remind_days_before} onChange={(days) => setDraft({ ...draft, remind_days_before: days ?? 0 })} /></label>
          <label className="stacked"><span>{t('instalments.prepayment')}</span><Switch aria-label={t('instalments.prepayment')} checked={Boolean(draft.allow_prepayment)} onChange={(on) => setDraft({ ...draft, allow_prepayment: on })} /></label>
        </div>
        <div className="tools"><Button type="primary" disabled={!isRight} loading={busy} onClick={() => void once(save)}>{t('save')}</Button></div>
      </div>
    </section>
  )
}
