/**
 * The tables of a chunk while it is being encoded: each text, process, namespace set, credential and program goes on the
 * wire once. event-to-wire.ts fills it event by event; codec.ts takes the result. One instance per chunk.
 */
import type { Wire } from './codec.ts'
import { atMost, CodecError, whole } from './codec-error.ts'
import { wireEnums } from './enums.ts'
import type { ExecEvent, FileKey, Namespaces, ProcessKey } from './event.ts'
import { limits, ranges } from './limits.ts'

/**
 * How many of the newest entries of a table are compared before a new one is added. Programs and credentials of one
 * drain come from a handful of containers; a miss costs a few bytes, a longer search costs every event.
 */
const searchedEntries = 8

/** Nested objects that repeat are told apart by comparing numbers, which is several times faster than building a key. */
const find = <T>(entries: readonly T[], isSame: (entry: T) => boolean): number => {
  const last = Math.max(0, entries.length - searchedEntries)
  for (let index = entries.length - 1; index >= last; index -= 1) {
    if (isSame(entries[index] as T)) return index + 1
  }
  return 0
}

/** Saturates what a hostile file system may choose freely; identities stay equal because the result is the same each time. */
const clamp = (value: number, min: number, max: number): number =>
  Number.isNaN(value) ? 0 : Math.trunc(Math.min(max, Math.max(min, value)))

/** The wire form of a FileKey. */
export const fileToWire = (file: FileKey): Wire['FileKey'] => ({
  device: whole(file.device, ranges.u32, 'file.device'),
  inode: clamp(file.inode, 0, ranges.u64),
  ctimeUs: clamp(file.ctimeUs, -ranges.exact, ranges.exact),
})

const sameFile = (a: FileKey | undefined, b: FileKey | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.inode === b.inode &&
    a.ctimeUs === b.ctimeUs &&
    a.device === b.device)

export class ChunkWriter {
  readonly strings: string[] = []
  readonly processes: Wire['ProcessKey'][] = []
  readonly namespaces: Wire['Namespaces'][] = []
  readonly credentials: Wire['Credentials'][] = []
  readonly programs: Wire['Program'][] = []
  /** Pid in its namespace of the chunk's previous exec or exit. */
  previousNsPid = 0
  readonly #stringNumbers = new Map<string, number>([['', 0]])
  /** By pid; more than one entry only where a pid was reused within the chunk. */
  readonly #processNumbers = new Map<number, { readonly startNs: number; readonly ref: number }[]>()
  readonly #namespaceSources: Namespaces[] = []
  readonly #programSources: ExecEvent[] = []
  #previousPid = 0
  #previousStartNs = 0

  /** Reference of a text. */
  text(value: string): number {
    const known = this.#stringNumbers.get(value)
    if (known !== undefined) return known
    // UTF-8 needs at most three bytes per UTF-16 unit: only long texts have to be measured.
    if (value.length * 3 > limits.stringBytes)
      atMost(Buffer.byteLength(value), limits.stringBytes, 'bytes of a string')
    const ref = this.strings.push(value)
    this.#stringNumbers.set(value, ref)
    return ref
  }

  /** References of a list of texts. */
  texts(values: readonly string[], maxCount: number, what: string): number[] {
    atMost(values.length, maxCount, what)
    return values.map((value) => this.text(value))
  }

