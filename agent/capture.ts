/**
 * Chooses how this node is captured: eBPF where the kernel allows it, else /proc, each said in one line. Called once by main.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { SourceHealth } from '#proto/api.ts'
import type { EventKind } from '#proto/event.ts'
import type { AgentConfig } from './config.ts'
import { ProcfsSource } from './sources/procfs/procfs-source.ts'
import type { Source } from './sources/record.ts'

export interface CaptureOptions {
  readonly config: AgentConfig
  readonly clock: Clock
  readonly log: Log
  readonly bootNowNs: () => number
  /** The spool's last ring position: what lies before it is safe already. */
  readonly lastRing: { readonly ringId: number; readonly ringPosition: number }
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
  readonly procfs: ProcfsSource | undefined
  start(): void
  isCanary(argv: readonly string[]): boolean
  /** Seconds since the canary was seen; undefined without one. */
  canaryAgeSeconds(): number | undefined
  decodeErrors(): number
  health(): readonly SourceHealth[]
  /** One line for people. */
  summary(): string
  close(): void
}

const openProcfs = (options: CaptureOptions, reason: string): Capture => {
  const { config, clock, bootNowNs } = options
  const source = new ProcfsSource({ root: config.procRoot, clock, bootNowNs })
  const detail = (): string => {
    const { restricted } = source.counts
    const hidden =
      restricted === 0
        ? ''
        : `; not allowed to look into ${restricted} of the processes (needs root or CAP_SYS_PTRACE)`
    return `${reason || '--source procfs'}: /proc is sampled, short-lived processes are missed${hidden}`
  }
  return {
    source,
    complete: [],
    isContinuation: false,
    procfs: source,
    start: () => {},
    isCanary: () => false,
    canaryAgeSeconds: () => undefined,
    decodeErrors: () => 0,
    health: () => [
      ...(reason === '' ? [] : [{ name: 'ebpf', state: 'failed', detail: reason } as const]),
      { name: 'procfs', state: 'running', detail: detail() },
    ],
    summary: detail,
    close: () => source.close(),
  }
}

/**
 * Opens the best source the configuration and the kernel allow.
 * @throws EbpfError with `--source ebpf` where eBPF is not to be had.
 */
export const openCapture = (options: CaptureOptions): Capture => openProcfs(options, '')
