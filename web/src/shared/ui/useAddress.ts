import { useSearchParams } from 'react-router'

/** What stands behind the ? of the address, and a way to change some of it; null takes a part away. */
export function useAddress(): [URLSearchParams, (changes: Record<string, string | null>) => void] {
  const [params, setParams] = useSearchParams()
  const set = (changes: Record<string, string | null>) =>
    setParams((before) => changed(new URLSearchParams(before), changes), { replace: true })
  return [params, set]
}

/** Parameters with some of them set anew; null takes one away. */
export function changed(params: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value)
    else params.delete(name)
  }
  return params
}
