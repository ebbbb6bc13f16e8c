import { DownloadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Query } from '@/shared/api/client'
import { beginExport, EXPORTS, FORMATS } from './exports'
import { messageOf } from './states'

/** Takes along what a list shows, as a file; `query` is what narrows and sorts it. It is written in the background: the frame shows how far it is. */
export function ExportButton({ path, query }: { path: string; query: Query }) {
  const { t } = useTranslation()
  const [beginning, begin] = useExport(path, query)
  return (
    <Dropdown trigger={['click']} menu={{ items: FORMATS, onClick: ({ key }) => void begin(key) }}>
      <Button icon={<DownloadOutlined />} loading={beginning}>{t('export.button')}</Button>
    </Dropdown>
  )
}

/** Whether an export is being begun, and begins one in a format. */
export function useExport(path: string, query: Query): [boolean, (format: string) => Promise<void>] {
  const { message } = App.useApp()
  const client = useQueryClient()
  const [beginning, setBeginning] = useState(false)
  const begin = async (format: string) => {
    setBeginning(true)
    await beginExport(path, { ...query, format }).catch((error) => message.error(messageOf(error)))
    setBeginning(false)
    await client.invalidateQueries({ queryKey: EXPORTS })
  }
  return [beginning, begin]
}