  /** Reference of a process, 0 for none. */
  process(key: ProcessKey | undefined): number {
    if (key === undefined) return 0
    const { pid, startNs } = key
    const known = this.#processNumbers.get(pid)
    const same = known?.find((entry) => entry.startNs === startNs)
    if (same !== undefined) return same.ref
    const ref = this.processes.push(this.#processToWire(pid, startNs))
    if (known === undefined) this.#processNumbers.set(pid, [{ startNs, ref }])
    else known.push({ startNs, ref })
    return ref
  }

  #processToWire(pid: number, startNs: number): Wire['ProcessKey'] {
    const pidDelta = whole(pid, ranges.u32, 'process.pid') - this.#previousPid
    whole(startNs, ranges.u64, 'process.startNs')
    const startDeltaNs = exactDelta(startNs, this.#previousStartNs)
    this.#previousPid = pid
    this.#previousStartNs = startNs
    return startDeltaNs === undefined
      ? { pidDelta, startDeltaNs: 0, startNs }
      : { pidDelta, startDeltaNs, startNs: null }
  }

  /** Pid in its namespace, relative to the previous one. */
  nsPid(nsPid: number): number {
    const delta = whole(nsPid, ranges.u32, 'nsPid') - this.previousNsPid
    this.previousNsPid = nsPid
    return delta
  }

  /** Reference of an exec's namespaces. */
  namespaceSet(set: Namespaces): number {
    const known = find(
      this.#namespaceSources,
      (entry) =>
        entry.pid === set.pid &&
        entry.mnt === set.mnt &&
        entry.net === set.net &&
        entry.user === set.user &&
        entry.uts === set.uts &&
        entry.ipc === set.ipc &&
        entry.cgroup === set.cgroup,
    )
    if (known !== 0) return known
    this.#namespaceSources.push(set)
    return this.namespaces.push({
      mnt: whole(set.mnt, ranges.u32, 'namespaces.mnt'),
      pid: whole(set.pid, ranges.u32, 'namespaces.pid'),
      net: whole(set.net, ranges.u32, 'namespaces.net'),
      user: whole(set.user, ranges.u32, 'namespaces.user'),
      uts: whole(set.uts, ranges.u32, 'namespaces.uts'),
      ipc: whole(set.ipc, ranges.u32, 'namespaces.ipc'),
      cgroup: whole(set.cgroup, ranges.u32, 'namespaces.cgroup'),
    })
  }

  /** Reference of an exec's credentials. */
  credentialsOf(event: ExecEvent): number {
    const known = find(
      this.credentials,
      (entry) =>
        entry.uid === event.uid &&
        entry.gid === event.gid &&
        entry.euid === event.euid &&
        entry.capabilities === event.capabilities &&
        entry.loginUid === (event.loginUid ?? null),
    )
    if (known !== 0) return known
    return this.credentials.push({
      uid: whole(event.uid, ranges.u32, 'uid'),
      gid: whole(event.gid, ranges.u32, 'gid'),
      euid: whole(event.euid, ranges.u32, 'euid'),
      capabilities: whole(event.capabilities, ranges.u64, 'capabilities'),
      loginUid: event.loginUid === undefined ? null : whole(event.loginUid, ranges.u32, 'loginUid'),
    })
  }

  /** Reference of an exec's executable. */
  programOf(event: ExecEvent): number {
    const known = find(
      this.#programSources,
      (entry) =>
        entry.exe === event.exe &&
        entry.fileMode === event.fileMode &&
        entry.fileOrigin === event.fileOrigin &&
        sameFile(entry.file, event.file),
    )
    if (known !== 0) return known
    this.#programSources.push(event)
    return this.programs.push({
      exe: this.text(event.exe),
      fileMode: whole(event.fileMode, ranges.fileMode, 'fileMode'),
      fileOrigin: wireEnums.fileOrigin.toWire(event.fileOrigin),
      file: event.file === undefined ? null : fileToWire(event.file),
    })
  }
}

/**
 * value - base where a double carries that difference exactly in both directions; undefined where it does not, so that
 * the value itself must be sent. Above 2^53 the difference of two near doubles is still exact (Sterbenz's lemma).
 */
export const exactDelta = (value: number, base: number): number | undefined => {
  const delta = value - base
  return Number.isSafeInteger(delta) && base + delta === value ? delta : undefined
}

/** Wall times: exact doubles, from 1970 to 2255. */
export const wallTime = (value: number, field: string): number => {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new CodecError('range', `${field}: must be Unix microseconds (got ${value})`)
}
