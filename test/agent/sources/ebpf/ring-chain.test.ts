import t from 'tap'
import { joinNs } from '#agent/sources/ebpf/handover-join.ts'
import type { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import type { LedgerProbe } from '#agent/sources/ebpf/loss-ledger.ts'
import { RecordDecoder } from '#agent/sources/ebpf/record-decoder.ts'
import { RingChain } from '#agent/sources/ebpf/ring-chain.ts'
import { RingReader } from '#agent/sources/ebpf/ring-reader.ts'
import { FakeRing, probeRecord } from '#test/fixtures/fake-ring.ts'

const T = 1e12
const settledNs = 100_000_000

/** Two rings that have ended, at T and a second later, and one at work. */
const make = () => {
  const clock = { ns: T + 2e9 }
  const rings = [new FakeRing(), new FakeRing(), new FakeRing()]
  const removed: number[] = []
  let drains = 0
  // No losses: the maps are empty.
  const libbpf = {
    mapRing: (fd: number) => ({ ...rings[fd]?.memory(), unmap: () => {} }),
    bootNowNs: () => clock.ns,
    nextKey: () => false,
    lookup: () => false,
    update: () => {},
    missesOfProgram: () => 0,
  } as unknown as Libbpf
  const open = (index: number, untilNs?: number): RingReader =>
    new RingReader({
      libbpf,
      probe: {
        maps: { ring: index },
        meta: { ringId: index + 1, ringSizeBytes: 4096, reportedToNs: 0 },
        programs: {},
      } as unknown as LedgerProbe,
      decoder: new RecordDecoder({ pageBytes: 4096 }),
      ...(untilNs === undefined ? {} : { end: { untilNs, dropsThen: undefined } }),
    })
  const start = (): RingChain =>
    new RingChain({
      live: open(2),
      retired: [T, T + 1e9].map((untilNs, index) => ({
        reader: open(index, untilNs),
        remove: () => removed.push(index),
      })),
      bootNowNs: () => clock.ns,
      seen: () => {},
      drained: () => {
        drains += 1
      },
    })
  const put = (index: number, pid: number, bootNs: number): void => {
    rings[index]?.put(probeRecord({ kind: 1, pid, startNs: 1, bootNs }).bytes)
  }
  return { clock, start, put, removed, drains: () => drains }
}

const pids = (chain: RingChain): readonly number[] => {
  const found: number[] = []
  for (let more = true; more; )
    more = chain.read((record) => {
      if (record.kind === 'exit') found.push(record.process.pid)
    }, 1e6)
  return found
}

t.test('each ring counts between its handovers, and they come in order', async (t) => {
  const { clock, start, put, drains } = make()
  const chain = start()
  t.equal(chain.handedOverNs, T + 1e9)
  for (const ring of [0, 1, 2])
    for (const [pid, at] of [-5e8, 5e8, 15e8].entries()) put(ring, pid, T + at)
  t.strictSame(pids(chain), [0])
  t.equal(chain.position().ringId, 1, 'a hook may still be running')
  t.equal(drains(), 0)
  clock.ns += settledNs
  t.strictSame(pids(chain), [1, 2])
  t.equal(chain.position().ringId, 3)
  t.equal(drains(), 1)
})

t.test('an agent that comes after goes on in whichever ring its spool was', async (t) => {
  for (const [ringId, ringPosition, left] of [
    [1, 128, [1, 2]],
    [2, 0, [1, 2]],
    [2, 256, [2]],
    [3, 384, []],
  ] as const) {
    const { clock, start, put } = make()
    for (const ring of [0, 1, 2])
      for (const [pid, at] of [-5e8, 5e8, 15e8].entries()) put(ring, pid, T + at)
    const chain = start()
    clock.ns += settledNs
    t.ok(chain.skipTo({ ringId, ringPosition }))
    t.strictSame(pids(chain), left)
  }
  t.notOk(make().start().skipTo({ ringId: 9, ringPosition: 0 }), 'a ring that is gone')
})

t.test('what was read is removed when nothing needs it any more, not before', async (t) => {
  const { clock, start, put, removed } = make()
  const chain = start()
  put(0, 1, T - 5e8)
  clock.ns += settledNs
  t.strictSame(pids(chain), [1])
  chain.commit()
  t.strictSame(removed, [], 'the spool may have a position of the old ring only')
  chain.position()
  chain.commit()
  t.strictSame(removed, [], 'its losses are not told')
  chain.losses(10)
  chain.commit()
  t.strictSame(removed, [0, 1])
  put(2, 2, T + 3e9)
  t.strictSame(pids(chain), [2])
  t.equal(chain.position().ringId, 3)
})

t.test('not while the ring at work is near the handover', async (t) => {
  const { clock, start, removed } = make()
  clock.ns = T + 1e9 - settledNs + joinNs
  const chain = start()
  clock.ns += settledNs
  pids(chain)
  chain.position()
  chain.losses(10)
  chain.commit()
  t.strictSame(removed, [])
  clock.ns += 2 * joinNs
  pids(chain)
  chain.commit()
  t.strictSame(removed, [0, 1])
})
