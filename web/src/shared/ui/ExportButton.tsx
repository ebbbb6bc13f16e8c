import { DownloadOutlined } from '@ant-design/icons'
import { App, Button, Dropdown } from 'antd'
import { useTranslation } from 'react-i18next'
import { download, type Query } from '@/shared/api/client'
import { saveFile } from './files'
import { messageOf } from './states'

/** Takes along what a list shows, as a file; `query` is what narrows and sorts it. */
export function ExportButton({ path, query }: { path: string; query: Query }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const exported = async (format: string) => {
    try {
      const file = await download(`${path}/export`, { ...query, format })
      saveFile(file.blob, file.name)
    } catch (error) {
      message.error(messageOf(error))
    }
  }
  return (
    <Dropdown trigger={['click']} menu={{ items: [{ key: 'xlsx', label: 'Excel (.xlsx)' }, { key: 'csv', label: 'CSV (.csv)' }], onClick: ({ key }) => void exported(key) }}>
      <Button icon={<DownloadOutlined />}>{t('export.button')}</Button>
    </Dropdown>
  )
}
