/**
 * The collector's end of the agents' WebSockets: authentication on upgrade, one session per agent, take-over, flow control
 * and orderly end. Made by main on the HTTP server that also carries the API.
 *
 * Rules: a Welcome is given only when no insert of that agent's epoch is running, and resumes where the store says. Memory
 * is bounded: connections, bytes per connection (credit) and bytes in all (sockets pause).
 */
import type { Server } from 'node:http'
import type { WebSocket } from 'ws'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { AgentInfo } from '#proto/api.ts'
import type { Hello, NoticeState } from '#proto/frame.ts'
import type { AccessLog } from '../identity/access-log.ts'
import { contradiction } from '../identity/agent-identity.ts'
import {
  type Auth,
  type Identity,
  type Refusal,
  type RefusalReason,
  refused,
  statusOf,
} from '../identity/identity.ts'
import type { Store } from '../store/store.ts'
import { AgentTable } from './agents.ts'
import type { Quarantine } from './quarantine.ts'
import { type Admission, Session, type SessionCounts, type SessionHost } from './session.ts'
import { ingestPath, type UpgradeLimits, Upgrades } from './upgrades.ts'
import { Writer } from './writer.ts'

export interface IngestOptions {
  readonly server: Server
  readonly store: Pick<Store, 'insert' | 'durable' | 'agentSeen' | 'health'>
  readonly auth: Auth
  readonly log: Log
  readonly clock: Clock
  /** Where batches go that cannot be understood or stored; left out, none is kept. */
  readonly quarantine?: Pick<Quarantine, 'keep'>
  /** Told of each agent that is turned away, and why. */
  readonly onRefused?: (reason: RefusalReason) => void
  readonly accessLog?: Pick<AccessLog, 'request'>
  /** Agents at once; 5,000 by default. */
  readonly maxConnections?: number
  /** What one client may have of them. */
  readonly limits?: UpgradeLimits
  /** How long a connection outlives the token that opened it; 10 min by default. */
  readonly tokenGraceMs?: number
  /** From upgrade to Hello; 5 s by default. */
  readonly helloTimeoutMs?: number
  /** Raw bytes an agent may send ahead; 4 MiB by default. */
  readonly creditBytes?: number
  /** The same for a link that catches up beside a fresh one; 1 MiB by default. */
  readonly backlogCreditBytes?: number
  /** Raw bytes of all agents at which sockets pause, at half of it those that catch up; 64 MiB by default. */
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
  /** False from the moment it is told to end. */
  isOpen(): boolean
  totals(): IngestTotals
  /** Takes a socket whose upgrade was allowed; the server's upgrades end here, and simulations begin here. */
  accept(socket: WebSocket, identity?: Identity): void
  /** Stops taking, stores and acknowledges what was taken, ends the connections. */
  close(): Promise<void>
}

/** The epoch that lost an agent's name to another connection, and when. */
interface Displaced {
  readonly epoch: number
  readonly atMs: number
}

/** Keeps nothing alive. */
const patience = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

const laneOf = ({ agent, backlog }: Pick<Hello, 'agent' | 'backlog'>): string =>
  `${backlog ? 'backlog' : 'current'} ${agent}`

