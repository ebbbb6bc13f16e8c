import { expect, test } from 'vitest'
import { follow, isOld } from './live'

test('what changed is read from the stream, however it is cut', async () => {
  const text = ': begins\n\nevent: changed\ndata: ["customers"]\n\n: lives\n\nevent: changed\ndata: ["orders","quotes"]\n\nevent: ended\ndata: []\n\n'
  for (const size of [1, 7, 1000]) {
    const told: string[][] = []
    const bytes = new TextEncoder().encode(text)
    const body = new ReadableStream<Uint8Array>({
      start(to) {
        for (let at = 0; at < bytes.length; at += size) to.enqueue(bytes.slice(at, at + size))
        to.close()
      },
    })
    await follow(body, (modules) => told.push(modules))
    expect(told).toEqual([['customers'], ['orders', 'quotes']])
  }
})

test('only what was named is old, and never a form', () => {
  expect(isOld(['customers', 'list', {}], ['customers'])).toBe(true)
  expect(isOld(['orders', 'list', {}], ['customers'])).toBe(false)
  expect(isOld(['pool', 'summary'], ['pool-customers'])).toBe(true)
  expect(isOld(['orders', 'one', '1'], ['*'])).toBe(true)
  expect(isOld(['orders', 'form', '1'], ['*', 'orders'])).toBe(false)
})
