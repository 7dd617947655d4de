/**
 * Bytes of the probe's records to source records. Pure and total: whatever the bytes are, the answer is a record or
 * undefined, which is counted. Runs for every record, so it makes few objects and no BigInt.
 */
import type { FileKey, Namespaces, ProcessKey } from '#proto/event.ts'
import { parseAddress } from '../address.ts'
import type {
  AliveRecord,
  CgroupKey,
  CgroupRecord,
  ExecRecord,
  ExitRecord,
  ForkRecord,
} from '../record.ts'
import {
  cgroupOffsets,
  commBytes,
  exitBytes,
  exitOffsets,
  forkBytes,
  forkOffsets,
  headerBytes,
  headerOffsets,
  kindAlive,
  programOffsets,
  recordFlags,
  recordOrigins,
  ttyBytes,
} from './record-layout.ts'
import { type RecordMemory, u32, u64 } from './record-memory.ts'
import { decodeDns, decodeSocket, type SocketRecord } from './socket-decoder.ts'
import { TextCache } from './text-cache.ts'

export type ProbeRecord =
  | ExecRecord
  | AliveRecord
  | ExitRecord
  | ForkRecord
  | CgroupRecord
  | SocketRecord

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const textsMax = 8192
const cgroupListsMax = 4096
const namespacesMax = 1024
const unsetUid = 0xffffffff

export interface DecoderOptions {
  /** Size of a page: the kernel counts memory in pages. */
  readonly pageBytes: number
}

