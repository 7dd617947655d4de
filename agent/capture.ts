/**
 * Chooses how this node is captured: eBPF where the kernel allows it, else /proc, each said in one line. Called once by main.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { SourceHealth } from '#proto/api.ts'
import type { EventKind } from '#proto/event.ts'
import type { AgentConfig } from './config.ts'
import { findCgroupMounts } from './containers/cgroup-mounts.ts'
import { Canary } from './sources/ebpf/canary.ts'
import { EbpfError } from './sources/ebpf/ebpf-error.ts'
import type { EbpfSource } from './sources/ebpf/ebpf-source.ts'
import type { GivenSeq } from './sources/ebpf/kernel-note.ts'
import type { LossIntentOptions } from './sources/ebpf/loss-intent.ts'
import { openEbpfSource } from './sources/ebpf/open.ts'
import type { PacketCapture } from './sources/ebpf/probe-attach.ts'
import type { Adoption } from './sources/ebpf/probe-loader.ts'
import { ProcfsSource } from './sources/procfs/procfs-source.ts'
import type { Source } from './sources/record.ts'

export interface CaptureOptions {
  readonly config: AgentConfig
  readonly clock: Clock
  readonly log: Log
  readonly bootNowNs: () => number
  /** The spool's last ring position: what lies before it is safe already. */
  readonly lastRing: { readonly ringId: number; readonly ringPosition: number }
  /** Where intents of losses are kept, and where the spool's numbers stand; left out, a kill may repeat a report. */
  readonly lossIntents?: LossIntentOptions
  /** The canary was not seen between these wall times, µs: nothing can be said of that time. */
  readonly onBlind: (fromUs: number, toUs: number) => void
}

/** The open source and what the rest of the agent asks about it. */
export interface Capture {
  readonly source: Source
  /** Kinds of which every instance is seen. */
  readonly complete: readonly EventKind[]
  /** True when the ring of an earlier agent was taken over and the spool knows how far it was read. */
  readonly isContinuation: boolean
  /**
   * When another probe followed that of an earlier agent, ns since boot, if UDP is captured: flows that went on then have ends that
   * nobody told. Undefined when none did.
   */
  readonly cutFlowsNs: number | undefined
  readonly procfs: ProcfsSource | undefined
  readonly ebpf: EbpfSource | undefined
  /** Call about once a second: starts canaries, and notices that one is overdue. */
  poll(): void
  isCanary(argv: readonly string[]): boolean
  /** The canary is overdue: what the probe does not see of it, it may not see of others. */
  isBlind(): boolean
  /** Seconds since the canary was seen; undefined without one. */
  canaryAgeSeconds(): number | undefined
  decodeErrors(): number
  /** The last number that the agent before this one gave; undefined where nothing remembers it. */
  readonly givenBefore: GivenSeq | undefined
  /** Call it after each append to the spool: the next agent then knows what it should find there. */
  gave(given: GivenSeq): void
  /** Call it before an append of losses, with the number of its events: CaptureLoopOptions.announceLosses. */
  announceLosses(eventCount: number): void
  /** Reports of losses that a kill at the wrong moment would repeat, as no intent could be written. */
  lossIntentFailures(): number
  /** Records that the kernel counted and that were neither read nor dropped; 0 for ever, and for procfs. */
  kernelUnaccounted(): number
  health(): readonly SourceHealth[]
  /** One line for people. */
  summary(): string
  close(): void
}

/** `refusal`: why it is not eBPF; undefined when /proc was asked for. */
const openProcfs = (options: CaptureOptions, refusal: EbpfError | undefined): Capture => {
  const { config, clock, bootNowNs } = options
  const source = new ProcfsSource({ root: config.procRoot, clock, bootNowNs })
  const detail = (): string => {
    const { restricted } = source.counts
    const hidden =
      restricted === 0
        ? ''
        : `; not allowed to look into ${restricted} of the processes (needs root or CAP_SYS_PTRACE)`
    return `/proc is sampled, short-lived processes and connections are missed${hidden}`
  }
  return {
    source,
    complete: [],
    isContinuation: false,
    cutFlowsNs: undefined,
    procfs: source,
    ebpf: undefined,
    poll: () => {},
    isCanary: () => false,
    isBlind: () => false,
    canaryAgeSeconds: () => undefined,
    decodeErrors: () => 0,
    givenBefore: undefined,
    gave: () => {},
    announceLosses: () => {},
    lossIntentFailures: () => 0,
    kernelUnaccounted: () => 0,
    health: () => [
      ...(refusal === undefined
        ? []
        : [{ name: 'ebpf', state: 'failed', detail: refusal.message } as const]),
      { name: 'procfs', state: 'running', detail: detail() },
    ],
    // What is missed comes first: a refusal is long.
    summary: () =>
      refusal === undefined ? `--source procfs: ${detail()}` : `${detail()}; ${refusal.message}`,
    close: () => source.close(),
  }
}

/** What the tracing hooks see every instance of; DNS needs more rights. */
const completeKinds = ['exec', 'exit', 'connect', 'accept', 'close', 'listen'] as const
/** How often flows that ended are looked for: their events are late by as much. */
const flowsEveryMs = 2_000
/** How often the bytes of what goes on are read. */
const connectionsEveryMs = 30_000

