import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { mayOpen } from '@/shared/crud/config'
import { useMeta } from '@/shared/meta/meta'

const MODULES = ['customers', 'contacts', 'follow-ups', 'tickets', 'leads', 'opportunities', 'products', 'quotes', 'orders', 'receipts', 'campaigns']

/** The modules whose fields an administrator may shape. */
export function ModulePicker({ value, onChange }: { value: string; onChange: (module: string) => void }) {
  const { t } = useTranslation()
  const offered = MODULES.filter(mayOpen)
  return <Select aria-label={t('role.module')} value={value} onChange={onChange} options={offered.map((module) => ({ value: module, label: t(`menu.${module}`) }))} style={{ minWidth: 160 }} />
}

export const useConfigurable = (module: string) => useMeta(module)
