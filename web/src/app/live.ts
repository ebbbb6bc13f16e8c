import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { authorization, reach, useSession } from '@/shared/api/session'

const FIRST_WAIT = 2000
const LONGEST_WAIT = 60_000
const EVERYTHING = '*'

/**
 * Keep what is on the screen current: while the page is seen, the server tells which modules to read again.
 * A page in the background listens to nothing (a browser has few connections per server) and reads again when it is looked at.
 */
export function useLive(): void {
  const client = useQueryClient()
  useEffect(() => {
    let listening: AbortController | null = null
    const attend = () => {
      listening?.abort()
      listening = document.visibilityState === 'visible' ? new AbortController() : null
      if (listening) void listen(client, listening.signal)
    }
    attend()
    document.addEventListener('visibilitychange', attend)
    return () => (document.removeEventListener('visibilitychange', attend), listening?.abort())
  }, [client])
}

async function listen(client: QueryClient, signal: AbortSignal): Promise<void> {
  let again = FIRST_WAIT
  for (let times = 0; !signal.aborted && useSession.getState().account; times += 1) {
    try {
      const answer = await reach('/api/v1/events/stream', { headers: await authorization(), signal })
      if (answer.ok && answer.body) {
        // What was told while nobody listened is not told again.
        if (times) readAgain(client, [EVERYTHING])
        again = FIRST_WAIT
        await follow(answer.body, (modules) => readAgain(client, modules))
      }
    } catch {
      // The server is away; every page says so itself when it asks for something.
    }
    await pause(again * (0.5 + Math.random()), signal)
    again = Math.min(again * 2, LONGEST_WAIT)
  }
}

/** Reads a stream of server-sent events to its end. */
export async function follow(body: ReadableStream<Uint8Array>, changed: (modules: string[]) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  for (let rest = ''; ; ) {
    const { value, done } = await reader.read()
    if (done) return
    const events = (rest + value).split('\n\n')
    rest = events.pop()!
    for (const event of events) {
      const data = /^event: changed\ndata: (.*)$/.exec(event)?.[1]
      if (data) changed(JSON.parse(data) as string[])
    }
  }
}

/** Whether something read under this key may be old now. A form that is being filled in keeps what it began with. */
export const isOld = ([module, what]: QueryKey, modules: string[]): boolean =>
  what !== 'form' && (modules.includes(EVERYTHING) || modules.includes(String(module)) || (module === 'pool' && modules.includes('pool-customers')))

const readAgain = (client: QueryClient, modules: string[]) => void client.invalidateQueries({ predicate: ({ queryKey }) => isOld(queryKey, modules) })

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true })
  })
