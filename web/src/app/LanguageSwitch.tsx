import { GlobalOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { useTranslation } from 'react-i18next'
import { LANGUAGES } from './i18n'
import { choose } from './language'

/** The languages behind a button. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation()
  const now = LANGUAGES.find(({ value }) => value === i18n.language)
  return (
    <Dropdown trigger={['click']} menu={{ items: LANGUAGES.map(({ value, label }) => ({ key: value, label: <span lang={value}>{label}</span> })), selectedKeys: [i18n.language], onClick: ({ key }) => void choose(key) }}>
      <Button type="text" icon={<GlobalOutlined />} aria-label={`${t('frame.language')}: ${now?.label ?? ''}`}><span className="wide-only">{now?.label}</span></Button>
    </Dropdown>
  )
}
