import dayjs from 'dayjs'
import { useSession } from '@/shared/api/session'

/** A date or moment as a person reads it, in the browser's zone; "—" for nothing. */
export function showDate(value: unknown): string {
  const day = value ? dayjs(String(value)) : null
  return day?.isValid() ? day.format('YYYY-MM-DD') : '—'
}

/** A moment with minutes. */
export function showMoment(value: unknown): string {
  const moment = value ? dayjs(typeof value === 'number' ? value : String(value)) : null
  return moment?.isValid() ? moment.format('YYYY-MM-DD HH:mm') : '—'
}

/** Whole days from today to a date or moment: 0 is today, negative is past; null for nothing. */
export function daysLeft(value: unknown, now = dayjs()): number | null {
  const day = value ? dayjs(String(value)) : null
  return day?.isValid() ? day.startOf('day').diff(now.startOf('day'), 'day') : null
}

/** The last day of a deadline that is written as the moment after it ("protected until midnight"). */
export function lastDay(value: unknown): string | null {
  const moment = value ? dayjs(String(value)) : null
  return moment?.isValid() ? moment.subtract(1, 'second').format('YYYY-MM-DD') : null
}

/** The date so many days after another, as ISO. */
export function daysAfter(day: string, days: number): string {
  return dayjs(day).add(days, 'day').format('YYYY-MM-DD')
}

/** The organisation's calendar day, wherever the browser is. Swedish writes dates as ISO. */
export const today = (now = new Date()): string => new Intl.DateTimeFormat('sv', { timeZone: useSession.getState().timeZone }).format(now)

/** The organisation's year, and some before it. */
export function latestYears(count: number, now?: Date): number[] {
  const year = Number(today(now).slice(0, 4))
  return Array.from({ length: count }, (_, back) => year - back)
}
