import { useRef, useState } from 'react'

/** One piece of work at a time: while it is under way `busy` is true, and asked again, by a second click or Enter, it does nothing. */
export function useOnce(): [busy: boolean, once: (work: () => Promise<unknown>) => Promise<void>] {
  const [busy, setBusy] = useState(false)
  const isBusy = useRef(false)
  const once = async (work: () => Promise<unknown>) => {
    if (isBusy.current) return
    isBusy.current = true
    setBusy(true)
    try {
      await work()
    } finally {
      isBusy.current = false
      setBusy(false)
    }
  }
  return [busy, once]
}
