/** `mayfly tail`: stored events as they come, for as long as somebody looks; connects again when the collector was away. */
import { setTimeout as delay } from 'node:timers/promises'
import { Backoff } from '#base/backoff.ts'
import { type FlagValues, readConfig } from '#base/config.ts'
import type { TailDropped, TimelineEvent } from '#proto/api.ts'
import { ClientError } from '../client.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields, filterParameters } from '../options.ts'
import { eventLine } from '../render/event-line.ts'
import { formatCount } from '../render/text.ts'

export const tailFields = { ...clientFields, ...filterFields } as const

const isDropped = (item: TimelineEvent | TailDropped): item is TailDropped => 'dropped' in item

/** Runs until the context's signal. Throws ConfigError, and ClientError when the first connection fails. */
export const tail = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(tailFields, flags, context.env)
  const { output, signal, complain } = context
  const client = clientOf(config, context)
  const style = tableStyle(config, context)
  const backoff = new Backoff({ baseMs: 500, capMs: 10_000 })
  let lastTime: string | undefined
  const missed = (): string =>
    lastTime === undefined ? '' : `; what came meanwhile: mayfly timeline --since ${lastTime}`
  let connected = false
  const onConnected = (): void => {
    connected = true
    backoff.reset()
  }
  while (!signal.aborted && !output.isClosed) {
    try {
      for await (const item of client.tail(filterParameters(config), onConnected)) {
        if (isDropped(item)) {
          complain(
            `${formatCount(item.dropped)} events not shown, this side reads too slowly${missed()}`,
          )
          continue
        }
        lastTime = item.time
        const asText = config.output === 'table'
        await output.line(asText ? eventLine(item, style) : JSON.stringify(item))
        if (output.isClosed) return
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ClientError) || !error.retryable || !connected) throw error
    }
    if (signal.aborted) return
    complain(`connection to the collector lost, trying again${missed()}`)
    await delay(backoff.nextDelayMs(), undefined, { signal }).catch(() => undefined)
  }
}
