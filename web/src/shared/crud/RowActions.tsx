import { MoreOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { titleOf, type Row } from '@/shared/api/records'
import type { Meta } from '@/shared/meta/types'
import { useWide } from '@/shared/ui/useWide'
import { actionsOf, type ActionConfig, type ModuleConfig } from './config'
import { allows, labelOf, useAct } from './actions'
import { useStandard } from './standard'
import { spanOf } from './widths'

const ACTIONS_WIDTH = 240
const PADDING = 20
const MORE_WIDTH = 28
const GAP = 12

/** What stands behind ⋮ even where there is room. */
const QUIET = new Set(['delete', 'empty', 'deactivate', 'reset_two_factor', 'impersonate'])

interface Offer {
  near: ActionConfig[]
  far: ActionConfig[]
}

/** The first two of some words, as far as they fit into the column of actions. */
function fitting<T>(some: T[], wordOf: (one: T) => string): T[] {
  let left = ACTIONS_WIDTH - PADDING - MORE_WIDTH
  return some.slice(0, 2).filter((one, index) => (left -= spanOf(wordOf(one)) + GAP) >= 0 || index === 0)
}

/** How wide what a row allows is. */
const roomOf = ({ near, far }: Offer, wordOf: (one: ActionConfig) => string) =>
  PADDING + near.reduce((sum, one) => sum + spanOf(wordOf(one)) + GAP, 0) + (far.length ? MORE_WIDTH : 0)

/** What rows allow: two things at most, as far as there is room, the rest behind ⋮; four at the head of a page that is wide. */
function useOffers(config: ModuleConfig, meta: Meta, onEdit: (row: Row) => void) {
  const { t } = useTranslation()
  const standard = useStandard(config, onEdit)
  const wide = useWide(768)
  const word = (action: ActionConfig) => labelOf(action, meta, t)
  const of = (row: Row, all?: boolean, head?: boolean): Offer => {
    const offered = [...actionsOf(config, meta).filter((action) => action.on.includes('row')), ...standard].filter((action) => allows(row, action))
    // Another owner for a record is a quiet matter; a module's own way of assigning is not.
    const loud = offered.filter((action) => !QUIET.has(action.name) && !(action.name === 'assign' && standard.includes(action)))
    loud.sort((one, other) => Number(one.danger ?? false) - Number(other.danger ?? false))
    const near = all ? [...loud, ...offered.filter((action) => !loud.includes(action))].slice(0, wide ? 4 : 2) : head ? loud.slice(0, wide ? 4 : 2) : fitting(loud, word)
    return { near, far: offered.filter((action) => !near.includes(action)) }
  }
  return { of, word }
}

/** How wide the column of actions is for what these rows allow; 0 where none allows anything. */
export function useRoom(config: ModuleConfig, meta: Meta, rows: Row[], onEdit: (row: Row) => void): number {
  const offers = useOffers(config, meta, onEdit)
  const room = Math.max(...rows.map((row) => roomOf(offers.of(row), offers.word)))
  return room > PADDING ? room : 0
}

/** Whether an action is what one comes to a record for. */
const isMain = (action: ActionConfig, meta: Meta) => action.primary ?? meta.actions.find((one) => one.name === action.name)?.tone === 'good'

/** What can be done with a row, as links and a menu: two, or as many as four (`all`); at the `head` of its page as buttons. */
export function RowActions({ config, meta, row, onEdit, all, head }: { config: ModuleConfig; meta: Meta; row: Row; onEdit: (row: Row) => void; all?: boolean; head?: boolean }) {
  const { t } = useTranslation()
  const act = useAct()
  const offers = useOffers(config, meta, onEdit)
  const [opened, setOpened] = useState<boolean | null>(null)
  const { near, far } = offers.of(row, all, head)
  const main = near.find((action) => isMain(action, meta))
  const start = (action: ActionConfig) => (action.name === 'update' && !action.to ? onEdit(row) : act({ action, meta, rows: [row], batch: false }))
  if (!near.length && !far.length) return null
  const more = <button type="button" className={head ? 'more' : 'lnk icon'} aria-label={t('list.more', { name: titleOf(row) })} aria-haspopup="menu" onClick={() => setOpened(true)}><MoreOutlined /></button>
  return (
    <span className="row-actions">
      {near.map((action) =>
        head ? <Button key={action.name} type={action === main ? 'primary' : 'default'} danger={action.danger} onClick={() => start(action)}>{offers.word(action)}</Button>
        : <button key={action.name} type="button" className={action.danger ? 'lnk danger' : 'lnk'} onClick={() => start(action)}>{offers.word(action)}</button>,
      )}
      {far.length === 0 ? null : opened !== null ? (
        <Dropdown open={opened} onOpenChange={setOpened} trigger={['click']} menu={{ items: far.map((action) => ({ key: action.name, label: offers.word(action), danger: action.danger })), onClick: ({ key }) => start(far.find((one) => one.name === key)!) }}>
          {more}
        </Dropdown>
      ) : more}
    </span>
  )
}
