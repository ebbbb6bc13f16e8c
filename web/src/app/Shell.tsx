import '@/features'
import { LogoutOutlined, MenuOutlined, QuestionCircleOutlined, SearchOutlined, UserOutlined } from '@ant-design/icons'
import { Button, Dropdown, Menu, Modal, type MenuProps } from 'antd'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useNavigate } from 'react-router'
import { actAsOneself, logOut, may, useSession } from '@/shared/api/session'
import { ActionProvider } from '@/shared/crud/actions'
import { showMoment } from '@/shared/fields/dates'
import { useKey } from '@/shared/ui/keys'
import { Busy } from '@/shared/ui/states'
import { useWide } from '@/shared/ui/useWide'
import { Bell } from './Bell'
import { ExportTray } from './ExportTray'
import { LanguageSwitch } from './LanguageSwitch'
import { useLive } from './live'
import { MENU, visibleMenu, type MenuEntry } from './menu'

const RailDrawer = lazy(() => import('./RailDrawer').then((one) => ({ default: one.RailDrawer })))
const SearchEverywhere = lazy(() => import('./SearchEverywhere').then((one) => ({ default: one.SearchEverywhere })))

/** The frame of every page: rail, header, content. */
export default function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const wide = useWide(992)
  const account = useSession((state) => state.account)
  const acts = useSession((state) => state.actsUntil)
  const [open, setOpen] = useState(false)
  const [help, setHelp] = useState(false)
  const online = useOnline()
  const [searching, setSearching] = useState(false)
  useLive()
  useKey('?', () => setHelp(true))
  useKey('Ctrl+k', () => setSearching(true))
  useEffect(() => setOpen(false), [pathname])

  const rail = <Rail />
  return (
    <ActionProvider>
      <a className="skip" href="#content">{t('frame.skip')}</a>
      <div className="frame">
        {wide ? <nav className="rail" aria-label={t('frame.menu')}>{rail}</nav> : <Suspense fallback={null}><RailDrawer open={open} onClose={() => setOpen(false)}>{rail}</RailDrawer></Suspense>}
        <div className="frame-body">
          {acts ? <p className="acting" role="status">{t('acting.banner', { name: account?.display_name, at: showMoment(acts) })} <Button size="small" onClick={() => void actAsOneself()}>{t('acting.end')}</Button></p> : null}
          <header className="top">
            {wide ? null : <Button type="text" icon={<MenuOutlined />} aria-label={t('frame.menu')} onClick={() => setOpen(true)} />}
            <button type="button" className="search-all" aria-keyshortcuts="Control+K" onClick={() => setSearching(true)}><SearchOutlined aria-hidden="true" /><span className="narrow-sr">{t('search.title')}</span><kbd className="wide-only">Ctrl K</kbd></button>
            <span className="grow" />
            <LanguageSwitch />
            <Button className="wide-only" type="text" icon={<QuestionCircleOutlined />} aria-label={t('help.title')} onClick={() => setHelp(true)} />
            <ExportTray />
            {may('reminder:read') ? <Bell /> : null}
            <Dropdown trigger={['click']} menu={{
              items: acts ? [{ key: 'end', icon: <LogoutOutlined />, label: t('acting.end') }] : [{ key: 'profile', icon: <UserOutlined />, label: t('menu.profile') }, { key: 'out', icon: <LogoutOutlined />, label: t('frame.log_out') }],
              onClick: ({ key }) => void (key === 'end' ? actAsOneself() : key === 'out' ? logOut().then(() => navigate('/login', { replace: true })) : navigate('/profile')),
            }}>
              <Button className="me" type="text" icon={<UserOutlined />}>{account?.display_name}</Button>
            </Dropdown>
          </header>
          {online ? null : <p className="offline" role="alert">{t('frame.offline')}</p>}
          <main id="content" tabIndex={-1}>{children}</main>
        </div>
      </div>
      <Modal open={help} title={t('help.title')} footer={null} onCancel={() => setHelp(false)}>
        <dl className="keys">
          {['Ctrl+K', '/', 'j', 'k', 'n', 'Ctrl+Enter', 'Esc', 'Tab', '?'].map((key) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(`help.${key}`)}</dd></div>)}
        </dl>
      </Modal>
      {searching ? <Suspense fallback={<Busy />}><SearchEverywhere onClose={() => setSearching(false)} /></Suspense> : null}
    </ActionProvider>
  )
}

/** When a group of the menu has opened, in milliseconds. */
const OPENED = 300

type MenuItem = NonNullable<MenuProps['items']>[number]

function Rail() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const permissions = useSession((state) => state.permissions)
  const entries = visibleMenu(MENU, (permission) => may(permission, permissions))
  const flat = entries.flatMap((entry) => entry.children ?? [entry])
  const fitting = flat.map(({ key }) => key).filter((key) => pathname === key || (key !== '/' && pathname.startsWith(`${key}/`)))
  const chosen = fitting.sort((one, other) => other.length - one.length).slice(0, 1)
  const group = entries.find((entry) => entry.children?.some((child) => chosen.includes(child.key)))?.key
  const [open, setOpen] = useState<string[]>([])
  useEffect(() => {
    if (group) setOpen([group])
  }, [group])
  // On a low screen the entry may stand below what is seen of a long menu.
  useEffect(() => {
    const timer = setTimeout(() => document.querySelector('.rail .ant-menu-item-selected')?.scrollIntoView({ block: 'nearest' }), OPENED)
    return () => clearTimeout(timer)
  }, [chosen[0]])
  const item = (entry: MenuEntry): MenuItem =>
    entry.children ? { key: entry.key, icon: entry.icon, label: t(entry.label), children: entry.children.map(item) } : { key: entry.key, icon: entry.icon, label: <Link to={entry.key}>{t(entry.label)}</Link> }
  return (
    <>
      <Link className="brand" to="/"><img src="/icon.svg" alt="" width={28} height={28} />{t('product')}</Link>
      <Menu mode="inline" theme="dark" inlineIndent={20} selectedKeys={chosen} openKeys={open} onOpenChange={setOpen} items={entries.map(item)} />
    </>
  )
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const tell = () => setOnline(navigator.onLine)
    window.addEventListener('online', tell)
    window.addEventListener('offline', tell)
    return () => (window.removeEventListener('online', tell), window.removeEventListener('offline', tell))
  }, [])
  return online
}
