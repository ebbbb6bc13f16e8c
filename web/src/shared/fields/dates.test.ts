import dayjs from 'dayjs'
import { afterEach, describe, expect, it } from 'vitest'
import { useSession } from '@/shared/api/session'
import { daysAfter, daysLeft, lastDay, latestYears, showDate, today } from './dates'

describe('deadlines', () => {
  const now = dayjs('2026-11-24T23:30:00')
  it('count whole days', () => expect([daysLeft('2026-11-24', now), daysLeft('2026-11-27', now), daysLeft('2026-11-23', now), daysLeft(null, now)]).toEqual([0, 3, -1, null]))
  it('end the day before the moment they end at', () => expect(lastDay(dayjs('2026-12-05T00:00:00').toISOString())).toBe('2026-12-04'))
})

it('counts days over the end of a month', () => expect(daysAfter('2026-01-31', 30)).toBe('2026-03-02'))
it('shows a dash for no date', () => expect(showDate(null)).toBe('—'))

describe("the organisation's day", () => {
  const midnight = new Date('2026-12-31T16:30:00Z')
  afterEach(() => useSession.setState({ timeZone: undefined }))
  it.each([['Asia/Shanghai', '2027-01-01', [2027, 2026]], ['America/New_York', '2026-12-31', [2026, 2025]]])('in %s', (timeZone, day, years) => {
    useSession.setState({ timeZone })
    expect([today(midnight), latestYears(2, midnight)]).toEqual([day, years])
  })
})
