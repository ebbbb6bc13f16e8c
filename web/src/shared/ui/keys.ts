import { useEffect, useRef, type KeyboardEvent as Pressed } from 'react'

/** Do something at a single key, unless somebody is typing, an input method composes, or a dialog is open. "Ctrl+…" works while typing too. */
export function useKey(keys: string, work: () => void): void {
  const latest = useRef(work)
  latest.current = work
  useEffect(() => {
    const withControl = keys.startsWith('Ctrl+')
    const key = withControl ? keys.slice(5) : keys
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== key || event.isComposing || (event.ctrlKey || event.metaKey) !== withControl || event.altKey || event.defaultPrevented) return
      if ((isTyping(event.target) && !withControl) || document.querySelector('.ant-modal-wrap:not([style*="display: none"]), .ant-drawer-open')) return
      event.preventDefault()
      latest.current()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [keys])
}

/** Enter in a form: with Ctrl it saves, wherever one is; in a date it takes the day that was typed or chosen, and the form stays. */
export function enterInForm(event: Pressed, save: () => void): void {
  if (event.key !== 'Enter') return
  if (event.ctrlKey || event.metaKey) save()
  else if ((event.target as Element).closest('.ant-picker')) event.preventDefault()
}

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.getAttribute('role') === 'combobox')
