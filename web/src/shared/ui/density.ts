import { create } from 'zustand'

export const DENSITIES = ['comfortable', 'compact'] as const
export type Density = (typeof DENSITIES)[number]

const KEY = 'highseas.density'
const useStore = create<{ density: Density }>(() => ({ density: localStorage.getItem(KEY) === 'compact' ? 'compact' : 'comfortable' }))

/** How close the rows of all lists stand. */
export const useDensity = (): Density => useStore((state) => state.density)

/** Change it, here and at the next visit. */
export function setDensity(density: Density): void {
  localStorage.setItem(KEY, density)
  useStore.setState({ density })
}
