/**
 * Makes what was appended to segments survive a power cut, a few times a second and never on the caller's time: one
 * fdatasync for all records since the last one.
 */
import type { Segment } from './segment.ts'

export interface GroupCommitOptions {
  readonly intervalMs: number
  /** The disk refused: what was written may not survive a power cut. */
  readonly onError: (error: Error) => void
}

export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #dirty = new Set<Segment>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  /** Commits that reached the disk. */
  commits = 0

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /** Something was appended to this segment. */
  add(segment: Segment): void {
    this.#dirty.add(segment)
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs).unref()
  }

  /** Syncs what is there now, after any sync that is under way. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running = this.#running.then(() => this.#sync())
    return this.#running
  }

  async #sync(): Promise<void> {
    const segments = [...this.#dirty]
    this.#dirty.clear()
    for (const segment of segments) {
      try {
        await segment.sync()
        this.commits += 1
      } catch (error) {
        // A segment acknowledged and removed in the meantime needs no sync.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          this.#options.onError(error as Error)
      }
    }
  }
}
