import { DeleteOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useMeta } from '@/shared/meta/meta'

/** To what was deleted of a module, where it is kept and one may see it. */
export function BinLink({ module }: { module: string }) {
  const { t } = useTranslation()
  const meta = useMeta(module)
  return meta.data?.operations?.includes('deleted') ? <Link to={`/${module}/deleted`} className="tool-link" aria-label={t('bin.title')} title={t('bin.title')}><DeleteOutlined /></Link> : null
}
