/**
 * What is about to be reported as lost, in a small file: written before the report is appended to the spool, read by the next
 * agent. The kernel's note of what was told (loss-ledger.ts) can only be written after the append; an agent killed between the
 * two would tell the same drops again. With this file the next agent sees, by the spool's last number, that the report is there.
 *
 * Written aside and renamed, without fsync: it serves against the death of the process, and a power cut takes the ring too.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordKinds } from './record-layout.ts'

/** Where the numbering of the spool stands. */
export interface SpoolEnd {
  readonly epoch: number
  readonly lastSeq: number
}

export interface LossIntent {
  readonly ringId: number
  readonly epoch: number
  /** The spool's last number once all of the report is in it. */
  readonly untilSeq: number
  /** CLOCK_BOOTTIME up to which drops were looked at, ns. */
  readonly reportedToNs: number
  readonly entries: readonly {
    /** struct loss_key, hexadecimal. */
    readonly key: string
    /** Drops since the ring was made, in the order of recordKinds. */
    readonly counts: readonly number[]
  }[]
}

export interface LossIntentOptions {
  /** The agent's directory. */
  readonly dir: string
  readonly spoolEnd: () => SpoolEnd
  /** Whether the spool, when it was opened, had everything of an epoch up to a number. */
  readonly had: (epoch: number, seq: number) => boolean
}

const fileName = 'losses.json'
/** As many as the maps of the probe can hold: 4,096 cgroups, the remainder, and skipped runs. */
const entriesMax = 4096 + 8
/** An entry takes at most some 250 bytes. */
const fileBytesMax = 2 * 1024 * 1024
const keyPattern = /^[0-9a-f]{48}$/

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** Undefined for anything but a whole intent: then the report is repeated, not lost. */
export const parseLossIntent = (text: string): LossIntent | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const intent = value as Readonly<Record<keyof LossIntent, unknown>>
  const { ringId, epoch, untilSeq, reportedToNs, entries } = intent
  if (![ringId, epoch, untilSeq, reportedToNs].every(isCount)) return undefined
  if (!Array.isArray(entries) || entries.length > entriesMax || !entries.every(isEntry))
    return undefined
  return intent as LossIntent
}

const isEntry = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const { key, counts } = value as Readonly<Record<'key' | 'counts', unknown>>
  return (
    typeof key === 'string' &&
    keyPattern.test(key) &&
    Array.isArray(counts) &&
    counts.length === recordKinds.length &&
    counts.every(isCount)
  )
}

export class LossIntents {
  readonly #options: LossIntentOptions
  readonly #path: string
  #failures = 0

  constructor(options: LossIntentOptions) {
    this.#options = options
    this.#path = join(options.dir, fileName)
  }

  /** Intents that could not be written or removed; a kill at the wrong moment then repeats a report. */
  get failures(): number {
    return this.#failures
  }

  /** To be called right before an append of `eventCount` events, which are the whole report and nothing else. */
  write(intent: Omit<LossIntent, 'epoch' | 'untilSeq'>, eventCount: number): void {
    const { epoch, lastSeq } = this.#options.spoolEnd()
    try {
      const text = JSON.stringify({ ...intent, epoch, untilSeq: lastSeq + eventCount })
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
    } catch {
      this.#failures += 1
      // One of an earlier report must not be taken for this one's.
      this.#remove()
    }
  }

  /**
   * The intent of the agent before, if its report is in the spool. Any other is removed.
   */
  readFulfilled(): LossIntent | undefined {
    const intent = this.#read()
    if (intent !== undefined && this.#options.had(intent.epoch, intent.untilSeq)) return intent
    this.#remove()
    return undefined
  }

  #read(): LossIntent | undefined {
    try {
      const text = readFileSync(this.#path, 'utf8')
      return text.length > fileBytesMax ? undefined : parseLossIntent(text)
    } catch {
      return undefined
    }
  }

  #remove(): void {
    try {
      rmSync(this.#path, { force: true })
    } catch {
      this.#failures += 1
    }
  }
}
