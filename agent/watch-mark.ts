/**
 * Until when this node was watched, in a small file: the next agent reads it, and when it cannot take over the pinned ring it
 * states the hole between that time and its own start. Advisory: without it the collector still sees where coverage ends.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface WatchMark {
  /** Kernel boot id, UUID text. */
  readonly boot: string
  /** Unix microseconds. */
  readonly watchedToUs: number
  /** The same by the clock that nobody can set: nanoseconds since boot. */
  readonly watchedToNs: number
}

const fileName = 'watched.json'
/** The file is rewritten at most this often; a hole is stated that much too early at worst. */
const writeIntervalMs = 5000

/** The mark in a directory; undefined when there is none or it is damaged. */
export const readWatchMark = (dir: string): WatchMark | undefined => {
  try {
    return parseWatchMark(readFileSync(join(dir, fileName), 'utf8').slice(0, 4096))
  } catch {
    return undefined
  }
}

/** Undefined for anything but a mark. */
export const parseWatchMark = (text: string): WatchMark | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  // A mark of an earlier version has no boot time: then it is older than whatever follows.
  const { boot, watchedToUs, watchedToNs = 0 } = value as Partial<Record<keyof WatchMark, unknown>>
  return typeof boot === 'string' &&
    Number.isSafeInteger(watchedToUs) &&
    Number.isFinite(watchedToNs)
    ? { boot, watchedToUs: watchedToUs as number, watchedToNs: watchedToNs as number }
    : undefined
}

/** Since when this agent's source watches. */
export interface WatchBegin {
  readonly boot: string
  readonly watchedFromUs: number
  readonly watchedFromNs: number
}

/**
 * The time between the last mark in a directory and now, in which nobody watched; undefined when none is known. Boot times decide
 * whether there is such a time, as clocks may have been set; wall times say where it lies, as well as they can.
 */
export const absence = (
  dir: string,
  { boot, watchedFromUs, watchedFromNs }: WatchBegin,
): { readonly fromUs: number; readonly toUs: number } | undefined => {
  const mark = readWatchMark(dir)
  if (mark === undefined) return undefined
  if (mark.boot === boot && mark.watchedToNs >= watchedFromNs) return undefined
  return { fromUs: Math.min(mark.watchedToUs, watchedFromUs), toUs: watchedFromUs }
}

/** Writes marks now and then; a directory that cannot be written costs nothing but the mark. */
export class WatchMarkWriter {
  readonly #dir: string
  readonly #boot: string
  readonly #nowMs: () => number
  #writtenMs = Number.NEGATIVE_INFINITY
  #failures = 0

  constructor(options: {
    readonly dir: string
    readonly boot: string
    readonly monotonicMs: () => number
  }) {
    this.#dir = options.dir
    this.#boot = options.boot
    this.#nowMs = options.monotonicMs
  }

  /** Writes that failed; for metrics. */
  get failures(): number {
    return this.#failures
  }

  covered(watchedToUs: number, watchedToNs: number, force = false): void {
    const nowMs = this.#nowMs()
    if (!force && nowMs - this.#writtenMs < writeIntervalMs) return
    this.#writtenMs = nowMs
    const path = join(this.#dir, fileName)
    try {
      writeFileSync(`${path}.new`, JSON.stringify({ boot: this.#boot, watchedToUs, watchedToNs }))
      renameSync(`${path}.new`, path)
    } catch {
      this.#failures += 1
    }
  }
}