/** Where datagrams pass by: the root of cgroup v2; or why there is no such place. */
const packetCgroup = (config: AgentConfig): { readonly path?: string; readonly reason: string } => {
  if (config.dns === 'off') return { reason: '' }
  const v2 = findCgroupMounts(config.cgroupRoot, config.procRoot).find(
    ({ hierarchy }) => hierarchy === 0,
  )
  if (v2 === undefined)
    return { reason: `no cgroup v2 is mounted below ${config.cgroupRoot}; mount it, or --dns off` }
  // Only the root of all has no type (cgroup-v2.rst): in another one most packets would not be seen.
  if (existsSync(join(v2.directory, 'cgroup.type')))
    return {
      reason: `${v2.directory} is not the host’s root of cgroup v2; mount that and name it by --cgroup-root, or --dns off`,
    }
  return { path: v2.directory, reason: '' }
}

const packetNotice = ({ state, detail }: PacketCapture, reason: string): string => {
  if (state === 'on') return ''
  if (state === 'refused')
    return `UDP and DNS are not captured (needs CAP_NET_ADMIN, or --dns off): ${detail}`
  return reason === '' ? '' : `UDP and DNS are not captured: ${reason}`
}

const adoptions: Readonly<Record<Adoption['result'], string>> = {
  fresh: 'attached',
  adopted: 'taken over',
  handed_over: 'attached after another, whose ring is read to its end',
  replaced: 'attached anew',
}

/** `unpinnedBecause`: why nothing is to be pinned; left out, the probe is, where there is a bpf file system. */
const openEbpf = (options: CaptureOptions, unpinnedBecause?: string): Capture => {
  const { config, clock, lastRing, lossIntents, onBlind } = options
  const packetRoot = packetCgroup(config)
  const source = openEbpfSource({
    ringSizeBytes: config.ringSize,
    bpffsPath: config.bpffs,
    procRoot: config.procRoot,
    ...(unpinnedBecause === undefined ? {} : { unpinnedBecause }),
    ...(packetRoot.path === undefined ? {} : { packetCgroupPath: packetRoot.path }),
    ...(lossIntents === undefined ? {} : { lossIntents }),
  })
  const { result } = source.adoption
  const isTakenOver = result === 'adopted' || result === 'handed_over'
  const isContinuation = isTakenOver && source.skipTo(lastRing)
  const wallUs = (monotonicMs: number): number =>
    Math.round(clock.nowUs() - (clock.monotonicMs() - monotonicMs) * 1000)
  const canary = new Canary({
    monotonicMs: clock.monotonicMs,
    onBlind: ({ fromMs, toMs }) => onBlind(wallUs(fromMs), wallUs(toMs)),
  })
  const withoutPackets = packetNotice(source.packets, packetRoot.reason)
  const detail = (): string =>
    [
      canary.blind ? 'the probe does not see the agent’s own test process' : '',
      source.notice ?? '',
      withoutPackets,
    ]
      .filter(Boolean)
      .join('; ')
  let flowsDueMs = 0
  let connectionsDueMs = clock.monotonicMs() + connectionsEveryMs
  return {
    source,
    complete: source.packets.state === 'on' ? [...completeKinds, 'dns'] : completeKinds,
    isContinuation,
    cutFlowsNs: source.packets.state === 'on' ? source.handedOverNs : undefined,
    procfs: undefined,
    ebpf: source,
    poll: () => {
      canary.tick()
      const nowMs = clock.monotonicMs()
      if (nowMs >= flowsDueMs) {
        flowsDueMs = nowMs + flowsEveryMs
        source.readFlows()
      }
      if (nowMs >= connectionsDueMs) {
        connectionsDueMs = nowMs + connectionsEveryMs
        source.readConnections()
      }
    },
    isCanary: (argv) => canary.isCanary(argv),
    isBlind: () => canary.blind,
    canaryAgeSeconds: () => canary.ageMs / 1000,
    decodeErrors: () => source.decodeErrors,
    givenBefore: source.given(),
    gave: (given) => source.gave(given),
    announceLosses: (eventCount) => source.announceLosses(eventCount),
    lossIntentFailures: () => source.lossIntentFailures,
    kernelUnaccounted: () => source.kernelUnaccounted(),
    health: () => [
      {
        name: 'ebpf',
        state: canary.blind || source.packets.state === 'refused' ? 'degraded' : 'running',
        detail: detail(),
      },
    ],
    summary: () => {
      const { reason } = source.adoption
      return [`eBPF probe ${adoptions[result]}${reason === '' ? '' : ` (${reason})`}`, detail()]
        .filter(Boolean)
        .join('; ')
    },
    close: () => source.close(),
  }
}

/** Why eBPF was refused, said once in the log; whatever is no refusal, or must end the agent, is thrown on. */
const refusalOf = (log: Log, error: unknown): EbpfError => {
  if (!(error instanceof EbpfError) || error.code === 'in_use') throw error
  const { code, printed, message } = error
  log.warn(printed === '' ? { code } : { code, printed }, message)
  return error
}

/**
 * Opens the best source the configuration and the kernel allow: a pinned probe, one that ends with the agent, /proc.
 * @throws EbpfError with `--source ebpf` where eBPF is not to be had, and whenever another agent owns the probe.
 */
export const openCapture = (options: CaptureOptions): Capture => {
  const { config, log } = options
  if (config.source === 'procfs') return openProcfs(options, undefined)
  if (config.source === 'ebpf') return openEbpf(options)
  let refusal: EbpfError
  try {
    return openEbpf(options)
  } catch (error) {
    refusal = refusalOf(log, error)
  }
  if (refusal.code !== 'pin_failed') return openProcfs(options, refusal)
  try {
    return openEbpf(options, refusal.message)
  } catch (error) {
    return openProcfs(options, refusalOf(log, error))
  }
}
