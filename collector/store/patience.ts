/** For what has to succeed before the collector can start: a store that does not answer yet is asked again for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff } from '#base/backoff.ts'
import type { Log } from '#base/log.ts'
import { StoreError } from './errors.ts'

/** An engine that died is there again within seconds; a server that is not there by then needs a person. */
const attemptsMax = 8

/** What `act` gives; repeats it while the store is `unreachable`. Rejects with what the last attempt did. */
export const withPatience = async <T>(log: Log, act: () => Promise<T>): Promise<T> => {
  const backoff = new Backoff({ baseMs: 400, capMs: 5_000 })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act()
    } catch (error) {
      const isPassing = error instanceof StoreError && error.code === 'unreachable'
      if (!isPassing || attempt === attemptsMax) throw error
      log.warn({ attempt }, `${error.message}; trying again`)
      await sleep(200 + backoff.nextDelayMs())
    }
  }
}
