/**
 * Records of what changed among the sockets of one network namespace. Pure; called by socket-scan.ts. What /proc does not tell (bytes,
 * latency, who closed) is null or unknown, never guessed.
 */
import type { AcceptRecord, CloseRecord, ConnectRecord, ListenRecord } from '../record.ts'
import type { KnownSocket } from './namespace-sockets.ts'

export type SocketRecord = ConnectRecord | AcceptRecord | CloseRecord | ListenRecord

/** Where and when the look was. */
export interface LookFacts {
  readonly bootNs: number
  readonly netNamespace: number
}

const socketFacts = (
  { owner, transport, local, firstSeenNs }: KnownSocket,
  { bootNs, netNamespace }: LookFacts,
) => ({
  bootNs,
  ...(owner === undefined ? {} : { process: owner }),
  cgroups: [],
  transport,
  local,
  netNamespace,
  snapshot: firstSeenNs === null,
})

/** A socket that was not there at the last look, or is met at the first. */
export const startRecord = (socket: KnownSocket, look: LookFacts): SocketRecord => {
  const { role, inode, peer, transport } = socket
  const facts = socketFacts(socket, look)
  if (role === 'listen') return { kind: 'listen', phase: 'started', ...facts }
  if (role === 'inbound') return { kind: 'accept', socket: inode, peer, ...facts }
  const outcome = transport === 'tcp' ? 'established' : 'unknown'
  return { kind: 'connect', socket: inode, peer, outcome, latencyNs: null, ...facts }
}

/** A socket that is there no more. Its time is that of the look that missed it. */
export const endRecord = (socket: KnownSocket, look: LookFacts): SocketRecord => {
  const { role, inode, peer, firstSeenNs } = socket
  const facts = { ...socketFacts(socket, look), snapshot: false }
  if (role === 'listen') return { kind: 'listen', phase: 'stopped', ...facts }
  return {
    kind: 'close',
    socket: inode,
    peer,
    ongoing: false,
    direction: role,
    sentBytes: null,
    receivedBytes: null,
    toldSentBytes: 0,
    toldReceivedBytes: 0,
    sentPackets: null,
    receivedPackets: null,
    openedNs: firstSeenNs,
    closedBy: 'unknown',
    ...facts,
  }
}
