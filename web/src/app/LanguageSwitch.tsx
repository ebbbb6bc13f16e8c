import { GlobalOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { useTranslation } from 'react-i18next'
import { call } from '@/shared/api/client'
import { useSession } from '@/shared/api/session'
import { LANGUAGES, speak } from './i18n'

/** Another language at once; remembered here and, when somebody is logged in, for them. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation()
  const choose = async (language: string) => {
    localStorage.setItem('highseas.language-chosen', '1')
    await speak(language)
    const { account, actsUntil } = useSession.getState()
    if (account && !actsUntil) await call('PATCH', '/auth/me', { body: { language } }).catch(() => undefined)
  }
  const now = LANGUAGES.find(({ value }) => value === i18n.language)
  return (
    <Dropdown trigger={['click']} menu={{ items: LANGUAGES.map(({ value, label }) => ({ key: value, label: <span lang={value}>{label}</span> })), selectedKeys: [i18n.language], onClick: ({ key }) => void choose(key) }}>
      <Button type="text" icon={<GlobalOutlined />} aria-label={`${t('frame.language')}: ${now?.label ?? ''}`}><span className="wide-only">{now?.label}</span></Button>
    </Dropdown>
  )
}
