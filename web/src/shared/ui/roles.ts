import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '@/shared/api/client'
import type { Role } from '@/shared/api/contracts'

/** All roles, kept for the visit. */
export function useRoles(enabled = true) {
  const { i18n } = useTranslation()
  return useQuery({ queryKey: ['roles', 'every', i18n.language], queryFn: () => get<{ items: Role[] }>('/roles', { page_size: 200, sort: 'code' }), staleTime: 60_000, enabled })
}

/** What a role is called: default roles in the reader's language, others as they were named. */
export function useRoleName() {
  const { t } = useTranslation()
  return (code: string, name?: string | null) => t(`role.${code}`, { defaultValue: name ?? code })
}
