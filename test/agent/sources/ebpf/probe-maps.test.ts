import { closeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import { detachEbpf, openEbpfSource } from '#agent/sources/ebpf/open.ts'
import {
  lossKey,
  missesKey,
  overflowKey,
  readLosses,
  readMeta,
  readReported,
  readTotals,
  writeMeta,
  writeReported,
} from '#agent/sources/ebpf/probe-maps.ts'
import { layoutFolder } from '#agent/sources/ebpf/probe-pins.ts'
import { recordKinds } from '#agent/sources/ebpf/record-layout.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

t.test('a loss key keeps its numbers, and no cgroup looks like the special ones', async (t) => {
  const bytes = Buffer.alloc(24)
  bytes.writeBigUInt64LE(5n, 0)
  bytes.writeBigUInt64LE(7n, 8)
  bytes.writeUInt32LE(4, 16)
  t.match(lossKey(bytes), { cgroupId: 5, v1CgroupId: 7, v1Hierarchy: 4 })
  t.not(overflowKey.text, missesKey.text)
})

t.test('maps of a pinned probe', needsBpf, async (t) => {
  const place = { bpffsPath: mountBpffs(t), pinName: 'maps' }
  const libbpf = new Libbpf('libbpf.so.1')
  const source = openEbpfSource({ ...place, ringSizeBytes: 65536 })
  source.close()
  t.teardown(() => void detachEbpf(place))
  const open = (name: string): number => {
    const fd = libbpf.pinned(join(layoutFolder(place), name)) ?? -1
    t.teardown(() => closeSync(fd))
    return fd
  }

  t.test('meta returns what was written', async (t) => {
    const fd = open('meta')
    const meta = readMeta(libbpf, fd)
    t.match(meta, { ringSizeBytes: 65536, attachedNs: source.watchingSinceNs })
    if (meta === undefined) return
    writeMeta(libbpf, fd, { ...meta, reportedToNs: 2 ** 53 - 1 })
    t.strictSame(readMeta(libbpf, fd), { ...meta, reportedToNs: 2 ** 53 - 1 })
  })

  t.test('what was never reported reads as zero', async (t) => {
    const fd = open('reported')
    const counts = recordKinds.map((_, index) => index + 1)
    t.strictSame(
      readReported(libbpf, fd, overflowKey),
      counts.map(() => 0),
    )
    writeReported(libbpf, fd, overflowKey, counts)
    t.strictSame(readReported(libbpf, fd, overflowKey), counts)
  })

  t.test('losses can be walked, the shared remainder among them', async (t) => {
    const losses = open('losses')
    const value = Buffer.alloc(3 * 8 * recordKinds.length)
    for (let cgroup = 1; cgroup <= 3; cgroup += 1) {
      const key = Buffer.alloc(24)
      key.writeUInt32LE(cgroup, 0)
      value.writeUInt32LE(cgroup * 10, 0)
      libbpf.update(losses, key, value)
    }
    const found = readLosses(libbpf, { losses, overflow: open('overflow') })
    t.strictSame(found.map(([key, { drops }]) => [key.cgroupId, drops[0]]).sort(), [
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 30],
    ])
  })

  t.test('totals have a row per kind', async (t) => {
    const totals = readTotals(libbpf, open('totals'))
    t.equal(totals.length, recordKinds.length)
    t.ok(totals.every(({ attempts, drops }) => attempts >= drops))
  })
})
