import t from 'tap'
import type { CloseRecord } from '#agent/sources/record.ts'
import { ToldBytes } from '#agent/tracker/told-bytes.ts'

const second = 1_000_000_000

const close = (change: Partial<CloseRecord> = {}): CloseRecord => ({
  kind: 'close',
  bootNs: 100 * second,
  cgroups: [],
  transport: 'tcp',
  socket: 1,
  local: { address: 'l', port: 1 },
  peer: { address: 'p', port: 2 },
  netNamespace: 1,
  snapshot: false,
  ongoing: false,
  direction: 'outbound',
  sentBytes: 100,
  receivedBytes: 50,
  toldSentBytes: 0,
  toldReceivedBytes: 0,
  sentPackets: null,
  receivedPackets: null,
  openedNs: 0,
  closedBy: 'local',
  ...change,
})

/** Sent bytes that the records tell, in their order. */
const told = (records: readonly CloseRecord[]): number[] => {
  const bytes = new ToldBytes()
  return records.flatMap((record) => {
    const one = bytes.apply(record)
    return one === undefined ? [] : [(one.sentBytes ?? 0) - one.toldSentBytes]
  })
}

t.test('a reading and the close that both begin at zero tell each byte once', async (t) => {
  t.strictSame(told([close({ ongoing: true, sentBytes: 80 }), close()]), [80, 20])
})

t.test('a reading that comes after the close tells nothing', async (t) => {
  t.strictSame(told([close(), close({ ongoing: true, sentBytes: 80 })]), [100])
})

t.test('what the kernel says was told is not told either', async (t) => {
  t.strictSame(told([close({ toldSentBytes: 60 })]), [40])
  t.strictSame(
    told([close({ ongoing: true, sentBytes: 80 }), close({ toldSentBytes: 90 })]),
    [80, 10],
  )
})

t.test('other sockets, and those without a number, are others', async (t) => {
  t.strictSame(told([close(), close({ socket: 2 }), close({ transport: 'udp' })]), [100, 100, 100])
  t.strictSame(told([close({ socket: 0 }), close({ socket: 0 })]), [100, 100])
})

t.test('young connections are not remembered: nobody read them', async (t) => {
  const young = close({ openedNs: 99 * second })
  t.equal(new ToldBytes().apply(young), young)
})

t.test('the memory is bounded, and what goes is counted', async (t) => {
  const bytes = new ToldBytes()
  for (let socket = 1; socket <= 8_192; socket += 1) bytes.apply(close({ socket, ongoing: true }))
  bytes.apply(close({ socket: 1, ongoing: true }))
  t.equal(bytes.evicted, 0)
  bytes.apply(close({ socket: 8_193, ongoing: true }))
  t.equal(bytes.evicted, 1)
  t.equal(bytes.apply(close({ socket: 2 }))?.toldSentBytes, 0, 'the one not met for longest')
  t.equal(bytes.apply(close({ socket: 1 }))?.toldSentBytes, 100)
})

t.test('a source without bytes passes', async (t) => {
  const without = close({ sentBytes: null, receivedBytes: null })
  t.equal(new ToldBytes().apply(without), without)
})
