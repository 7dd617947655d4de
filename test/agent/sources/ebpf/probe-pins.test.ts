import { closeSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import { openEbpfSource } from '#agent/sources/ebpf/open.ts'
import {
  finishStart,
  installNew,
  isBpffs,
  layoutFolder,
  lockPins,
  newFolder,
  type PinPlace,
  pinnedLayouts,
  removeAllPins,
  removeFolder,
  removeLayout,
  removeLinkPins,
  retiredPins,
  retirePins,
  strangeLayouts,
} from '#agent/sources/ebpf/probe-pins.ts'
import { layoutVersion } from '#agent/sources/ebpf/record-layout.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

t.test('only a bpf file system is one', async (t) => {
  t.notOk(isBpffs(t.testdir()))
  t.notOk(isBpffs('/no/such/path'))
})

const layout = `v${layoutVersion}`

/** The same folders on a file system like any other. */
const placeWith = (t: Test, layouts: readonly string[]): PinPlace => {
  const place = { bpffsPath: t.testdir(), pinName: 'pins' }
  for (const name of layouts) {
    mkdirSync(join(place.bpffsPath, 'pins', name), { recursive: true })
    writeFileSync(join(place.bpffsPath, 'pins', name, 'meta'), '')
  }
  return place
}

t.test('a start that died is finished where a probe had retired for it, else undone', async (t) => {
  const [made, retired] = [`${layout}-new`, `${layout}-until-5`]
  const cases: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
    ['nothing was begun', [layout], 'nothing', [layout]],
    ['the first of all died', [made], 'removed', []],
    ['one is at work', [layout, made], 'removed', [layout]],
    ['one is at work and one retired', [layout, retired, made], 'removed', [layout, retired]],
    ['one has retired', [retired, made], 'installed', [layout, retired]],
  ]
  for (const [name, layouts, result, left] of cases) {
    const place = placeWith(t, layouts)
    t.equal(finishStart(place), result, name)
    t.strictSame(pinnedLayouts(place).toSorted(), left.toSorted())
    for (const rest of pinnedLayouts(place)) removeLayout(place, rest)
  }
})

t.test(
  'probes retire one after the other, and the folder says up to when they count',
  async (t) => {
    const place = placeWith(t, [layout, `${layout}-new`])
    const first = retirePins(place, 1e15 + 7)
    t.notOk(existsSync(layoutFolder(place)))
    installNew(place)
    t.notOk(existsSync(newFolder(place)))
    const second = retirePins(place, 999)
    t.strictSame(retiredPins(place), [second, first], 'oldest first')
    t.strictSame(strangeLayouts(place), [])
    t.equal(removeFolder(first.folder), 1)
    t.equal(removeFolder(first.folder), 0, 'gone')
  },
)

t.test('what this version did not name is strange to it', async (t) => {
  const strange = ['v0', `${layout}-until-`, `${layout}-until-x`, `${layout}-until-1-new`]
  const place = placeWith(t, [layout, ...strange])
  t.strictSame(strangeLayouts(place).toSorted(), strange.toSorted())
  t.strictSame(retiredPins(place), [])
})

t.test('links go without the rest', async (t) => {
  const place = placeWith(t, [layout])
  writeFileSync(join(layoutFolder(place), 'link_exec'), '')
  removeLinkPins(layoutFolder(place))
  t.strictSame(readdirSync(layoutFolder(place)), ['meta'])
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
    t.equal(removeAllPins(libbpf, place), 1, 'the note of the last number')
    t.equal(removeAllPins(libbpf, place), 0)
  })
})
