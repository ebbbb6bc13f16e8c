import { DeleteOutlined, PaperClipOutlined, UploadOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Upload } from 'antd'
import { useTranslation } from 'react-i18next'
import { download, get, post, remove } from '@/shared/api/client'
import type { Page } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { saveFile, showSize } from '@/shared/ui/files'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'

interface File_ {
  id: string
  file_name: string
  size: number
  created_at: string
  created_by_name: string
  [key: string]: unknown
}

/** The files of a record. */
export function Attachments({ module, id, mayChange }: { module: string; id: string; mayChange: boolean }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const path = `/${module}/${id}/attachments`
  const files = useQuery({ queryKey: [module, 'attachments', id], queryFn: () => get<Page<File_>>(path) })
  const attempt = async (work: () => Promise<unknown>) => {
    await work().catch((error) => message.error(messageOf(error)))
    await client.invalidateQueries({ queryKey: [module, 'attachments', id] })
  }
  const upload = (file: File) => {
    const form = new FormData()
    form.append('file', file)
    void attempt(() => post(path, form))
    return false
  }
  const fetchFile = (file: File_) => attempt(async () => saveFile((await download(`${path}/${file.id}`)).blob, file.file_name))
  const drop = (file: File_) => modal.confirm({ title: t('action.delete'), content: file.file_name, okText: t('action.delete'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => attempt(() => remove(`${path}/${file.id}`)) })
  if (files.error) return <Failed error={files.error} retry={() => void files.refetch()} />
  if (!files.data) return <Loading rows={3} />
  return (
    <div className="files">
      {mayChange ? <Upload multiple showUploadList={false} beforeUpload={upload}><Button icon={<UploadOutlined />}>{t('files.add')}</Button></Upload> : null}
      {files.data.items.length ? (
        <ul>
          {files.data.items.map((file) => (
            <li key={file.id}>
              <PaperClipOutlined aria-hidden="true" /> <button type="button" className="lnk" onClick={() => void fetchFile(file)}>{file.file_name}</button>{' '}
              <span className="quiet">{showSize(file.size)} · {file.created_by_name} · {showMoment(file.created_at)}</span>
              {mayChange ? <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={`${t('action.delete')} ${file.file_name}`} onClick={() => drop(file)} /> : null}
            </li>
          ))}
        </ul>
      ) : <Nothing text={t('files.empty')} />}
    </div>
  )
}
