import { useEffect, useState } from 'react'

/** A value as it was when it last rested for a moment: what is being typed changes it when the typing pauses. */
export function useLate<T>(value: T): T {
  const [late, setLate] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), 250)
    return () => clearTimeout(timer)
  }, [value])
  return late
}
