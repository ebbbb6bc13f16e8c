import { Drawer } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** The menu where the screen has no room for it beside the page. */
export function RailDrawer({ open, onClose, children }: { open: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation()
  return <Drawer open={open} onClose={onClose} placement="left" size={240} rootClassName="rail-drawer" title={t('product')}>{children}</Drawer>
}
