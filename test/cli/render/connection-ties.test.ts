import t from 'tap'
import { ConnectionTies } from '#cli/render/connection-ties.ts'
import type { TimelineConnection } from '#proto/api.ts'
import { accept, close, connect } from '#test/fixtures/socket-events.ts'

/** For each event the number of the connection it was taken for. */
const numbered = (...events: readonly TimelineConnection[]): readonly number[] => {
  const ties = new ConnectionTies<number>()
  let last = 0
  return events.map((event) => {
    const known = ties.goingOn(event)
    if (known === undefined) last += 1
    ties.note(event, known ?? last)
    return known ?? last
  })
}

const other = { address: '10.9.9.9', port: 1, name: '', workload: '' }

for (const [what, events, expected] of [
  ['opening, bytes and end are one', [connect(), close({ ongoing: true }), close()], [1, 1, 1]],
  ['bytes without an opening are one with their end', [close({ ongoing: true }), close()], [1, 1]],
  [
    'a snapshot told again is no new one',
    [connect({ snapshot: true }), connect({ snapshot: true })],
    [1, 1],
  ],
  ['after the end the number is free', [connect(), close(), close(), connect()], [1, 1, 2, 3]],
  ['a new opening ends what was never seen to end', [connect(), connect(), close()], [1, 2, 2]],
  ['unknown sockets are never one', [connect({ socket: 0 }), close({ socket: 0 })], [1, 2]],
  ['another socket is another one', [connect(), close({ socket: 2 })], [1, 2]],
  ['numbers are a node’s own', [connect(), close({ node: 'node-2' })], [1, 2]],
  ['transports do not share numbers', [connect(), close({ transport: 'udp' })], [1, 2]],
  ['a number given twice is told apart by the peer', [connect(), close({ peer: other })], [1, 2]],
  [
    'the process may change',
    [accept({ peer: other }), close({ peer: other, process: null })],
    [1, 1],
  ],
] as const) {
  t.test(what, async (t) => t.strictSame(numbered(...events), expected))
}
