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
  const { boot, watchedToUs } = value as Partial<Record<keyof WatchMark, unknown>>
  return typeof boot === 'string' && Number.isSafeInteger(watchedToUs)
    ? { boot, watchedToUs: watchedToUs as number }
    : undefined
}

/** The time between the last mark in a directory and now, in which nobody watched; undefined when none is known. */
export const absence = (
  dir: string,
  watchedFromUs: number,
): { readonly fromUs: number; readonly toUs: number } | undefined => {
  const mark = readWatchMark(dir)
  return mark === undefined || mark.watchedToUs >= watchedFromUs
    ? undefined
    : { fromUs: mark.watchedToUs, toUs: watchedFromUs }
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

  covered(watchedToUs: number, force = false): void {
    const nowMs = this.#nowMs()
    if (!force && nowMs - this.#writtenMs < writeIntervalMs) return
    this.#writtenMs = nowMs
    const path = join(this.#dir, fileName)
    try {
      writeFileSync(`${path}.new`, JSON.stringify({ boot: this.#boot, watchedToUs }))
      renameSync(`${path}.new`, path)
    } catch {
      this.#failures += 1
    }
  }
}
