import type { ReactNode } from 'react'

/** What may be wider than its place scrolls in itself, never the page; the keyboard reaches it, and whoever listens hears its `label`. */
export const Scroll = ({ label, className = '', children }: { label: string; className?: string; children: ReactNode }) => (
  <div className={`scroll ${className}`} tabIndex={0} role="region" aria-label={label}>{children}</div>
)
