import { useSearchParams } from 'react-router'

/** What stands behind the ? of the address, and a way to change some of it; null takes a part away. */
export function useAddress(): [URLSearchParams, (changes: Record<string, string | null>) => void] {
  const [params, setParams] = useSearchParams()
  const set = (changes: Record<string, string | null>) =>
    setParams(() => changed(addressNow(), changes), { replace: true })
  return [params, set]
}

/** What stands in the address now: what is drawn may be of a moment ago, and a second change must not take back the first. */
export const addressNow = () => new URLSearchParams(window.location.search)

/** Parameters with some of them set anew; null takes one away. */
export function changed(params: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value)
    else params.delete(name)
  }
  return params
}
