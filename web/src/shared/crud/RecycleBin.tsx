import { ArrowLeftOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Pagination, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get, post } from '@/shared/api/client'
import { titleOf, type BatchResult, type Page, type Row } from '@/shared/api/records'
import { showMoment } from '@/shared/fields/dates'
import { Failed, Loading, messageOf, Nothing } from '@/shared/ui/states'
import { useOnce } from '@/shared/ui/useOnce'
import { pathOf } from './config'

/** What was deleted of a module: bring it back, or, as an administrator, remove it for good. */
export function RecycleBin({ module }: { module: string }) {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [page, setPage] = useState(1)
  const [ticked, setTicked] = useState<Row[]>([])
  const [busy, once] = useOnce()
  const bin = useQuery({ queryKey: [module, 'deleted', page], queryFn: () => get<Page>(`${pathOf(module)}/deleted`, { page }), placeholderData: keepPreviousData })
  if (bin.error) return <Failed error={bin.error} retry={() => void bin.refetch()} />
  if (!bin.data) return <Loading />
  const act = async (name: 'restore' | 'purge') => {
    try {
      const result = await post<BatchResult>(`${pathOf(module)}/batch-${name}`, { ids: ticked.map((row) => row.id) })
      message.success(t('batch.succeeded', { count: result.succeeded, label: t(`bin.${name}`) }))
      result.failed.forEach((one) => message.error(one.detail))
      setTicked([])
      await client.invalidateQueries({ queryKey: [module] })
    } catch (error) {
      message.error(messageOf(error))
    }
  }
  const purge = () => modal.confirm({ title: t('bin.purge'), content: t('bin.purge_sure', { count: ticked.length }), okText: t('bin.purge'), okButtonProps: { danger: true }, cancelText: t('cancel'), onOk: () => act('purge') })
  return (
    <section className="page">
      <Link className="lnk back" to={`/${module}`}><ArrowLeftOutlined aria-hidden="true" /> {t(`menu.${module}`)}</Link>
      <h1 className="page-title">{t('bin.title')}</h1>
      <div className="card list-card">
        <div className="tools">
          <Button type="primary" disabled={!ticked.length} loading={busy} onClick={() => void once(() => act('restore'))}>{t('bin.restore')}</Button>
          {bin.data.items.some((row) => row.can?.includes('purge')) ? <Button danger disabled={!ticked.length} onClick={purge}>{t('bin.purge')}</Button> : null}
        </div>
        {bin.data.items.length ? (
          <Table<Row> size="middle" rowKey="id" pagination={false} dataSource={bin.data.items}
            rowSelection={{ selectedRowKeys: ticked.map((row) => row.id), onChange: (_, rows) => setTicked(rows), getCheckboxProps: (row) => ({ 'aria-label': titleOf(row) }), getTitleCheckboxProps: () => ({ 'aria-label': t('list.tick_all') }) }}
            columns={[
              { title: t('batch.record'), render: (_, row) => titleOf(row) },
              { title: t('bin.when'), dataIndex: 'deleted_at', render: showMoment },
              { title: t('bin.who'), dataIndex: 'deleted_by_name', render: (name) => name ?? '—' },
            ]} />
        ) : <Nothing text={t('bin.empty')} />}
        {bin.data.total > 20 ? <Pagination className="pages" current={page} pageSize={20} total={bin.data.total} showSizeChanger={false} onChange={setPage} /> : null}
      </div>
    </section>
  )
}
