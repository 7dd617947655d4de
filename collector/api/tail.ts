/**
 * GET /api/v1/tail: stored events as they come, as server-sent events. A client that reads too slowly does not make
 * the collector hold its backlog: it misses events and is told how many (`event: dropped`).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventQuery } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { type LiveEvents, matchesQuery } from './live.ts'

/** Followers at once; each costs a filter per event. */
export const maxTails = 64

/** Unsent bytes per follower above which events are dropped for it. */
export const maxBacklogBytes = 1 << 20

/** Comments keep proxies and clients from taking a quiet stream for a dead one. */
const heartbeatMs = 15_000

export interface TailOptions {
  readonly live: LiveEvents
  /** Called with the number of events a slow client missed. */
  readonly onDropped: (count: number) => void
  readonly maxBacklogBytes?: number
}

/**
 * Serves the stream until the client goes.
 * @throws ApiError `too_many_tails`
 */
export const serveTail = (
  request: IncomingMessage,
  response: ServerResponse,
  query: EventQuery,
  options: TailOptions,
): void => {
  const { live, onDropped, maxBacklogBytes: backlogBytes = maxBacklogBytes } = options
  if (live.subscribers >= maxTails) {
    throw new ApiError('too_many_tails', `${maxTails} clients follow already; try again later`)
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  response.write(': following\n\n')
  let dropped = 0
  const tellDropped = (): void => {
    if (dropped === 0) return
    response.write(`event: dropped\ndata: ${JSON.stringify({ dropped })}\n\n`)
    onDropped(dropped)
    dropped = 0
  }
  const unsubscribe = live.subscribe((event) => {
    if (!matchesQuery(query, event)) return
    // Once it dropped, it keeps dropping until the backlog is gone: one notice instead of one for every other event.
    const limit = dropped > 0 ? 0 : backlogBytes
    if (response.writableLength > limit) dropped += 1
    else {
      tellDropped()
      response.write(`data: ${JSON.stringify(event)}\n\n`)
    }
  })
  response.on('drain', tellDropped)
  const heartbeat = setInterval(() => {
    if (response.writableLength === 0) response.write(': alive\n\n')
  }, heartbeatMs)
  response.on('close', () => {
    clearInterval(heartbeat)
    unsubscribe()
    onDropped(dropped)
  })
}
