/**
 * /proc/PID/net/{tcp,tcp6,udp,udp6,raw,raw6}, proc_pid_net(5): the sockets of one kind in the network namespace of one process.
 * Read by net-namespaces.ts for connections and by net-sockets.ts for standard descriptors.
 *
 * All tables share their first ten columns (net/ipv4/tcp_ipv4.c, get_tcp4_sock; net/ipv6/datagram.c, __ip6_dgram_sock_seq_show).
 * A read costs as much as the kernel's table of all namespaces is large: about 3 ms for 262,144 slots, even for no row.
 */
import { endianness } from 'node:os'
import type { Endpoint } from '#proto/event.ts'
import { parseAddress } from '../address.ts'
import { isDenied, type Reading, readProcBytes } from './proc-file.ts'

/** Most that is read of one table: some 55,000 sockets. What lies beyond is not seen, and counted as a table cut. */
export const netTableBytesMax = 8 << 20

/** include/net/tcp_states.h, in the order of its numbers, which begin at 1. UDP knows only the first and `close`. */
const states = [
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'new-syn-recv',
] as const
/** `unknown` is a state younger than this list. */
export type SocketState = (typeof states)[number] | 'unknown'

export interface SocketRow {
  readonly local: Endpoint
  /** Port 0 when there is none. */
  readonly peer: Endpoint
  readonly state: SocketState
  /** Identity of the socket while it exists; never 0. */
  readonly inode: number
  readonly uid: number
}

export interface NetTable {
  readonly rows: readonly SocketRow[]
  /** Lines that are no rows; the heading is not counted. */
  readonly malformed: number
  /** True when it ended before its time: rows are missing. */
  readonly cut: boolean
}

/** Local and peer address and port, state; behind queues, timer and retransmits: uid, (time-out,) inode. */
const rowPattern =
  /^ *\d+: ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) ([\dA-F]{2}) [\dA-F]+:[\dA-F]+ [\dA-F]+:[\dA-F]+ [\dA-F]+ +(\d{1,10}) +-?\d+ (\d{1,15})(?: |$)/
const headingPattern = /^ *sl +local_address /

/** The kernel prints an address as words of 32 bits, each a number in the byte order of the host. */
const addressOf = (hex: string, byteOrder: 'LE' | 'BE'): string => {
  // IPv4 is written as mapped into IPv6, so that there is one way from bytes to text.
  const bytes = Buffer.from(hex.length === 8 ? `${'00'.repeat(10)}FFFF${hex}` : hex, 'hex')
  if (byteOrder === 'LE') (hex.length === 8 ? bytes.subarray(12) : bytes).swap32()
  return parseAddress(bytes)
}

/**
 * Rows that have an inode, in the order given: the others (TIME_WAIT, requests, connections that nobody accepted yet) are no
 * process's. `byteOrder` is that of the kernel that wrote the table.
 */
export const parseNetTable = (text: string, byteOrder = endianness()): NetTable => {
  const addresses = new Map<string, string>()
  const endpoint = (hex: string, port: string): Endpoint => {
    const address = addresses.get(hex) ?? addressOf(hex, byteOrder)
    addresses.set(hex, address)
    return { address, port: Number.parseInt(port, 16) }
  }
  const rows: SocketRow[] = []
  let malformed = 0
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    const line = text.slice(start, end)
    start = end + 1
    const [, local = '', localPort = '', peer = '', peerPort = '', state = '', uid, inode] =
      rowPattern.exec(line) ?? []
    if (local === '' || local.length !== peer.length) {
      malformed += Number(!headingPattern.test(line))
    } else if (Number(inode) > 0) {
      rows.push({
        local: endpoint(local, localPort),
        peer: endpoint(peer, peerPort),
        state: states[Number.parseInt(state, 16) - 1] ?? 'unknown',
        inode: Number(inode),
        uid: Number(uid),
      })
    }
  }
  // The kernel ends each line: what follows the last line feed was cut, and its last number with it.
  return { rows, malformed, cut: start < text.length }
}

export type NetTableName = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'raw' | 'raw6'

/**
 * Reads one table of the network namespace of `pid`; undefined also where this kernel has no such table.
 * @throws ProcfsError `io` when the failure is not that process's.
 */
export const readNetTable = (
  root: string,
  pid: number,
  name: NetTableName,
  bytesMax = netTableBytesMax,
): Reading<NetTable> => {
  const reading = readProcBytes(`${root}/${pid}/net/${name}`, bytesMax)
  if (reading === undefined || isDenied(reading)) return reading
  const table = parseNetTable(reading.bytes.toString('latin1'))
  return { ...table, cut: table.cut || reading.truncated }
}
