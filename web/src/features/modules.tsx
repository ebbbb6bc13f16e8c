import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { post, remove } from '@/shared/api/client'
import type { ApprovalRule, Impersonation, WorkbenchTemplate } from '@/shared/api/contracts'
import { actAs, may } from '@/shared/api/session'
import type { Row } from '@/shared/api/records'
import type { ModuleConfig } from '@/shared/crud/config'
import { ReferenceText } from '@/shared/fields/Reference'
import { PasswordInput, RoleNames, RolesInput } from './admin/RolesInput'

const AboutModuleInput = lazy(() => import('./reminders/About').then((one) => ({ default: one.AboutModuleInput })))
const AboutRecordInput = lazy(() => import('./reminders/About').then((one) => ({ default: one.AboutRecordInput })))
const Items = lazy(() => import('./documents/PriceListItems').then((one) => ({ default: one.PriceListItems })))
const UserSessions = lazy(() => import('./admin/Sessions').then((one) => ({ default: one.UserSessions })))
const OwnPermissionsInput = lazy(() => import('./admin/permissions').then((one) => ({ default: one.OwnPermissionsInput })))
const PermissionNames = lazy(() => import('./admin/permissions').then((one) => ({ default: one.PermissionNames })))
const TokenLifeInput = lazy(() => import('./admin/Token').then((one) => ({ default: one.TokenLifeInput })))
const TokenMade = lazy(() => import('./admin/Token').then((one) => ({ default: one.TokenMade })))
const CurrencyInput = lazy(() => import('@/shared/fields/WorldInputs').then((one) => ({ default: one.CurrencyInput })))
const TimeZoneInput = lazy(() => import('@/shared/fields/WorldInputs').then((one) => ({ default: one.TimeZoneInput })))
const RuleEditor = lazy(() => import('./admin/RuleEditor').then((one) => ({ default: one.RuleEditor })))
const RuleSteps = lazy(() => import('./admin/RuleSteps').then((one) => ({ default: one.RuleSteps })))
const TemplateEditor = lazy(() => import('./admin/TemplateEditor').then((one) => ({ default: one.TemplateEditor })))
const TemplateWidgets = lazy(() => import('./admin/TemplateWidgets').then((one) => ({ default: one.TemplateWidgets })))
const Deactivate = lazy(() => import('./admin/Deactivate').then((one) => ({ default: one.Deactivate })))

/** What a module is called in the menu. */
function MenuWord({ module }: { module: unknown }) {
  const { t } = useTranslation()
  return <>{module ? t(`menu.${String(module)}`) : '—'}</>
}

/** Modules that need no folder of their own: a few lines each. */

export const PRODUCTS: ModuleConfig = {
  module: 'products',
  noun: 'product',
  columns: ['name', 'code', 'category', 'unit', 'list_price', 'cost', 'tax_rate', 'is_active'],
  quick: ['is_active'],
  facts: ['code', 'category', 'list_price', 'cost', 'is_active'],
}

export const PRICE_LISTS: ModuleConfig = {
  module: 'price-lists',
  noun: 'price_list',
  columns: ['name', 'currency', 'valid_from', 'valid_to', 'customer_levels', 'is_active', 'updated_at'],
  facts: ['currency', 'valid_from', 'valid_to', 'is_active'],
  inputs: { currency: CurrencyInput },
  detailTabs: [{ key: 'first-items', label: 'price_list.items', Content: Items }],
}

export const REMINDERS: ModuleConfig = {
  module: 'reminders',
  noun: 'reminder',
  ownerless: true,
  columns: ['text', 'remind_at', 'record_id', 'kind', 'status'],
  quick: ['status'],
  inputs: { record_module: AboutModuleInput, record_id: AboutRecordInput },
  cells: { record_module: (row) => <MenuWord module={row.record_module} />, record_id: (row) => <ReferenceText module={String(row.record_module)} id={row.record_id} /> },
  actions: [
    { name: 'done', on: ['row', 'batch'] },
    { name: 'snooze', on: ['row', 'batch'], form: (t) => [{ name: 'until', label: t('reminder.until'), type: 'datetime', required: true }] },
  ],
}

