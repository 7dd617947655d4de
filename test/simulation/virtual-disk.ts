/**
 * A disk of a simulated node: keeps what a killed process wrote, forgets after a power cut what was not synced, runs full, fails
 * and flips bits. One per node; each simulated process gets a view that dies with it.
 */
import type { SpoolDisk } from '#agent/spool/disk.ts'
import type { Chance } from './random.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

interface File {
  bytes: Buffer
  /** How much of it a power cut leaves for sure. */
  syncedBytes: number
}

const failure = (code: string): Error => Object.assign(new Error(`${code}: simulated`), { code })

/** What fdatasync takes. */
const syncMs = 8

export class VirtualDisk {
  readonly #files = new Map<string, File>()
  readonly #chance: Chance
  readonly #time: VirtualTime
  #lockedBy: Owner | undefined
  /** Bytes at which it is full. */
  capacityBytes = Number.POSITIVE_INFINITY
  /** Every write and sync fails with EIO while set. */
  isFailing = false

  constructor(time: VirtualTime, chance: Chance) {
    this.#time = time
    this.#chance = chance
  }

  get usedBytes(): number {
    let sum = 0
    for (const { bytes } of this.#files.values()) sum += bytes.length
    return sum
  }

  /** What is not synced is there in part, if at all. */
  powerCut(): void {
    for (const file of this.#files.values()) {
      const unsynced = file.bytes.length - file.syncedBytes
      if (unsynced > 0)
        file.bytes = file.bytes.subarray(0, file.syncedBytes + this.#chance.whole(0, unsynced))
    }
  }

  /** Flips a bit of some segment; returns false when there is nothing to damage. */
  flipBit(): boolean {
    const names = [...this.#files.keys()].filter((name) => name.endsWith('.segment'))
    if (names.length === 0) return false
    const file = this.#files.get(this.#chance.pick(names))
    if (file === undefined || file.bytes.length === 0) return false
    const at = this.#chance.whole(0, file.bytes.length - 1)
    const copy = Buffer.from(file.bytes)
    copy[at] = (copy[at] ?? 0) ^ (1 << this.#chance.whole(0, 7))
    file.bytes = copy
    return true
  }

  /** What a process sees of it. */
  viewOf(owner: Owner): SpoolDisk {
    const check = (): void => {
      if (!owner.isAlive) throw failure('EOWNERDEAD')
    }
    const file = (path: string): File => {
      check()
      const found = this.#files.get(path)
      if (found === undefined) throw failure('ENOENT')
      return found
    }
    const write = (target: File, parts: readonly Uint8Array[]): number => {
      check()
      if (this.isFailing) throw failure('EIO')
      const all = Buffer.concat(parts)
      const room = Math.max(0, this.capacityBytes - this.usedBytes)
      target.bytes = Buffer.concat([target.bytes, all.subarray(0, Math.min(room, all.length))])
      if (room < all.length) throw failure('ENOSPC')
      return all.length
    }
    return {
      makeDirectory: check,
      lock: () => {
        check()
        if (this.#lockedBy?.isAlive === true && this.#lockedBy !== owner) throw failure('EAGAIN')
        this.#lockedBy = owner
        return () => {
          if (this.#lockedBy === owner) this.#lockedBy = undefined
        }
      },
      list: (dir) => {
        check()
        const prefix = `${dir}/`
        return [...this.#files.keys()]
          .filter((path) => path.startsWith(prefix))
          .map((path) => path.slice(prefix.length))
      },
      read: (path) => Buffer.from(file(path).bytes),
      readHead: (path, headBytes) => {
        const { bytes } = file(path)
        return { head: Buffer.from(bytes.subarray(0, headBytes)), bytes: bytes.length }
      },
      open: (path, isNew) => {
        check()
        if (isNew && this.#files.has(path)) throw failure('EEXIST')
        const target = this.#files.get(path) ?? { bytes: Buffer.alloc(0), syncedBytes: 0 }
        this.#files.set(path, target)
        return {
          append: (parts) => write(target, parts),
          truncate: (bytes) => {
            check()
            target.bytes = target.bytes.subarray(0, bytes)
            target.syncedBytes = Math.min(target.syncedBytes, bytes)
          },
          close: () => {},
        }
      },
      truncate: (path, bytes) => {
        const target = file(path)
        target.bytes = target.bytes.subarray(0, bytes)
        target.syncedBytes = Math.min(target.syncedBytes, bytes)
      },
      sync: async (path) => {
        const target = file(path)
        const { length } = target.bytes
        await this.#time.sleep(syncMs)
        check()
        if (this.isFailing) throw failure('EIO')
        target.syncedBytes = Math.max(target.syncedBytes, Math.min(length, target.bytes.length))
      },
      replaceSynced: (path, _aside, parts) => {
        const target = { bytes: Buffer.alloc(0), syncedBytes: 0 }
        const bytes = write(target, parts)
        target.syncedBytes = bytes
        this.#files.set(path, target)
        return bytes
      },
      replace: (path, _aside, text) => {
        const target = { bytes: Buffer.alloc(0), syncedBytes: 0 }
        write(target, [Buffer.from(text)])
        this.#files.set(path, target)
      },
      remove: (path) => {
        file(path)
        this.#files.delete(path)
      },
    }
  }
}
