import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer } from 'antd'
import { useTranslation } from 'react-i18next'
import { remove } from '@/shared/api/client'
import type { Export } from '@/shared/api/contracts'
import { showMoment } from '@/shared/fields/dates'
import { EXPORTS, isOpen, saveExport } from '@/shared/ui/exports'
import { showSize } from '@/shared/ui/files'
import { messageOf, Nothing } from '@/shared/ui/states'
import { ExportProgress } from './ExportProgress'

/** One's exports of the last days: how far they are, their files, why one failed. */
export function ExportsDrawer({ items, onClose }: { items: Export[]; onClose: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const client = useQueryClient()
  const attempt = async (work: Promise<void>) => {
    await work.catch((error) => message.error(messageOf(error)))
    await client.invalidateQueries({ queryKey: EXPORTS })
  }
  return (
    <Drawer open onClose={onClose} title={t('export.mine')} size={Math.min(440, window.innerWidth)}>
      <p className="quiet">{t('export.kept')}</p>
      {items.length ? (
        <ul className="exports">
          {items.map((one) => (
            <li key={one.id}>
              <strong>{one.file_name}</strong>
              <span className="quiet figure">{showMoment(one.created_at)}{one.size ? ` · ${showSize(one.size)}` : ''}</span>
              {isOpen(one) ? <ExportProgress one={one} /> : null}
              {one.error ? <span className="tone tone-bad">{one.error}</span> : null}
              <span>
                {one.status === 'done' ? <Button size="small" type="primary" aria-label={`${t('export.fetch')} ${one.file_name}`} onClick={() => void attempt(saveExport(one))}>{t('export.fetch')}</Button> : null}
                <Button size="small" aria-label={`${t(isOpen(one) ? 'cancel' : 'export.remove')} ${one.file_name}`} onClick={() => void attempt(remove(`/exports/${one.id}`))}>{t(isOpen(one) ? 'cancel' : 'export.remove')}</Button>
              </span>
            </li>
          ))}
        </ul>
      ) : <Nothing text={t('export.none')} />}
    </Drawer>
  )
}
