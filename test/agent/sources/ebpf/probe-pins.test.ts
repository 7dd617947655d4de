import { closeSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import { openEbpfSource } from '#agent/sources/ebpf/open.ts'
import {
  isBpffs,
  layoutFolder,
  lockPins,
  pinnedLayouts,
  removeAllPins,
  removeLayout,
} from '#agent/sources/ebpf/probe-pins.ts'
import { layoutVersion } from '#agent/sources/ebpf/record-layout.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

t.test('only a bpf file system is one', async (t) => {
  t.notOk(isBpffs(t.testdir()))
  t.notOk(isBpffs('/no/such/path'))
})

t.test('pins', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const libbpf = new Libbpf('libbpf.so.1')

  t.test('the lock is exclusive, and ends with its holder', async (t) => {
    const place = { bpffsPath, pinName: 'lock' }
    const lock = lockPins(libbpf, place)
    t.throws(() => lockPins(libbpf, place), { code: 'in_use' })
    closeSync(lock)
    closeSync(lockPins(libbpf, place))
    t.equal(removeAllPins(libbpf, place), 0)
    t.notOk(existsSync(join(bpffsPath, 'lock')))
  })

  t.test('a read-only place is named', async (t) => {
    t.throws(() => lockPins(libbpf, { bpffsPath: '/proc', pinName: 'x' }), { code: 'pin_failed' })
  })

  t.test('a layout goes with all its pins', async (t) => {
    const place = { bpffsPath, pinName: 'remove' }
    t.strictSame(pinnedLayouts(place), [])
    openEbpfSource({ ...place, ringSizeBytes: 65536 }).close()
    t.strictSame(pinnedLayouts(place), [`v${layoutVersion}`])
    t.ok(existsSync(join(layoutFolder(place), 'ring')))
    const pins = readdirSync(layoutFolder(place))
    t.equal(removeLayout(place, `v${layoutVersion}`), pins.length)
    t.equal(removeAllPins(libbpf, place), 0)
  })
})
