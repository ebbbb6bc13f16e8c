import { BellOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Badge, Button, Popover } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { get, getAll, post } from '@/shared/api/client'
import type { Page, Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { useRefusal } from '@/shared/crud/refusal'
import { asParameter } from '@/shared/filters/tree'
import { Nothing } from '@/shared/ui/states'
import { useWide } from '@/shared/ui/useWide'

const EVERY = 60_000
const POP_UP_SECONDS = 5
const LARGEST_BATCH = 1000

const due = () => ({ filter: asParameter({ and: [{ field: 'status', op: 'eq', value: 'open' }, { field: 'remind_at', op: 'lte', value: new Date().toISOString() }] }), sort: '-remind_at' })

/** Reminders that are due, at the top right. */
export function Bell() {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const client = useQueryClient()
  const refuse = useRefusal()
  const wide = useWide(768)
  const [open, setOpen] = useState(false)
  const { data } = useQuery({ queryKey: ['reminders', 'bell'], queryFn: () => get<Page>('/reminders', { ...due(), page_size: 8 }), refetchInterval: EVERY })
  const rows = data?.items ?? []
  const count = data?.total ?? 0
  usePopUps(data?.items)
  const finish = async (row: Row) => {
    await post(`/reminders/${row.id}/done`, { version: row.version }).catch(refuse)
    await client.invalidateQueries({ queryKey: ['reminders'] })
  }
  const finishAll = () => {
    const work = async () => {
      const ids = (await getAll<Row>('/reminders', due())).map((row) => row.id).slice(0, LARGEST_BATCH)
      await post('/reminders/batch-done', { ids }).catch(refuse)
      await client.invalidateQueries({ queryKey: ['reminders'] })
    }
    modal.confirm({ title: t('bell.finish_all'), content: t('bell.finish_all_sure', { count }), okText: t('bell.finish_all'), cancelText: t('cancel'), onOk: work })
  }
  return (
    <Popover
      trigger="click"
      placement={wide ? 'bottomRight' : 'bottom'}
      open={open}
      onOpenChange={setOpen}
      title={t('bell.title')}
      content={
        <div className="bell">
          {rows.length ? (
            <ul>
              {rows.map((row) => (
                <li key={row.id}>
                  {placeOf(row) ? <Link className="lnk" to={placeOf(row)!} onClick={() => setOpen(false)}>{String(row.text)}</Link> : String(row.text)}
                  <span className="quiet figure">{showMoment(row.remind_at)}</span>
                  <button type="button" className="lnk" onClick={() => void finish(row)}>{t('bell.done')}</button>
                </li>
              ))}
            </ul>
          ) : <Nothing text={t('bell.empty')} />}
          <div className="bell-foot">
            <Link className="lnk" to="/reminders" onClick={() => setOpen(false)}>{t('bell.all')}</Link>
            {count > 1 ? <button type="button" className="lnk" onClick={() => (setOpen(false), finishAll())}>{t('bell.finish_all')}</button> : null}
          </div>
        </div>
      }
    >
      <Button type="text" aria-label={t('bell.label', { count })} icon={<Badge count={count} size="small" offset={[6, -2]} color="#C5221F"><BellOutlined /></Badge>} />
    </Popover>
  )
}

/** The record that a reminder is about. */
const placeOf = (row: Row): string | null => (row.record_module && row.record_id ? `/${String(row.record_module)}/${String(row.record_id)}` : null)

/** What falls due while somebody is here pops up once; what was due before stands in the bell. */
function usePopUps(due: Row[] | undefined): void {
  const { t } = useTranslation()
  const { notification } = App.useApp()
  const navigate = useNavigate()
  const [since] = useState(() => new Date().toISOString())
  const shown = useRef(new Set<string>())
  useEffect(() => {
    const fresh = (due ?? []).filter((row) => String(row.remind_at) > since && !shown.current.has(`${row.id} ${String(row.remind_at)}`))
    for (const row of fresh) {
      shown.current.add(`${row.id} ${String(row.remind_at)}`)
      const place = placeOf(row)
      const go = () => (notification.destroy(row.id), void navigate(place!))
      notification.info({ key: row.id, title: t('bell.one'), description: place ? <button type="button" className="lnk" onClick={go}>{String(row.text)}</button> : String(row.text), duration: POP_UP_SECONDS })
    }
  }, [due])
}
