import t from 'tap'
import { HandoverJoin } from '#agent/sources/ebpf/handover-join.ts'
import type { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import type { LedgerProbe } from '#agent/sources/ebpf/loss-ledger.ts'
import { RecordDecoder } from '#agent/sources/ebpf/record-decoder.ts'
import { RingReader } from '#agent/sources/ebpf/ring-reader.ts'
import type { SourceRecord } from '#agent/sources/record.ts'
import { FakeRing, probeRecord } from '#test/fixtures/fake-ring.ts'

const T = 1e12
/** Far enough from T that nothing is joined. */
const far = 1e9

/** Readers of one ring, of a probe that was followed at T unless said otherwise. */
const make = (untilNs: number | undefined = T) => {
  const ring = new FakeRing()
  const clock = { ns: T }
  // Only what a reader asks of the kernel; maps are not looked at.
  const libbpf = {
    mapRing: () => ({ ...ring.memory(), unmap: () => {} }),
    bootNowNs: () => clock.ns,
  } as unknown as Libbpf
  const probe = { maps: { ring: 0 }, meta: { ringId: 7, ringSizeBytes: 4096, reportedToNs: 0 } }
  const decoder = new RecordDecoder({ pageBytes: 4096 })
  const open = (): RingReader =>
    new RingReader({
      libbpf,
      probe: probe as unknown as LedgerProbe,
      decoder,
      ...(untilNs === Number.POSITIVE_INFINITY ? {} : { end: { untilNs, dropsThen: undefined } }),
    })
  /** An exit of a process of its own. */
  const put = (pid: number, bootNs: number): void => {
    ring.put(probeRecord({ kind: 1, pid, startNs: 1, bootNs }).bytes)
  }
  return { ring, clock, open, put, decoder }
}

const pidsOf = (reader: RingReader, kinds: number[] = []): readonly number[] => {
  const records: SourceRecord[] = []
  reader.read(
    (record) => records.push(record),
    1e6,
    (kind) => kinds.push(kind),
  )
  return records.flatMap((record) => (record.kind === 'exit' ? [record.process.pid] : []))
}

t.test('of a probe that was followed, what comes before the handover is told', async (t) => {
  const { open, put, clock } = make()
  const reader = open()
  for (const [pid, at] of [-far, -1, 0, 1, far].entries()) put(pid, T + at)
  const kinds: number[] = []
  t.strictSame(pidsOf(reader, kinds), [0, 1])
  t.equal(kinds.length, 5, 'all were read')
  t.notOk(reader.isSettled, 'a hook may still be running')
  clock.ns += 100_000_000
  t.ok(reader.isSettled)
})

t.test('what lies near the handover is kept for the next ring, whoever reads it', async (t) => {
  const { ring, open, put } = make()
  const first = open()
  put(1, T - far)
  put(2, T - 1000)
  put(3, T + 1000)
  t.strictSame(pidsOf(first), [1, 2])
  first.commit()
  t.equal(ring.consumed, 128, 'only the first is given back')
  const { position } = first
  const second = open()
  t.ok(second.skipTo(position))
  t.strictSame(pidsOf(second), [])
  second.commit()
  t.equal(ring.consumed, 128)
  const join = second.joinNext()
  t.equal(join.noted, 2)
})

t.test('the ring that follows tells the rest', async (t) => {
  const [old, fresh] = [make(), make(Number.POSITIVE_INFINITY)]
  const [before, after] = [old.open(), fresh.open()]
  old.put(1, T - 300)
  fresh.put(1, T + 300)
  old.put(2, T + 100)
  fresh.put(2, T - 100)
  fresh.put(3, T - far)
  fresh.put(4, T + far)
  t.strictSame(pidsOf(before), [1])
  after.join = before.joinNext()
  t.strictSame(pidsOf(after), [2, 4])
  after.commit()
  t.equal(fresh.ring.consumed, after.position, 'and keeps nothing')
})

t.test('a record that is none is counted, and joined to nothing', async (t) => {
  const { ring, open, decoder } = make(Number.POSITIVE_INFINITY)
  const reader = open()
  reader.join = new HandoverJoin(T)
  ring.put(Buffer.from('short'))
  t.strictSame(pidsOf(reader), [])
  t.equal(decoder.errors, 1)
  t.equal(reader.joinNext().noted, 0)
})

t.test('a position that is no boundary is refused', async (t) => {
  const { open, put } = make()
  put(1, T - far)
  put(2, T - far)
  t.notOk(open().skipTo(20))
  const reader = open()
  t.ok(reader.skipTo(128))
  t.strictSame(pidsOf(reader), [2])
  t.ok(reader.skipTo(0), 'one long past')
})
