import type { ReactNode } from 'react'

export type ToneName = 'good' | 'bad' | 'warn' | 'info' | 'neutral'

const TONES: Record<ToneName, string[]> = {
  good: ['approved', 'passed', 'completed', 'paid', 'achieved', 'accepted', 'customer', 'won', 'done', 'recorded', 'resolved', 'active', 'A', 'green'],
  warn: ['pending_approval', 'partially_paid', 'pending', 'negotiating', 'submitted', 'open', 'B', 'orange', 'yellow', 'gold'],
  bad: ['rejected', 'lost', 'overdue', 'red'],
  info: ['contacted', 'assigned', 'sent', 'unassigned', 'in_progress', 'blue', 'cyan', 'C'],
  neutral: [],
}

/** The tone of a choice: its own colour if it names one, else what its value usually means. */
export function toneOf(value: unknown, color?: string | null): ToneName {
  const found = [color, String(value)].flatMap((one) => (one ? (Object.keys(TONES) as ToneName[]).filter((tone) => tone === one || TONES[tone].includes(one)) : []))
  return found[0] ?? 'neutral'
}

/** A word with a meaning's colour; the word says it too. */
export function Tone({ tone, children }: { tone: ToneName; children: ReactNode }) {
  return <span className={`tone tone-${tone}`}>{children}</span>
}
