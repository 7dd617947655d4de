/** The probe outlives its agent: killed, adopted, replaced. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import { detachEbpf, openEbpfSource, probeObjectPath } from '#agent/sources/ebpf/open.ts'
import { layoutVersion } from '#agent/sources/ebpf/record-layout.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs, openWatch } from '#test/fixtures/ebpf-watch.ts'

/** Folder of the pins below their name. */
const layoutName = `v${layoutVersion}`

t.test('adoption', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const storm = compileProgram(t, 'storm')

  t.test('after kill -9 nothing is lost, and nothing spooled comes twice', async (t) => {
    const pinName = 'kill'
    const agent = spawn(
      process.execPath,
      [
        join(import.meta.dirname, '../../../fixtures/hold-probe.ts'),
        bpffsPath,
        pinName,
        'seen-before',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.teardown(() => void agent.kill('SIGKILL'))
    const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]()
    t.match(JSON.parse((await lines.next()).value ?? ''), { adoption: 'fresh' })
    execFileSync(storm, ['50', '0', 'seen-before'])
    // The storm itself and its 50 children.
    let spooled = { ringId: 0, ringPosition: 0, seen: 0 }
    while (spooled.seen < 51) spooled = JSON.parse((await lines.next()).value ?? '')
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    execFileSync(storm, ['200', '0', 'seen-alone'])

    const watch = openWatch(t, bpffsPath, { pinName })
    t.equal(watch.source.adoption.result, 'adopted')
    t.ok(watch.source.skipTo(spooled))
    await watch.settle('seen-alone-', 200)
    t.equal(watch.execs('seen-alone-').length, 200)
    t.equal(watch.execs('seen-before-').length, 0)
    t.strictSame(watch.source.losses(), [])
    t.notOk(watch.source.skipTo({ ringId: 1, ringPosition: 8 }), 'a position of another ring')
    t.ok(watch.source.skipTo({ ...watch.source.position(), ringPosition: 0 }), 'one long past')
  })

  const replacements: readonly (readonly [
    string,
    string,
    string,
    (pins: string) => object,
    RegExp,
  ])[] = [
    [
      'another ring size',
      'size',
      'handed_over',
      () => ({ ringSizeBytes: 65536 }),
      /131072 bytes instead of 65536/,
    ],
    [
      'another object',
      'object',
      'handed_over',
      () => ({ objectPath: otherObject(t) }),
      /another version/,
    ],
    [
      'an unknown layout',
      'layout',
      'replaced',
      (pins) => {
        mkdirSync(join(pins, 'v0'))
        return {}
      },
      /record layout/,
    ],
    [
      'a missing pin',
      'pin',
      'replaced',
      (pins) => {
        unlinkSync(join(pins, layoutName, 'link_fork'))
        return {}
      },
      /link_fork is missing/,
    ],
  ]
  for (const [name, pinName, result, change, reason] of replacements)
    t.test(`${name} is ${result}, said so, and attached once`, async (t) => {
      const options = { bpffsPath, pinName, ringSizeBytes: 131072 }
      const first = openEbpfSource(options)
      const { ringId } = first.position()
      first.close()
      const changed = { ...options, ...change(join(bpffsPath, pinName)) }
      const watch = openWatch(t, bpffsPath, changed)
      t.equal(watch.source.adoption.result, result)
      t.match(watch.source.adoption.reason, reason)
      t.equal(watch.source.position().ringId === ringId, result === 'handed_over')
      spawnSync('/bin/true', [`seen-${pinName}`])
      await watch.settle(`seen-${pinName}`, 1)
      t.equal(watch.execs(`seen-${pinName}`).length, 1)
    })

  t.test('the exit hook for kernels before 6.16 passes the verifier here too', async (t) => {
    const libbpf = new Libbpf('libbpf.so.1')
    const object = libbpf.openObject(probeObjectPath)
    t.teardown(() => libbpf.closeObject(object))
    const program = libbpf.program(object, 'on_exit_first_wins')
    libbpf.setAutoload(program, true)
    t.doesNotThrow(() => libbpf.loadObject(object))
    const link = libbpf.attach(program)
    t.ok(libbpf.linkFd(link) > 0)
    libbpf.destroyLink(link)
  })

  t.test('detached, nothing is left and the next start is fresh', async (t) => {
    const options = { bpffsPath, pinName: 'detach', ringSizeBytes: 65536 }
    openEbpfSource(options).close()
    const pins = readdirSync(join(bpffsPath, 'detach', layoutName))
    t.ok(pins.length > 10)
    t.equal(detachEbpf(options), pins.length + 1, 'and the note beside them')
    t.notOk(existsSync(join(bpffsPath, 'detach')))
    t.equal(detachEbpf(options), 0)
    const watch = openWatch(t, bpffsPath, options)
    t.equal(watch.source.adoption.result, 'fresh')
  })
})

/** The same program in other bytes: what an upgrade brings. */
const otherObject = (t: { testdir(): string }): string => {
  const path = join(t.testdir(), 'other.bpf.o')
  copyFileSync(probeObjectPath, path)
  appendFileSync(path, Buffer.alloc(8))
  return path
}