/** Takes the server's upgrades from now on. */
export const createIngest = (options: IngestOptions): Ingest => {
  const { server, store, auth, log, clock } = options
  const { maxConnections = 5_000, helloTimeoutMs = 5_000, pingIntervalMs = 10_000 } = options
  const { queueBytes = 64 * 1024 * 1024, conflictMs = 60_000 } = options
  const { tokenGraceMs = 600_000 } = options
  const writer = new Writer({
    store,
    log,
    ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
    ...(options.insertRows !== undefined && { insertRows: options.insertRows }),
  })
  const agents = new AgentTable({ store, clock })
  const sessions = new Set<Session>()
  /** By agent and lane: an agent may have one link for its current epoch and one for its backlog. */
  const byLane = new Map<string, Session>()
  const displaced = new Map<string, Displaced>()
  const counts: SessionCounts = {
    eventsReceived: 0,
    eventsDuplicate: 0,
    eventsQuarantined: 0,
    batches: 0,
    receivedBytes: 0,
    framesIgnored: 0,
  }
  const refusals = { takeOvers: 0, conflicts: 0 }
  let isClosing = false

  /** Two spools that keep taking one agent's name from each other, or a successor that may have it. */
  const isConflict = (hello: Hello, current: Session): boolean => {
    const lost = displaced.get(laneOf(hello))
    return (
      current.epoch !== hello.epoch &&
      lost?.epoch === hello.epoch &&
      clock.monotonicMs() - lost.atMs < conflictMs
    )
  }

  /** Counts and logs an agent that is turned away. */
  const tellRefused = (who: Identity | undefined, address: string, refusal: Refusal): void => {
    const { reason, message: detail } = refusal
    options.onRefused?.(reason)
    const status = statusOf(reason)
    const what = `agent connects to ${ingestPath}`
    options.accessLog?.request({ who, address, what, namespace: undefined, status, detail })
  }

  const admit = async (session: Session, hello: Hello): Promise<Admission> => {
    const { identity } = session
    const against = identity.kind === 'agent' ? contradiction(identity, hello) : undefined
    if (against !== undefined) {
      tellRefused(identity, session.address, refused('wrong_node', against))
      return { refuse: 'identity', detail: against, retryAfterMs: 30_000 }
    }
    const lane = laneOf(hello)
    const current = byLane.get(lane)
    if (current !== undefined && isConflict(hello, current)) {
      refusals.conflicts += 1
      // As long as it keeps coming back, it stays refused: the two must not take turns.
      displaced.set(lane, { epoch: hello.epoch, atMs: clock.monotonicMs() })
      const detail = `two agents call themselves ${hello.agent}: give each its own name, and do not copy data directories`
      log.warn({ agent: hello.agent, epochs: [current.epoch, hello.epoch] }, `ingest: ${detail}`)
      return { refuse: 'conflict', detail, retryAfterMs: 30_000 }
    }
    byLane.set(lane, session)
    // An epoch has one link: one that was the current epoch's may come again as a backlog.
    const others = [...sessions].filter(
      (other) => other.agent === hello.agent && other.epoch === hello.epoch && other !== session,
    )
    for (const other of new Set([...(current === undefined ? [] : [current]), ...others])) {
      refusals.takeOvers += 1
      if (other === current) displaced.set(lane, { epoch: other.epoch, atMs: clock.monotonicMs() })
      other.close('takenOver', 'taken over by a newer connection of this agent')
      writer.discard(other)
    }
    await writer.whenWritten(hello.agent, hello.epoch)
    const { seq, totals } = await store.durable(hello.agent, hello.epoch)
    // An epoch the store does not know: nothing of it is missing before what the agent still has.
    if (seq === 0) return { resumeFrom: Math.max(1, hello.firstUnackedSeq), totals: undefined }
    return { resumeFrom: seq + 1, totals }
  }

  /** Enough is waiting for the store: nobody is read until half of it is gone; who catches up waits sooner. */
  const control = (): void => {
    for (const session of sessions) {
      const limit = session.isBacklog ? queueBytes / 2 : queueBytes
      if (writer.bytes > limit) session.pause()
      else if (writer.bytes <= limit / 2 && session.isPaused) session.resume()
    }
  }

  /** What agents were told last of the store. */
  let told: NoticeState = 'well'
  const tellStore = (): void => {
    const { state, detail } = store.health()
    const now: NoticeState = state === 'failing' ? 'store_failing' : 'well'
    if (now === told) return
    told = now
    for (const session of sessions) session.notice(now, detail)
  }

  const host: SessionHost = {
    writer,
    clock,
    log,
    counts,
    creditBytes: options.creditBytes ?? 4 * 1024 * 1024,
    backlogCreditBytes: options.backlogCreditBytes ?? 1024 * 1024,
    admit,
    welcomed: (session, hello, durableSeq) => {
      if (told !== 'well') session.notice(told, store.health().detail)
      const { agent, epoch, isBacklog } = session
      if (!isBacklog) agents.welcomed(hello, durableSeq)
      const what = isBacklog ? 'agent catches up' : 'agent connected'
      log.info({ agent, epoch, durableSeq }, `ingest: ${what}`)
    },
    status: (session, status) => agents.status(session.agent, status, session.durableSeq),
    quarantined: (session, batch) =>
      options.quarantine?.keep({ agent: session.agent, epoch: session.epoch, ...batch }),
  }

  const accept = (
    socket: WebSocket,
    identity: Identity = { kind: 'local' },
    address = '',
  ): void => {
    const session = new Session(socket, host, identity, address)
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
      const lane = laneOf({ agent: session.agent, backlog: session.isBacklog })
      if (byLane.get(lane) !== session) return
      byLane.delete(lane)
      if (!session.isWelcomed) return
      const { agent, durableSeq, isBacklog } = session
      if (!isBacklog) agents.disconnected(agent, durableSeq)
      const what = isBacklog ? 'a backlog ends' : 'agent disconnected'
      log.info({ agent, durableSeq }, `ingest: ${what}`)
    })
  }

  const upgrades = new Upgrades({
    auth,
    log,
    clock,
    tellRefused,
    limits: options.limits ?? {},
    full: () => {
      if (isClosing) return 'the collector ends'
      return sessions.size < maxConnections ? undefined : `${maxConnections} agents are connected`
    },
    accept,
  })

  const watch = setInterval(() => {
    const nowMs = clock.monotonicMs()
    for (const session of sessions) {
      if (session.hasOutlived(clock.nowUs() / 1000 - tokenGraceMs)) {
        session.close('expired', 'the token of this connection has expired: show a fresh one')
        continue
      }
      // A paused socket is silent because it is not read.
      if (session.isPaused) continue
      if (nowMs - session.heardMs > 2.5 * pingIntervalMs) session.terminate()
      else session.ping()
    }
    for (const [lane, { atMs }] of displaced) if (nowMs - atMs > conflictMs) displaced.delete(lane)
    control()
  }, pingIntervalMs / 2)
  const flow = setInterval(() => {
    control()
    tellStore()
  }, 100)
  const onUpgrade = upgrades.listener
  server.on('upgrade', onUpgrade)

  return {
    agents: () => agents.all(),
    isOpen: () => !isClosing,
    accept,
    totals: () => ({
      ...counts,
      ...refusals,
      connectionsRefused: upgrades.refused,
      agentsConnected: [...sessions].filter(({ isWelcomed, isBacklog }) => isWelcomed && !isBacklog)
        .length,
      queueBytes: writer.bytes,
    }),
    close: async () => {
      isClosing = true
      for (const session of sessions) session.pause()
      // The store may not come back: then nothing more is acknowledged, and agents send it again another time.
      const flushed = writer.flush()
      await Promise.race([flushed, patience(options.closeTimeoutMs ?? 10_000)])
      clearInterval(watch)
      clearInterval(flow)
      server.off('upgrade', onUpgrade)
      const closed = [...sessions].map((session) => session.closed)
      for (const session of sessions) session.close('goingAway', 'the collector ends')
      await Promise.race([Promise.all(closed), patience(1_000)])
      for (const session of sessions) session.terminate()
    },
  }
}