export class RecordDecoder {
  readonly #pageBytes: number
  readonly #paths = new TextCache(parsePathNames, textsMax)
  readonly #names = new TextCache((bytes) => bytes.toString('utf8'), textsMax)
  readonly #addresses = new TextCache(parseAddress, textsMax)
  readonly #socketContext = {
    addresses: this.#addresses,
    cgroups: (words: Uint32Array, at: number) => this.#cgroups(words, at),
  }
  readonly #cgroupLists = new Map<number, CachedCgroups>()
  readonly #namespaces = new Map<number, Namespaces>()
  #errors = 0

  constructor(options: DecoderOptions) {
    this.#pageBytes = options.pageBytes
  }

  /** Records that made no sense. */
  get errors(): number {
    return this.#errors
  }

  /** Decodes the record of `size` bytes at byte `at`, a multiple of four. Its argvBytes are a view. */
  decode(memory: RecordMemory, at: number, size: number): ProbeRecord | undefined {
    const record = this.#decode(memory, at, size)
    if (record === undefined) this.#errors += 1
    return record
  }

  #decode(memory: RecordMemory, at: number, size: number): ProbeRecord | undefined {
    const { words } = memory
    if (size < headerBytes || at % 4 !== 0 || at + size > memory.bytes.length) return undefined
    switch (words[(at + headerOffsets.kind) >> 2]) {
      case 0:
        return this.#program(memory, at, size)
      case 1:
        return size < exitBytes ? undefined : this.#exit(memory, at)
      case 2:
        return size < forkBytes ? undefined : this.#fork(words, at)
      case 3:
        return this.#cgroup(memory, at, size)
      case 4:
        return decodeSocket(this.#socketContext, 'connect', memory, at, size)
      case 5:
        return decodeSocket(this.#socketContext, 'accept', memory, at, size)
      case 6:
        return decodeSocket(this.#socketContext, 'close', memory, at, size)
      case 7:
        return decodeSocket(this.#socketContext, 'listen', memory, at, size)
      case 8:
        return decodeDns(this.#socketContext, memory, at, size)
      case kindAlive: {
        const program = this.#program(memory, at, size)
        const forked = (u32(words, at + headerOffsets.flags) & recordFlags.forked) !== 0
        return program && { ...program, kind: 'alive', forked }
      }
      default:
        return undefined
    }
  }

  #exit(memory: RecordMemory, at: number): ExitRecord {
    const { words } = memory
    const times = adjustCpuTimes(
      u64(words, at + exitOffsets.user_ns),
      u64(words, at + exitOffsets.system_ns),
      u64(words, at + exitOffsets.run_ns),
    )
    const record: Mutable<ExitRecord> = {
      kind: 'exit',
      bootNs: u64(words, at + headerOffsets.boot_ns),
      process: processOf(words, at),
      cgroups: this.#cgroups(words, at),
      nsPid: u32(words, at + headerOffsets.ns_pid),
      uid: u32(words, at + exitOffsets.uid),
      status: u32(words, at + exitOffsets.status),
      userNs: times.userNs,
      systemNs: times.systemNs,
      maxRssBytes: u64(words, at + exitOffsets.maxrss_pages) * this.#pageBytes,
      maxRssInherited: (u32(words, at + headerOffsets.flags) & recordFlags.maxrssInherited) !== 0,
      comm: this.#fixedText(memory.bytes, at + exitOffsets.comm, commBytes),
    }
    if (hasParent(words, at)) record.parent = parentOf(words, at)
    return record
  }

  #fork(words: Uint32Array, at: number): ForkRecord {
    const record: Mutable<ForkRecord> = {
      kind: 'fork',
      bootNs: u64(words, at + headerOffsets.boot_ns),
      child: processOf(words, at),
      creator: {
        pid: u32(words, at + forkOffsets.creator_pid),
        startNs: u64(words, at + forkOffsets.creator_start_ns),
      },
      cgroups: this.#cgroups(words, at),
    }
    if (hasParent(words, at)) record.parent = parentOf(words, at)
    return record
  }

  #cgroup(memory: RecordMemory, at: number, size: number): CgroupRecord | undefined {
    const { words, bytes } = memory
    if (size < cgroupOffsets.tail) return undefined
    const pathSize = u32(words, at + cgroupOffsets.path_size)
    if (pathSize > size - cgroupOffsets.tail) return undefined
    const hierarchy = u32(words, at + headerOffsets.v1_hierarchy)
    const id = hierarchy === 0 ? headerOffsets.cgroup_id : headerOffsets.v1_cgroup_id
    const start = at + cgroupOffsets.tail
    const removed = (u32(words, at + headerOffsets.flags) & recordFlags.cgroupRemoved) !== 0
    return {
      kind: 'cgroup',
      bootNs: u64(words, at + headerOffsets.boot_ns),
      phase: removed ? 'removed' : 'created',
      cgroup: { hierarchy, id: u64(words, at + id) },
      path: bytes.toString('utf8', start, start + pathSize),
    }
  }

  #program(memory: RecordMemory, at: number, size: number): Mutable<ExecRecord> | undefined {
    const { words, bytes } = memory
    if (size < programOffsets.tail) return undefined
    const argvEnd = at + programOffsets.tail + u32(words, at + programOffsets.argv_size)
    const exeEnd = argvEnd + u32(words, at + programOffsets.exe_size)
    const cwdEnd = exeEnd + u32(words, at + programOffsets.cwd_size)
    const scriptEnd = cwdEnd + u32(words, at + programOffsets.script_size)
    const interpreterEnd = scriptEnd + u32(words, at + programOffsets.interpreter_size)
    if (interpreterEnd > at + size) return undefined
    const flags = u32(words, at + headerOffsets.flags)
    const loginUid = u32(words, at + programOffsets.login_uid)
    const hasFile = (flags & recordFlags.noFile) === 0
    const exe = hasFile ? this.#paths.get(bytes, argvEnd, exeEnd) : ''
    const cwd = exeEnd === cwdEnd && !hasFile ? '' : this.#paths.get(bytes, exeEnd, cwdEnd)
    const record: Mutable<ExecRecord> = {
      kind: 'exec',
      bootNs: u64(words, at + headerOffsets.boot_ns),
      process: processOf(words, at),
      cgroups: this.#cgroups(words, at),
      nsPid: u32(words, at + headerOffsets.ns_pid),
      uid: u32(words, at + programOffsets.uid),
      gid: u32(words, at + programOffsets.gid),
      euid: u32(words, at + programOffsets.euid),
      capabilities: u64(words, at + programOffsets.capabilities),
      namespaces: this.#namespacesAt(words, (at + programOffsets.ns_mnt) >> 2),
      exe: (flags & recordFlags.exeTruncated) !== 0 ? `…${exe}` : exe,
      fileMode: u32(words, at + programOffsets.mode) & 0xffff,
      fileOrigin: recordOrigins[bytes[at + programOffsets.origin] as number] ?? 'unknown',
      argvBytes: bytes.subarray(at + programOffsets.tail, argvEnd),
      argvLength: u32(words, at + programOffsets.argv_length),
      cwd: cwdText(cwd, flags),
      tty: parseTtyName(this.#fixedText(bytes, at + programOffsets.tty, ttyBytes)),
      stdioSockets: (bytes[at + programOffsets.stdio_sockets] as number) & 7,
      comm: this.#fixedText(bytes, at + programOffsets.comm, commBytes),
    }
    // Assigned, not spread: this runs for every exec, and a spread copies the whole object.
    if (hasParent(words, at)) record.parent = parentOf(words, at)
    if (loginUid !== unsetUid) record.loginUid = loginUid
    if (hasFile) record.file = fileOf(words, at)
    if (scriptEnd > cwdEnd) {
      record.script = this.#names.get(bytes, cwdEnd, scriptEnd - 1)
      record.interpreter = this.#names.get(
        bytes,
        scriptEnd,
        Math.max(scriptEnd, interpreterEnd - 1),
      )
    }
    return record
  }

  #fixedText(bytes: Buffer, start: number, size: number): string {
    let end = start
    while (end < start + size && bytes[end] !== 0) end += 1
    return end === start ? '' : this.#names.get(bytes, start, end)
  }

  /** The lists repeat, and are shared. */
  #cgroups(words: Uint32Array, at: number): readonly CgroupKey[] {
    const id = u64(words, at + headerOffsets.cgroup_id)
    const v1Hierarchy = u32(words, at + headerOffsets.v1_hierarchy)
    const v1Id = v1Hierarchy === 0 ? 0 : u64(words, at + headerOffsets.v1_cgroup_id)
    const index = v1Hierarchy === 0 ? id : -v1Id
    const known = this.#cgroupLists.get(index)
    if (known?.id === id && known.v1Id === v1Id && known.v1Hierarchy === v1Hierarchy)
      return known.list
    const list = cgroupList(id, v1Hierarchy, v1Id)
    if (this.#cgroupLists.size >= cgroupListsMax) this.#cgroupLists.clear()
    this.#cgroupLists.set(index, { id, v1Id, v1Hierarchy, list })
    return list
  }

  #namespacesAt(words: Uint32Array, word: number): Namespaces {
    const fresh: Namespaces = {
      mnt: words[word] as number,
      pid: words[word + 1] as number,
      net: words[word + 2] as number,
      user: words[word + 3] as number,
      uts: words[word + 4] as number,
      ipc: words[word + 5] as number,
      cgroup: words[word + 6] as number,
    }
    const known = this.#namespaces.get(fresh.mnt)
    if (
      known !== undefined &&
      known.pid === fresh.pid &&
      known.net === fresh.net &&
      known.user === fresh.user &&
      known.uts === fresh.uts &&
      known.ipc === fresh.ipc &&
      known.cgroup === fresh.cgroup
    )
      return known
    if (this.#namespaces.size >= namespacesMax) this.#namespaces.clear()
    this.#namespaces.set(fresh.mnt, fresh)
    return fresh
  }
}

