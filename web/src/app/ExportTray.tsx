import { DownloadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Badge, Button } from 'antd'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { remove } from '@/shared/api/client'
import type { Export } from '@/shared/api/contracts'
import { useSession } from '@/shared/api/session'
import { EXPORTS, isAwaited, isOpen, saveExport, settle, useExports } from '@/shared/ui/exports'
import { messageOf } from '@/shared/ui/states'
import { ExportProgress } from './ExportProgress'

const ExportsDrawer = lazy(() => import('./ExportsDrawer').then((one) => ({ default: one.ExportsDrawer })))
const SAVED_SECONDS = 4
const NOTE = 'exports'

/** What is being exported, on whatever page one is, and what was: at the top right, once there is something. */
export function ExportTray() {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const exports = useSession(({ permissions }) => permissions.some((one) => one === '*' || one.endsWith(':export')))
  const { data } = useExports(exports)
  useAwaited(data?.items)
  const items = data?.items ?? []
  if (!items.length && !open) return null
  const count = items.filter(isOpen).length
  return (
    <>
      <Button type="text" aria-label={t('export.label', { count })} icon={<Badge count={count} size="small" offset={[6, -2]} color="#1f5edb"><DownloadOutlined /></Badge>} onClick={() => setOpen(true)} />
      {open ? <Suspense fallback={null}><ExportsDrawer items={items} onClose={() => setOpen(false)} /></Suspense> : null}
    </>
  )
}

/** What was begun in this tab is saved when it is done; until then a note says how far it is. */
function useAwaited(items: Export[] | null | undefined): void {
  const { t } = useTranslation()
  const { notification, message } = App.useApp()
  const client = useQueryClient()
  const isNoted = useRef(false)
  const closed = useRef(new Set<string>())

  const cancel = async (one: Export) => {
    await remove(`/exports/${one.id}`).catch((error) => message.error(messageOf(error)))
    await client.invalidateQueries({ queryKey: EXPORTS })
  }
  const note = (writing: Export[]) =>
    notification.open({
      key: NOTE, duration: 0, role: 'status', title: t('export.writing'), onClose: () => writing.forEach(({ id }) => closed.current.add(id!)),
      description: (
        <ul className="exports">
          {writing.map((one) => (
            <li key={one.id}>
              <span>{one.title}</span>
              {/* Whoever listens is not told of every row. */}
              <span aria-hidden="true"><ExportProgress one={one} /></span>
              <Button size="small" aria-label={`${t('cancel')} ${one.title}`} onClick={() => void cancel(one)}>{t('cancel')}</Button>
            </li>
          ))}
        </ul>
      ),
    })
  const noteEnd = async (one: Export) => {
    if (one.status === 'failed') return notification.error({ key: one.id!, duration: 0, title: t('export.failed', { title: one.title }), description: one.error })
    try {
      await saveExport(one)
      notification.success({ key: one.id!, duration: SAVED_SECONDS, role: 'status', title: one.file_name, description: t('export.saved') })
    } catch (error) {
      notification.error({ key: one.id!, duration: 0, title: one.file_name, description: messageOf(error) })
    }
  }
  useEffect(() => {
    const awaited = (items ?? []).filter(isAwaited)
    const writing = awaited.filter((one) => isOpen(one) && !closed.current.has(one.id!))
    if (writing.length) note(writing)
    else if (isNoted.current) notification.destroy(NOTE)
    isNoted.current = writing.length > 0
    for (const one of awaited) if (!isOpen(one) && settle(one)) void noteEnd(one)
  }, [items])
}
