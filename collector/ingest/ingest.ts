/**
 * The collector's end of the agents' WebSockets: authentication on upgrade, one session per agent, take-over, flow control
 * and orderly end. Made by main on the HTTP server that also carries the API.
 *
 * Rules: a Welcome is given only when no insert with that agent's rows is running, and resumes where the store says. Memory
 * is bounded: connections, bytes per connection (credit) and bytes in all (sockets pause).
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { AgentInfo } from '#proto/api.ts'
import type { Hello } from '#proto/frame.ts'
import { limits } from '#proto/limits.ts'
import type { Auth } from '../auth.ts'
import type { Store } from '../store/store.ts'
import { AgentTable } from './agents.ts'
import { quarantine } from './quarantine.ts'
import { type Admission, Session, type SessionCounts, type SessionHost } from './session.ts'
import { Writer } from './writer.ts'

export const ingestPath = '/v1/ingest'

export interface IngestOptions {
  readonly server: Server
  readonly store: Pick<Store, 'insert' | 'durableSeq' | 'agentSeen'>
  readonly auth: Auth
  readonly log: Log
  readonly clock: Clock
  /** Where batches go that cannot be understood; undefined keeps none. */
  readonly quarantineDir?: string
  /** Agents at once; 5,000 by default. */
  readonly maxConnections?: number
  /** From upgrade to Hello; 5 s by default. */
  readonly helloTimeoutMs?: number
  /** Raw bytes an agent may send ahead; 4 MiB by default. */
  readonly creditBytes?: number
  /** Raw bytes of all agents at which sockets pause; 64 MiB by default. */
  readonly queueBytes?: number
  /** Between pings; 10 s by default. A link that is silent for two and a half of them is dead. */
  readonly pingIntervalMs?: number
  /** How long a displaced epoch that comes back means conflict; 60 s by default. */
  readonly conflictMs?: number
  /** See WriterOptions. */
  readonly lingerMs?: number
  readonly insertRows?: number
  /** How long close() waits for the store; 10 s by default. */
  readonly closeTimeoutMs?: number
}

export interface IngestTotals extends Readonly<SessionCounts> {
  readonly agentsConnected: number
  /** Raw bytes received and not yet durable. */
  readonly queueBytes: number
  readonly connectionsRefused: number
  readonly takeOvers: number
  readonly conflicts: number
}

export interface Ingest {
  agents(): readonly AgentInfo[]
  totals(): IngestTotals
  /** Stops taking, stores and acknowledges what was taken, ends the connections. */
  close(): Promise<void>
}

/** The epoch that lost an agent's name to another connection, and when. */
interface Displaced {
  readonly epoch: number
  readonly atMs: number
}