const permitted = (row: Row) => <Suspense fallback="…"><PermissionNames codes={row.permissions as string[]} /></Suspense>

export const USERS: ModuleConfig = {
  module: 'users',
  noun: 'user',
  ownerless: true,
  columns: ['display_name', 'username', 'roles', 'department_id', 'manager_id', 'job_title', 'email', 'is_active'],
  quick: ['is_active'],
  facts: ['username', 'department_id', 'manager_id', 'roles', 'is_active'],
  inputs: { roles: RolesInput, password: PasswordInput, time_zone: TimeZoneInput },
  cells: { roles: (row) => <RoleNames codes={row.roles as string[]} /> },
  actions: [
    { name: 'deactivate', label: 'user.deactivate', on: ['row'], danger: true, allowed: (row) => row.is_active === true && may('user:update'), Dialog: Deactivate },
    { name: 'reactivate', label: 'user.reactivate', on: ['row'], allowed: (row) => row.is_active === false && may('user:update'), confirm: 'user.reactivate_sure' },
    { name: 'reset_two_factor', label: 'user.reset_two_factor', on: ['row'], allowed: (row) => row.is_active === true && may('user:update'), confirm: 'user.reset_two_factor_sure', run: ([row]) => post(`/users/${row!.id}/reset-two-factor`) },
    { name: 'impersonate', on: ['row'], run: async ([row], values) => actAs(await post<Impersonation>(`/users/${row!.id}/impersonate`, { ...values, version: row!.version })), next: () => '/' },
  ],
  detailTabs: [{ key: 'sessions', label: 'session.title', permission: 'session:read', Content: UserSessions }],
}

export const DEPARTMENTS: ModuleConfig = { module: 'departments', noun: 'department', ownerless: true, columns: ['name', 'parent_id', 'updated_at'] }

export const API_TOKENS: ModuleConfig = {
  module: 'api-tokens',
  noun: 'api_token',
  columns: ['name', 'prefix', 'permissions', 'expires_at', 'last_used_at', 'owner_name'],
  facts: ['prefix', 'owner_name', 'expires_at', 'last_used_at'],
  inputs: { permissions: OwnPermissionsInput, expires_at: TokenLifeInput },
  cells: { permissions: permitted },
  actions: [{ name: 'revoke', needs: 'delete', label: 'token.revoke', on: ['row'], danger: true, confirm: 'token.revoke_sure', run: ([row]) => remove(`/api-tokens/${row!.id}`) }],
  Made: TokenMade,
}

export const APPROVAL_RULES: ModuleConfig = {
  module: 'approval-rules',
  noun: 'approval_rule',
  ownerless: true,
  facts: ['is_active', 'min_amount', 'min_discount', 'max_margin', 'may_approve_own'],
  actions: [{ name: 'edit', needs: 'update', label: 'action.edit', on: ['row'], Dialog: ({ rows: [rule], onClose }) => <RuleEditor rule={rule as ApprovalRule} onClose={onClose} /> }],
  detailTabs: [{ key: 'first-steps', label: 'rule.steps', Content: ({ row }) => <RuleSteps steps={(row as ApprovalRule).steps} /> }],
}

export const WORKBENCH_TEMPLATES: ModuleConfig = {
  module: 'workbench-templates',
  noun: 'workbench_template',
  path: 'workbench/templates',
  ownerless: true,
  facts: ['roles', 'is_active'],
  cells: { roles: (row) => <RoleNames codes={row.roles as string[]} /> },
  actions: [{ name: 'edit', needs: 'update', label: 'action.edit', on: ['row'], Dialog: ({ rows: [row], onClose }) => <TemplateEditor template={row as WorkbenchTemplate} onClose={onClose} /> }],
  detailTabs: [{ key: 'first-widgets', label: 'template.widgets', Content: ({ row }) => <TemplateWidgets widgets={(row as WorkbenchTemplate).widgets ?? []} /> }],
}

export const ROLES: ModuleConfig = { module: 'roles', noun: 'role', ownerless: true, columns: ['name', 'code', 'updated_at'], readOnly: true, cells: { permissions: permitted } }
