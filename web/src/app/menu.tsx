import { BarChartOutlined, BellOutlined, ClusterOutlined, ContactsOutlined, CustomerServiceOutlined, DashboardOutlined, FileDoneOutlined, FileTextOutlined, PhoneOutlined, ProfileOutlined, SettingOutlined, ShoppingOutlined, TagsOutlined, TeamOutlined, WalletOutlined } from '@ant-design/icons'
import type { ReactNode } from 'react'

export interface MenuEntry {
  key: string
  label: string
  icon?: ReactNode
  permission?: string
  children?: MenuEntry[]
}

/** The menu; entries without the permission are not shown. Labels are keys of our texts. */
export const MENU: MenuEntry[] = [
  { key: '/', label: 'menu.workbench', icon: <DashboardOutlined /> },
  { key: '/customers', label: 'menu.customers', icon: <TeamOutlined />, permission: 'customer:read' },
  { key: '/contacts', label: 'menu.contacts', icon: <ContactsOutlined />, permission: 'contact:read' },
  { key: '/follow-ups', label: 'menu.follow-ups', icon: <PhoneOutlined />, permission: 'follow_up:read' },
  {
    key: 'pool',
    label: 'menu.pool',
    icon: <ClusterOutlined />,
    children: [
      { key: '/extension-requests', label: 'menu.extension-requests', permission: 'pool:read' },
      { key: '/pool/statistics', label: 'menu.pool-statistics', permission: 'pool:read' },
    ],
  },
  {
    key: 'service',
    label: 'menu.service',
    icon: <CustomerServiceOutlined />,
    children: [
      { key: '/tickets', label: 'menu.tickets', permission: 'ticket:read' },
      { key: '/articles', label: 'menu.articles', permission: 'article:read' },
      { key: '/tickets/statistics', label: 'menu.ticket-statistics', permission: 'ticket:read' },
    ],
  },
  { key: '/quotes', label: 'menu.quotes', icon: <FileTextOutlined />, permission: 'quote:read' },
  { key: '/orders', label: 'menu.orders', icon: <FileDoneOutlined />, permission: 'order:read' },
  { key: '/payment-plans', label: 'menu.payment-plans', icon: <ProfileOutlined />, permission: 'payment_plan:read' },
  { key: '/receipts', label: 'menu.receipts', icon: <WalletOutlined />, permission: 'receipt:read' },
  { key: '/products', label: 'menu.products', icon: <ShoppingOutlined />, permission: 'product:read' },
  { key: '/price-lists', label: 'menu.price-lists', icon: <TagsOutlined />, permission: 'price_list:read' },
  {
    key: 'reports',
    label: 'menu.reports',
    icon: <BarChartOutlined />,
    permission: 'report:read',
    children: [
      { key: '/summary/gross-margin', label: 'menu.gross-margin', permission: 'report:read' },
      { key: '/summary/sales-detail', label: 'menu.sales-detail', permission: 'report:read' },
    ],
  },
  { key: '/reminders', label: 'menu.reminders', icon: <BellOutlined />, permission: 'reminder:read' },
  {
    key: 'admin',
    label: 'menu.admin',
    icon: <SettingOutlined />,
    children: [
      { key: '/admin/organisation', label: 'menu.organisation', permission: 'organisation:settings' },
      { key: '/users', label: 'menu.users', permission: 'user:update' },
      { key: '/departments', label: 'menu.departments', permission: 'department:update' },
      { key: '/admin/roles', label: 'menu.roles', permission: 'role:update' },
      { key: '/admin/pool', label: 'menu.pool-settings', permission: 'pool:settings' },
      { key: '/pools', label: 'menu.pools', permission: 'pool:settings' },
      { key: '/approval-rules', label: 'menu.approval-rules', permission: 'approval_rule:update' },
      { key: '/workbench-templates', label: 'menu.workbench-templates', permission: 'workbench_template:update' },
      { key: '/admin/instalments', label: 'menu.instalments', permission: 'finance:settings' },
      { key: '/admin/service-levels', label: 'menu.service-levels', permission: 'ticket:settings' },
      { key: '/admin/mail', label: 'menu.mail', permission: 'mail:settings' },
      { key: '/admin/dictionaries', label: 'menu.dictionaries', permission: 'module:configure' },
      { key: '/admin/fields', label: 'menu.fields', permission: 'module:configure' },
      { key: '/admin/numbering', label: 'menu.numbering', permission: 'module:configure' },
      { key: '/api-tokens', label: 'menu.api-tokens', permission: 'api_token:read' },
      { key: '/admin/audit-log', label: 'menu.audit-log', permission: 'audit:read' },
      { key: '/admin/system', label: 'menu.system-status', permission: 'system:status' },
    ],
  },
]

/** The part of the menu that somebody with these permissions sees. */
export function visibleMenu(entries: MenuEntry[], allowed: (permission?: string) => boolean): MenuEntry[] {
  return entries.flatMap((entry) => {
    if (!allowed(entry.permission)) return []
    if (!entry.children) return [entry]
    const children = visibleMenu(entry.children, allowed)
    return children.length ? [{ ...entry, children }] : []
  })
}
