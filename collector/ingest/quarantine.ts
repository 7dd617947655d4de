/**
 * Where batches go that could not be understood or stored, for a person to look at; made by main, fed by ingest, shown by
 * the API and the metrics. Bounded by files and bytes: the newest are dropped, because the first of a kind tells most. Best
 * effort: losing one here changes no count.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { formatTime } from '#base/values.ts'
import type { StatusAnswer } from '#proto/api.ts'

export interface QuarantineOptions {
  /** Made when it is first needed; undefined keeps nothing, but counts. */
  readonly dir: string | undefined
  readonly log: Log
  readonly clock: Pick<Clock, 'nowUs'>
  /** 100 by default. */
  readonly maxFiles?: number
  /** 64 MiB by default. */
  readonly maxBytes?: number
}

/** A batch, or the part of one that was not stored yet, which a gap replaces. */
export interface Poison {
  readonly agent: string
  readonly epoch: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** Events that it stands for, as its gap counts them (proto/units.ts). */
  readonly units: number
  /** As it came: the packed payload of a Batch. */
  readonly payload: Uint8Array
  readonly reason: string
}

/** What is in the directory. */
interface Kept {
  readonly files: number
  readonly bytes: number
}

const nothing: Kept = { files: 0, bytes: 0 }

const safeName = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60)

/** Names of agents may differ only in what safeName drops. */
const fileName = ({ agent, epoch, firstSeq }: Poison): string => {
  const digest = createHash('sha256').update(agent).digest('hex').slice(0, 8)
  return `${safeName(agent)}-${digest}-${epoch}-${firstSeq}.zst`
}

/** @throws what the file system throws, but for a directory that is not there yet. */
const contentsOf = (dir: string): Kept => {
  try {
    const names = readdirSync(dir)
    // A file that a person takes away meanwhile counts for nothing.
    const sizeOf = (name: string): number =>
      statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0
    return { files: names.length, bytes: names.reduce((sum, name) => sum + sizeOf(name), 0) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    throw error
  }
}

export class Quarantine {
  readonly #options: QuarantineOptions
  #batches = 0
  #events = 0
  #last = ''

  constructor(options: QuarantineOptions) {
    this.#options = options
  }

  /** Since the collector started, and what is on disk now, whoever put it there or took it away; never throws. */
  get state(): StatusAnswer['quarantine'] {
    const { dir } = this.#options
    let kept = nothing
    try {
      if (dir !== undefined) kept = contentsOf(dir)
    } catch {
      // It was said when the batch could not be written; a question is no occasion to repeat it.
    }
    const directory = kept.files > 0 ? (dir ?? '') : ''
    return { batches: this.#batches, events: this.#events, ...kept, directory, last: this.#last }
  }

  /** Counts a batch, keeps it if there is room, and says once what is wrong and where it is; never throws. */
  keep(poison: Poison): void {
    const { agent, epoch, firstSeq, lastSeq, units, reason } = poison
    const { log, clock } = this.#options
    this.#batches += 1
    this.#events += units
    const time = `${formatTime(clock.nowUs()).slice(0, 19)}Z`
    this.#last = `${time} agent ${agent}, epoch ${epoch}, numbers ${firstSeq} to ${lastSeq}: ${reason}`
    const path = this.#write(poison)
    log.warn(
      { agent, epoch, firstSeq, lastSeq, units, reason, path },
      'ingest: a batch cannot be taken and is replaced by a gap',
    )
  }

  /** The path of the file, empty when it is not kept. */
  #write(poison: Poison): string {
    const { dir, log, maxFiles = 100, maxBytes = 64 * 1024 * 1024 } = this.#options
    if (dir === undefined) return ''
    const path = join(dir, fileName(poison))
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      // It came before, and the collector ended before it could say that it has the gap.
      if (existsSync(path)) return path
      const { files, bytes } = contentsOf(dir)
      if (files >= maxFiles || bytes + poison.payload.length > maxBytes) return ''
      writeFileSync(path, poison.payload, { mode: 0o600 })
      return path
    } catch (error) {
      log.warn({ dir, error: (error as Error).message }, 'ingest: quarantine cannot be written')
      this.#removeTorn(path)
      return ''
    }
  }

  /** On a full disk a part of the file may be there: it would be taken for the batch. */
  #removeTorn(path: string): void {
    try {
      rmSync(path, { force: true })
    } catch {
      // Then it stays, and its bytes count.
    }
  }
}
