import { InboxOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Modal, Progress, Radio, Select, Steps, Table, Upload } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { download, get, post } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'
import { useSession } from '@/shared/api/session'
import { showNumber } from '@/shared/fields/money'
import { formFields, inSentence } from '@/shared/meta/meta'
import type { Meta } from '@/shared/meta/types'
import { saveFile } from '@/shared/ui/files'
import { messageOf } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'

interface Job {
  id: string
  status: 'checking' | 'checked' | 'importing' | 'done' | 'failed'
  total: number
  progress: number
  columns: { heading: string; field: string | null; is_matched: boolean }[]
  counts: { created: number; updated: number; skipped: number; bad: number }
  bad_rows: { row: number; errors: RowError[] }[]
  can_commit: boolean
}

interface RowError { heading: string; value: string | null; detail: string }

const LEFT_OUT = '-'
const BUSY = ['checking', 'importing']

/**
 * Bring records in from a spreadsheet: template, file, columns, a rehearsal with its bad rows, then the import itself.
 * It goes on when one leaves; whoever comes back finds it where it is.
 */
export function ImportWizard({ meta, onClose }: { meta: Meta; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [duplicates, setDuplicates] = useState('skip')
  const [jobId, setJobId] = useKept(`highseas.import.${useSession((state) => state.account?.id)}.${meta.module}`)
  const [sending, once] = useOnce()
  // It stands until something else is tried: what is wrong with a file takes longer to read than a message stays.
  const [refused, setRefused] = useState<string | null>(null)
  const { data: job, error } = useQuery({
    queryKey: ['import', jobId],
    queryFn: () => get<Job>(`/imports/${jobId}`),
    enabled: Boolean(jobId),
    refetchInterval: ({ state }) => (!state.data || BUSY.includes(state.data.status) ? 700 : false),
  })

  // What was kept may be gone: imports are not kept for ever.
  useEffect(() => {
    if (error instanceof Problem && error.status === 404) setJobId(null)
  }, [error])

  const attempt = (work: () => Promise<void>) => {
    setRefused(null)
    return once(() => work().catch((error) => setRefused(messageOf(error))))
  }
  const send = (mapping?: Record<string, string | null>) =>
    attempt(async () => {
      const form = new FormData()
      form.append('file', file!)
      form.append('duplicates', duplicates)
      if (mapping) form.append('mapping', JSON.stringify(mapping))
      const begun = await post<Job>(`/${meta.module}/import`, form)
      setJobId(begun.id)
    })
  const commit = () =>
    attempt(async () => {
      client.setQueryData(['import', jobId], await post<Job>(`/imports/${jobId}/commit`))
    })
  const fetchFile = (path: string) =>
    attempt(async () => {
      const found = await download(path, { format: 'xlsx' })
      saveFile(found.blob, found.name)
    })

  const step = !jobId ? 0 : job?.status === 'done' || job?.status === 'importing' ? 2 : 1
  const finish = () => {
    if (job && !BUSY.includes(job.status) && job.status !== 'checked') setJobId(null)
    void client.invalidateQueries({ queryKey: [meta.module] })
    onClose()
  }
  return (
    <Modal open width={760} title={t('import.title', { what: inSentence(meta.label_plural) })} onCancel={finish} footer={
      <div className="drawer-foot">
        {step === 0 ? <Button type="primary" disabled={!file} loading={sending} onClick={() => void send()}>{t('import.check')}</Button> : null}
        {step === 1 && (job?.status === 'checked' || job?.status === 'failed') ? <Button onClick={() => setJobId(null)}>{t('import.again')}</Button> : null}
        {step === 1 && job?.status === 'checked' ? <Button type="primary" disabled={!job.can_commit} loading={sending} onClick={() => void commit()}>{t('import.commit', { count: job.counts.created + job.counts.updated })}</Button> : null}
        {job?.status === 'done' ? <Button onClick={() => void fetchFile(`/imports/${jobId}/result`)}>{t('import.result')}</Button> : null}
        {job?.status === 'done' ? <Button type="primary" onClick={finish}>{t('close')}</Button> : null}
      </div>
    }>
      <Steps size="small" current={step} status={job?.status === 'done' ? 'finish' : 'process'} items={[{ title: t('import.step_file') }, { title: t('import.step_check') }, { title: t('import.step_done') }]} />
      <div className="wizard">
        {refused ? <Alert type="error" showIcon title={refused} role="alert" /> : null}
        {step === 0 ? (
          <>
            <p>{t('import.hint')} <button type="button" className="lnk" onClick={() => void fetchFile(`/${meta.module}/import-template`)}>{t('import.template')}</button></p>
            <Upload.Dragger accept=".xlsx,.csv" maxCount={1} beforeUpload={(chosen) => (setRefused(null), setFile(chosen), false)} onRemove={() => setFile(null)} fileList={file ? [{ uid: '1', name: file.name }] : []}>
              <p><InboxOutlined style={{ fontSize: 32 }} /></p>
              <p>{t('import.drop')}</p>
            </Upload.Dragger>
            <p className="label">{t('import.duplicates')}</p>
            <Radio.Group value={duplicates} onChange={(event) => setDuplicates(event.target.value)} options={['skip', 'update', 'create'].map((value) => ({ value, label: t(`import.${value}`) }))} />
          </>
        ) : null}
        {job && BUSY.includes(job.status) ? <Progress percent={job.total ? Math.round((100 * job.progress) / job.total) : 0} aria-label={t('import.progress')} /> : null}
        {job?.status === 'failed' ? <p role="alert">{t('import.failed')}</p> : null}
        {job && ['checked', 'done'].includes(job.status) ? <Outcome job={job} /> : null}
        {job?.status === 'checked' && job.counts.bad ? <Alert type="warning" showIcon title={t('import.mend', { count: job.counts.bad })} /> : null}
        {job?.status === 'checked' && file ? <Mapping job={job} meta={meta} onChange={(mapping) => void send(mapping)} /> : null}
      </div>
    </Modal>
  )
}

/** A word that outlives the page. */
function useKept(key: string): [string | null, (value: string | null) => void] {
  const [value, setValue] = useState(() => localStorage.getItem(key))
  const keep = (next: string | null) => {
    if (next) localStorage.setItem(key, next)
    else localStorage.removeItem(key)
    setValue(next)
  }
  return [value, keep]
}

function Outcome({ job }: { job: Job }) {
  const { t, i18n } = useTranslation()
  return (
    <>
      <ul className="counts">
        {(['created', 'updated', 'skipped', 'bad'] as const).map((key) => <li key={key}><b>{showNumber(job.counts[key], i18n.language)}</b> {t(`import.count_${key}`)}</li>)}
      </ul>
      {job.bad_rows.length ? (
        <Table size="small" rowKey="row" pagination={false} scroll={{ y: 220 }} dataSource={job.bad_rows} columns={[
          { title: t('import.row'), dataIndex: 'row', width: 80 },
          { title: t('batch.reason'), render: (_, bad) => bad.errors.map((error) => <div key={error.heading + error.detail}>{told(error)}</div>) },
        ]} />
      ) : null}
    </>
  )
}

/** The column, what stands there, and what is wrong with it. */
const told = ({ heading, value, detail }: RowError) => [heading, value, detail].filter(Boolean).join(': ')

function Mapping({ job, meta, onChange }: { job: Job; meta: Meta; onChange: (mapping: Record<string, string | null>) => void }) {
  const { t } = useTranslation()
  // What nobody chose yet stays open: only what is said goes into the mapping.
  const matched = job.columns.filter((column) => column.is_matched)
  const unmatched = job.columns.length - matched.length
  const options = [{ value: LEFT_OUT, label: t('import.left_out') }, ...formFields(meta).map((field) => ({ value: field.name, label: field.label }))]
  const choose = (heading: string, chosen: string) =>
    onChange({ ...Object.fromEntries(matched.map((one) => [one.heading, one.field])), [heading]: chosen === LEFT_OUT ? null : chosen })
  return (
    <details open={unmatched > 0}>
      <summary>{t('import.mapping')}</summary>
      {unmatched ? <Alert type="warning" showIcon title={t('import.unmatched', { count: unmatched })} /> : null}
      <div className="mapping">
        {job.columns.map((column) => (
          <label key={column.heading}>
            <span>{column.heading}</span>
            <Select placeholder={t('import.choose_field')} value={column.is_matched ? (column.field ?? LEFT_OUT) : undefined} options={options}
              status={column.is_matched ? undefined : 'warning'} onChange={(chosen) => choose(column.heading, chosen)} />
          </label>
        ))}
      </div>
    </details>
  )
}
