import { call } from '@/shared/api/client'
import { useSession } from '@/shared/api/session'
import { speak } from './i18n'

/** Another language at once; remembered here and, when somebody is logged in, for them. */
export async function choose(language: string): Promise<void> {
  localStorage.setItem('highseas.language-chosen', '1')
  await speak(language)
  const { account, actsUntil } = useSession.getState()
  if (account && !actsUntil) await call('PATCH', '/auth/me', { body: { language } }).catch(() => undefined)
}
