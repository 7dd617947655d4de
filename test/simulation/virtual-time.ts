/**
 * Time of a simulated world: takes the place of the global timers while a run lasts, and jumps from one that is due to the next.
 * Each timer and whatever follows from it belongs to a simulated process; a killed process does nothing more.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** A simulated process. */
export interface Owner {
  isAlive: boolean
  /** Stopped by SIGSTOP until then, virtual ms. */
  stoppedUntilMs: number
}

interface Timer {
  dueMs: number
  readonly order: number
  readonly everyMs: number | undefined
  readonly owner: Owner | undefined
  readonly action: () => void
  isCleared: boolean
}

const globals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
] as const

/** One for all runs: each further one would make every switch of context dearer. */
const owners = new AsyncLocalStorage<Owner | undefined>()

/** Chains of promises between two timers are no longer than this; a longer one goes on after the next timer. */
const turnsPerTimer = 12

export class VirtualTime {
  /** A binary heap by due time. */
  readonly #heap: Timer[] = []
  #order = 0
  nowMs = 0
  timersRun = 0

  /** What runs within, and all that follows from it, belongs to the owner. */
  as<T>(owner: Owner | undefined, action: () => T): T {
    return owners.run(owner, action)
  }

  get owner(): Owner | undefined {
    return owners.getStore()
  }

  after(delayMs: number, action: () => void, owner = this.owner): Timer {
    return this.#add(delayMs, undefined, action, owner)
  }

  /** Resolves after so long; never, if the owner is killed before. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  #add(
    delayMs: number,
    everyMs: number | undefined,
    action: () => void,
    owner: Owner | undefined,
  ): Timer {
    const dueMs = this.nowMs + Math.max(0, delayMs)
    const timer = { dueMs, order: this.#order++, everyMs, owner, action, isCleared: false }
    this.#push(timer)
    return timer
  }

  /** Puts virtual timers in the place of the global ones; returns how to put those back. */
  install(random: () => number): () => void {
    const before = Object.fromEntries(globals.map((name) => [name, globalThis[name]]))
    const realRandom = Math.random
    const handle = (timer: Timer) => {
      const self = { timer, unref: () => self, ref: () => self, hasRef: () => true }
      return self
    }
    type Handle = ReturnType<typeof handle>
    const clear = (known: Handle | undefined): void => {
      if (known?.timer !== undefined) known.timer.isCleared = true
    }
    Object.assign(globalThis, {
      setTimeout: (action: () => void, delayMs = 0) =>
        handle(this.#add(delayMs, undefined, action, this.owner)),
      setInterval: (action: () => void, everyMs: number) =>
        handle(this.#add(everyMs, everyMs, action, this.owner)),
      setImmediate: (action: () => void) => handle(this.#add(0, undefined, action, this.owner)),
      clearTimeout: clear,
      clearInterval: clear,
    })
    Math.random = random
    return () => {
      Object.assign(globalThis, before)
      Math.random = realRandom
    }
  }

  /** Runs what falls due until then, or until the test says that it is enough. */
  async runUntil(endMs: number, isEnough: () => boolean = () => false): Promise<void> {
    await this.#settle()
    if (isEnough()) return
    for (;;) {
      const timer = this.#heap[0]
      if (timer === undefined || timer.dueMs > endMs) break
      this.#pop()
      if (timer.isCleared || timer.owner?.isAlive === false) continue
      this.nowMs = Math.max(this.nowMs, timer.dueMs)
      const stoppedMs = (timer.owner?.stoppedUntilMs ?? 0) - this.nowMs
      if (stoppedMs > 0) {
        timer.dueMs = this.nowMs + stoppedMs
        this.#push(timer)
        continue
      }
      this.timersRun += 1
      this.as(timer.owner, timer.action)
      if (timer.everyMs !== undefined && !timer.isCleared) {
        timer.dueMs = this.nowMs + timer.everyMs
        this.#push(timer)
      }
      await this.#settle()
      if (isEnough()) return
    }
    this.nowMs = Math.max(this.nowMs, endMs)
  }

  /** Lets run what is resolved already. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < turnsPerTimer; turn += 1) await undefined
  }

  #isBefore(one: Timer, other: Timer): boolean {
    return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!this.#isBefore(timer, heap[up] as Timer)) break
      heap[at] = heap[up] as Timer
      at = up
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as Timer, heap[child] as Timer))
        child += 1
      if (!this.#isBefore(heap[child] as Timer, last)) break
      heap[at] = heap[child] as Timer
      at = child
    }
    heap[at] = last
  }
}