interface CachedCgroups {
  readonly id: number
  readonly v1Id: number
  readonly v1Hierarchy: number
  readonly list: readonly CgroupKey[]
}

/** The cgroups of one process as keys, v2 first. All zero: none. */
export const cgroupList = (id: number, v1Hierarchy: number, v1Id: number): readonly CgroupKey[] => {
  const list: CgroupKey[] = id === 0 ? [] : [{ hierarchy: 0, id }]
  if (v1Hierarchy !== 0) list.push({ hierarchy: v1Hierarchy, id: v1Id })
  return list
}

/** Names from the leaf up, each ended by NUL, to an absolute path. No name at all is the root itself. */
export const parsePathNames = (bytes: Buffer): string => {
  const names = bytes.toString('utf8').split('\0')
  names.pop()
  return `/${names.reverse().join('/')}`
}

/** The tty driver says `pts3` where the file is `pts/3` (drivers/tty/pty.c); all other names are right. */
export const parseTtyName = (name: string): string =>
  name.startsWith('pts') && /^pts\d+$/.test(name) ? `pts/${name.slice(3)}` : name

/**
 * The kernel's cputime_adjust() (kernel/sched/cputime.c): the tick samples how user and system time relate, the
 * scheduler knows their exact sum. So the sum is exact and the split is what wait4(2) would say.
 */
export const adjustCpuTimes = (
  userNs: number,
  systemNs: number,
  runNs: number,
): { readonly userNs: number; readonly systemNs: number } => {
  if (systemNs === 0) return { userNs: runNs, systemNs: 0 }
  if (userNs === 0) return { userNs: 0, systemNs: runNs }
  const system = Math.round((runNs * systemNs) / (userNs + systemNs))
  return { userNs: runNs - system, systemNs: system }
}

/** As /proc/PID/cwd shows it, with its mark of a removed directory. */
const cwdText = (cwd: string, flags: number): string => {
  const start = (flags & recordFlags.cwdTruncated) !== 0 ? `…${cwd}` : cwd
  return (flags & recordFlags.cwdDeleted) !== 0 ? `${start} (deleted)` : start
}

const processOf = (words: Uint32Array, at: number): ProcessKey => ({
  pid: u32(words, at + headerOffsets.pid),
  startNs: u64(words, at + headerOffsets.start_ns),
})

const hasParent = (words: Uint32Array, at: number): boolean =>
  u32(words, at + headerOffsets.parent_pid) !== 0

const parentOf = (words: Uint32Array, at: number): ProcessKey => ({
  pid: u32(words, at + headerOffsets.parent_pid),
  startNs: u64(words, at + headerOffsets.parent_start_ns),
})

const fileOf = (words: Uint32Array, at: number): FileKey => ({
  device: u32(words, at + programOffsets.device),
  inode: u64(words, at + programOffsets.inode),
  ctimeUs:
    u64(words, at + programOffsets.ctime_seconds) * 1e6 +
    Math.floor(u32(words, at + programOffsets.ctime_ns) / 1000),
})
