/**
 * Which process holds which socket: the links in /proc/PID/fd, proc_pid_fd(5). Called by socket-scan.ts for the sockets of one
 * network namespace whose holder is not known yet. Bounded; what was not read is counted.
 */
import { opendirSync } from 'node:fs'
import type { ProcessKey } from '#proto/event.ts'
import { parseSocketLink } from './links.ts'
import { attempt, readProcLink, readValue } from './proc-file.ts'
import { readStat } from './stat.ts'

export interface SocketHoldersOptions {
  readonly root: string
  /** Most descriptors read of one process in one search. */
  readonly descriptorsPerProcessMax: number
  /** Most descriptors read in one search: a link takes about 4 µs. */
  readonly descriptorsPerSearchMax: number
}

/** Directory entries fetched at once. */
const bufferSize = 256

export class SocketHolders {
  readonly #options: SocketHoldersOptions
  #processesCut = 0

  constructor(options: SocketHoldersOptions) {
    this.#options = options
  }

  /** Processes of which not all descriptors were read though sockets were still sought, at each search anew. */
  get processesCut(): number {
    return this.#processesCut
  }

  /**
   * The first holder of each of these sockets among these processes, in their order. Sockets that none of them holds are left out.
   * Never throws: a process that cannot be read holds nothing.
   */
  find(
    wanted: ReadonlySet<number>,
    processes: readonly ProcessKey[],
  ): ReadonlyMap<number, ProcessKey> {
    const { descriptorsPerProcessMax, descriptorsPerSearchMax } = this.#options
    const missing = new Set(wanted)
    const holders = new Map<number, ProcessKey>()
    let left = descriptorsPerSearchMax
    for (const [index, process] of processes.entries()) {
      if (missing.size === 0) break
      if (left === 0) {
        this.#processesCut += processes.length - index
        break
      }
      const most = Math.min(left, descriptorsPerProcessMax)
      const { read, sockets, cut } = this.#search(process, missing, most)
      left -= read
      this.#processesCut += Number(cut)
      for (const inode of sockets) {
        missing.delete(inode)
        holders.set(inode, process)
      }
    }
    return holders
  }

  #search(process: ProcessKey, missing: ReadonlySet<number>, most: number): Search {
    const sockets = new Set<number>()
    let search: Search = { read: 0, sockets, cut: false }
    try {
      const directory = `${this.#options.root}/${process.pid}/fd`
      search = readValue(attempt(directory, () => readSockets(directory, missing, most))) ?? search
      if (search.sockets.size === 0 || this.#isStillThere(process)) return search
    } catch {
      // This process cannot be read: its sockets stay without an owner, which the scan counts.
    }
    return { ...search, sockets }
  }

  /** Somebody else may have the pid by now. */
  #isStillThere({ pid, startNs }: ProcessKey): boolean {
    return readValue(readStat(this.#options.root, pid))?.startNs === startNs
  }
}

interface Search {
  /** Descriptors read. */
  readonly read: number
  /** Those of the sockets sought that are among them. */
  readonly sockets: ReadonlySet<number>
  readonly cut: boolean
}

const readSockets = (directory: string, missing: ReadonlySet<number>, most: number): Search => {
  const sockets = new Set<number>()
  const descriptors = opendirSync(directory, { bufferSize })
  try {
    for (let read = 0; ; read += 1) {
      const entry = sockets.size === missing.size ? null : descriptors.readSync()
      if (entry === null || read === most) return { read, sockets, cut: entry !== null }
      const inode = parseSocketLink(readValue(readProcLink(`${directory}/${entry.name}`)) ?? '')
      if (inode !== undefined && missing.has(inode)) sockets.add(inode)
    }
  } finally {
    descriptors.closeSync()
  }
}
