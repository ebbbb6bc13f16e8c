import { App } from 'antd'
import { useCallback, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useBeforeUnload, useBlocker } from 'react-router'

/**
 * Asks before somebody leaves what they typed and did not save: by a link, by the browser's way back, by closing or reloading the page.
 * Gives what asks the same before anything else that would lose it.
 */
export function useLeaving(unsaved: boolean): (leave: () => void) => void {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const ask = (leave: () => void, stay?: () => void) => void modal.confirm({ title: t('form.leave'), okText: t('form.leave_yes'), cancelText: t('form.leave_no'), autoFocusButton: 'cancel', onOk: leave, onCancel: stay })
  const blocker = useBlocker(({ currentLocation, nextLocation }) => unsaved && currentLocation.pathname !== nextLocation.pathname)
  useBeforeUnload(useCallback((event: BeforeUnloadEvent) => unsaved && event.preventDefault(), [unsaved]))
  useEffect(() => {
    if (blocker.state === 'blocked') ask(() => blocker.proceed(), () => blocker.reset())
  }, [blocker.state])
  return (leave) => (unsaved ? ask(leave) : leave())
}
