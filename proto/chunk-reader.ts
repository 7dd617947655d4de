/**
 * The tables of a received chunk, resolved once: references of its events become shared, readonly objects. Every
 * reference and every number is checked, because the sender may be broken or hostile; violations are CodecErrors.
 */
import type { Wire } from './codec.ts'
import { CodecError, whole } from './codec-error.ts'
import { wireEnums } from './enums.ts'
import type { FileKey, FileOrigin, Namespaces, ProcessKey } from './event.ts'
import { ranges } from './limits.ts'

/** An exec's executable. */
export interface Program {
  readonly exe: string
  readonly file: FileKey | undefined
  readonly fileMode: number
  readonly fileOrigin: FileOrigin
}

/** Wall times: exact doubles, from 1970 to 2255. */
export const wallTime = (value: number, field: string): number => whole(value, ranges.exact, field)

/** The FileKey of its wire form. */
export const fileFromWire = (file: Wire['FileKey']): FileKey => {
  if (!Number.isSafeInteger(file.ctimeUs))
    throw new CodecError('range', `file.ctimeUs: out of range (got ${file.ctimeUs})`)
  return {
    device: file.device,
    inode: whole(file.inode, ranges.u64, 'file.inode'),
    ctimeUs: file.ctimeUs,
  }
}

const entryOf = <T>(table: readonly T[], ref: number, what: string): T => {
  const entry = table[ref - 1]
  if (entry === undefined)
    throw new CodecError('reference', `${what}: no entry ${ref} in a table of ${table.length}`)
  return entry
}

export class ChunkReader {
  /** Pid in its namespace of the previous exec or exit. */
  #previousNsPid = 0
  readonly #strings: readonly string[]
  readonly #processes: readonly ProcessKey[]
  readonly #namespaces: readonly Namespaces[]
  readonly #credentials: readonly Wire['Credentials'][]
  readonly #programs: readonly Program[]

  constructor(chunk: Wire['Chunk']) {
    this.#strings = chunk.strings
    this.#processes = processKeys(chunk.processes)
    this.#namespaces = chunk.namespaces.map(({ mnt, pid, net, user, uts, ipc, cgroup }) => ({
      mnt,
      pid,
      net,
      user,
      uts,
      ipc,
      cgroup,
    }))
    this.#credentials = chunk.credentials
    this.#programs = chunk.programs.map((program) => ({
      exe: this.text(program.exe),
      file: program.file == null ? undefined : fileFromWire(program.file),
      fileMode: whole(program.fileMode, ranges.fileMode, 'fileMode'),
      fileOrigin: wireEnums.fileOrigin.fromWire(program.fileOrigin),
    }))
  }

  text(ref: number): string {
    return ref === 0 ? '' : entryOf(this.#strings, ref, 'string')
  }

  texts(refs: readonly number[]): readonly string[] {
    return refs.map((ref) => this.text(ref))
  }

  /** Undefined for reference 0. */
  process(ref: number): ProcessKey | undefined {
    return ref === 0 ? undefined : entryOf(this.#processes, ref, 'process')
  }

  /** For events that cannot be without one. */
  ownProcess(ref: number): ProcessKey {
    return entryOf(this.#processes, ref, 'process')
  }

  namespaceSet(ref: number): Namespaces {
    return entryOf(this.#namespaces, ref, 'namespaces')
  }

  credentials(ref: number): Wire['Credentials'] {
    return entryOf(this.#credentials, ref, 'credentials')
  }

  program(ref: number): Program {
    return entryOf(this.#programs, ref, 'program')
  }

  /** Moves on by a delta and gives the pid in its namespace. */
  nsPid(delta: number): number {
    this.#previousNsPid = whole(this.#previousNsPid + delta, ranges.u32, 'nsPid')
    return this.#previousNsPid
  }
}

const processKeys = (entries: readonly Wire['ProcessKey'][]): ProcessKey[] => {
  let pid = 0
  let startNs = 0
  return entries.map((entry) => {
    pid = whole(pid + entry.pidDelta, ranges.u32, 'process.pid')
    startNs = whole(entry.startNs ?? startNs + entry.startDeltaNs, ranges.u64, 'process.startNs')
    return { pid, startNs }
  })
}