const refuseUpgrade = (socket: Duplex, status: number, reason: string, message: string): void => {
  const body = `${message}\n`
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** Takes the server's upgrades from now on. */
export const createIngest = (options: IngestOptions): Ingest => {
  const { server, store, auth, log, clock } = options
  const { maxConnections = 5_000, helloTimeoutMs = 5_000, pingIntervalMs = 10_000 } = options
  const { queueBytes = 64 * 1024 * 1024, conflictMs = 60_000 } = options
  const writer = new Writer({
    store,
    log,
    ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
    ...(options.insertRows !== undefined && { insertRows: options.insertRows }),
  })
  const agents = new AgentTable({ store, clock })
  const sessions = new Set<Session>()
  const byAgent = new Map<string, Session>()
  const displaced = new Map<string, Displaced>()
  const counts: SessionCounts = {
    eventsReceived: 0,
    eventsDuplicate: 0,
    eventsQuarantined: 0,
    batches: 0,
    receivedBytes: 0,
  }
  const refusals = { connectionsRefused: 0, takeOvers: 0, conflicts: 0 }
  let isClosing = false

  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: 16,
    maxBufferedChunks: 4_096,
    clientTracking: false,
  })

  /** Two spools that keep taking one agent's name from each other, or a successor that may have it. */
  const isConflict = (hello: Hello, current: Session): boolean => {
    const lost = displaced.get(hello.agent)
    return (
      current.epoch !== hello.epoch &&
      lost?.epoch === hello.epoch &&
      clock.monotonicMs() - lost.atMs < conflictMs
    )
  }

  const admit = async (session: Session, hello: Hello): Promise<Admission> => {
    const current = byAgent.get(hello.agent)
    if (current !== undefined && isConflict(hello, current)) {
      refusals.conflicts += 1
      // As long as it keeps coming back, it stays refused: the two must not take turns.
      displaced.set(hello.agent, { epoch: hello.epoch, atMs: clock.monotonicMs() })
      const detail = `two agents call themselves ${hello.agent}: give each its own name, and do not copy data directories`
      log.warn({ agent: hello.agent, epochs: [current.epoch, hello.epoch] }, `ingest: ${detail}`)
      return { refuse: 'conflict', detail, retryAfterMs: 30_000 }
    }
    byAgent.set(hello.agent, session)
    if (current !== undefined) {
      refusals.takeOvers += 1
      displaced.set(hello.agent, { epoch: current.epoch, atMs: clock.monotonicMs() })
      current.close('takenOver', 'taken over by a newer connection of this agent')
      writer.discard(current)
    }
    await writer.whenWritten(hello.agent)
    const durableSeq = await store.durableSeq(hello.agent, hello.epoch)
    // An epoch the store does not know: nothing of it is missing before what the agent still has.
    return { resumeFrom: durableSeq > 0 ? durableSeq + 1 : Math.max(1, hello.firstUnackedSeq) }
  }

  /** Enough is waiting for the store: nobody is read until half of it is gone. */
  const control = (): void => {
    if (writer.bytes > queueBytes) for (const session of sessions) session.pause()
    else if (writer.bytes <= queueBytes / 2)
      for (const session of sessions) if (session.isPaused) session.resume()
  }

  const host: SessionHost = {
    writer,
    clock,
    log,
    counts,
    creditBytes: options.creditBytes ?? 4 * 1024 * 1024,
    admit,
    welcomed: (session, hello, durableSeq) => {
      agents.welcomed(hello, durableSeq)
      log.info(
        { agent: session.agent, epoch: session.epoch, durableSeq },
        'ingest: agent connected',
      )
    },
    status: (session, status) => agents.status(session.agent, status, session.durableSeq),
    quarantined: (session, { firstSeq, payload, reason }) =>
      quarantine(
        { dir: options.quarantineDir, log },
        { agent: session.agent, epoch: session.epoch, firstSeq, payload, reason },
      ),
  }

  const accept = (socket: WebSocket): void => {
    const session = new Session(socket, host)
    sessions.add(session)
    const deadline = setTimeout(() => {
      if (!session.hasGreeted) session.refuse('protocol', 'no Hello in time', 1_000, 'noHello')
    }, helloTimeoutMs)
    socket.on('message', control)
    // What went wrong is in the close code or counts as a lost link.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(deadline)
      sessions.delete(session)
      writer.discard(session)
      if (byAgent.get(session.agent) !== session) return
      byAgent.delete(session.agent)
      if (!session.isWelcomed) return
      agents.disconnected(session.agent, session.durableSeq)
      log.info(
        { agent: session.agent, durableSeq: session.durableSeq },
        'ingest: agent disconnected',
      )
    })
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').split('?')[0]
    if (path !== ingestPath) {
      refuseUpgrade(socket, 404, 'Not Found', `agents connect to ${ingestPath}`)
      return
    }
    const decision = auth(request.headers)
    if (!decision.allowed) {
      refusals.connectionsRefused += 1
      refuseUpgrade(
        socket,
        decision.status,
        decision.status === 401 ? 'Unauthorized' : 'Forbidden',
        decision.message,
      )
      return
    }
    if (isClosing || sessions.size >= maxConnections) {
      refusals.connectionsRefused += 1
      const why = isClosing ? 'the collector ends' : `${maxConnections} agents are connected`
      refuseUpgrade(socket, 503, 'Service Unavailable', why)
      return
    }
    webSockets.handleUpgrade(request, socket, head, accept)
  }

  const watch = setInterval(() => {
    const nowMs = clock.monotonicMs()
    for (const session of sessions) {
      // A paused socket is silent because it is not read.
      if (session.isPaused) continue
      if (nowMs - session.heardMs > 2.5 * pingIntervalMs) session.terminate()
      else session.ping()
    }
    for (const [agent, { atMs }] of displaced)
      if (nowMs - atMs > conflictMs) displaced.delete(agent)
    control()
  }, pingIntervalMs / 2)
  const flow = setInterval(control, 100)
  server.on('upgrade', upgrade)

  return {
    agents: () => agents.all(),
    totals: () => ({
      ...counts,
      ...refusals,
      agentsConnected: [...sessions].filter(({ isWelcomed }) => isWelcomed).length,
      queueBytes: writer.bytes,
    }),
    close: async () => {
      isClosing = true
      for (const session of sessions) session.pause()
      // The store may not come back: then nothing more is acknowledged, and agents send it again another time.
      const flushed = writer.flush()
      await Promise.race([
        flushed,
        delay(options.closeTimeoutMs ?? 10_000, undefined, { ref: false }),
      ])
      clearInterval(watch)
      clearInterval(flow)
      server.off('upgrade', upgrade)
      const closed = [...sessions].map((session) => session.closed)
      for (const session of sessions) session.close('goingAway', 'the collector ends')
      await Promise.race([
        Promise.all(closed),
        new Promise((resolve) => setTimeout(resolve, 1_000)),
      ])
      for (const session of sessions) session.terminate()
    },
  }
}
