import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type CaptureOptions, openCapture } from '#agent/capture.ts'
import { type AgentConfig, agentFields } from '#agent/config.ts'
import { detachEbpf } from '#agent/sources/ebpf/open.ts'
import { systemClock } from '#base/clock.ts'
import { readConfig } from '#base/config.ts'
import { type Log, silentLog } from '#base/log.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

/** A log that keeps its warnings. */
const warningsOf = () => {
  const warnings: { readonly facts: object; readonly message: string }[] = []
  const log: Log = { ...silentLog, warn: (facts, message) => warnings.push({ facts, message }) }
  return { warnings, log }
}

const options = (
  config: Partial<AgentConfig>,
  change: Partial<CaptureOptions> = {},
): CaptureOptions => ({
  config: { ...readConfig(agentFields, {}, {}), ringSize: 65_536, ...config },
  clock: systemClock,
  log: silentLog,
  bootNowNs: () => 1e12,
  lastRing: { ringId: 0, ringPosition: 0 },
  onBlind: () => {},
  ...change,
})

/** A bpffs of its own that takes no pins. */
const refusingBpffs = (t: Test): string => {
  const bpffs = mountBpffs(t)
  execFileSync('mount', ['-o', 'remount,ro', bpffs])
  return bpffs
}

/** No ring has this size: eBPF is refused, also where the kernel would allow it. */
const impossible = { ringSize: 65_537 } as const

t.test('--source procfs samples, says so, and claims no kind to be complete', async (t) => {
  const { warnings, log } = warningsOf()
  const capture = openCapture(options({ source: 'procfs' }, { log }))
  t.teardown(() => capture.close())
  t.match(capture, { source: { name: 'procfs' }, complete: [], isContinuation: false })
  t.equal(capture.ebpf, undefined)
  t.match(capture.summary(), /^--source procfs: \/proc is sampled, short-lived/)
  t.match(capture.health(), [{ name: 'procfs', state: 'running' }])
  t.equal(capture.health().length, 1, 'nothing failed: it was asked for')
  t.strictSame(warnings, [])
})

t.test('without eBPF there is no canary to wait for', async (t) => {
  const capture = openCapture(options({ source: 'procfs' }))
  t.teardown(() => capture.close())
  capture.poll()
  t.equal(capture.canaryAgeSeconds(), undefined)
  t.equal(capture.isCanary(['/bin/true']), false)
  t.equal(capture.isBlind(), false)
  t.equal(capture.decodeErrors(), 0)
})

t.test('auto falls back when eBPF is refused, with one line that says why', async (t) => {
  const { warnings, log } = warningsOf()
  const capture = openCapture(options(impossible, { log }))
  t.teardown(() => capture.close())
  t.match(capture, { source: { name: 'procfs' }, complete: [], isContinuation: false })
  t.equal(warnings.length, 1)
  const [{ facts, message } = { facts: {}, message: '' }] = warnings
  t.match(facts, { code: /^(bad_ring_size|no_btf)$/ })
  t.match(message, /^[^\n]+$/, 'one line')
  const [ebpf, procfs, ...others] = capture.health()
  t.match(ebpf, { name: 'ebpf', state: 'failed', detail: message })
  t.match(procfs, { name: 'procfs', state: 'running', detail: /^\/proc is sampled, short-lived/ })
  t.notOk(procfs?.detail.includes(message), 'each source says its own')
  t.strictSame(others, [])
  t.match(capture.summary(), /^\/proc is sampled/, 'what is missed comes first')
  t.ok(capture.summary().endsWith(message), 'and why comes with it')
})

t.test('--source ebpf insists: it fails instead of recording less', async (t) => {
  const { warnings, log } = warningsOf()
  const insisting = options({ source: 'ebpf', ...impossible }, { log })
  t.throws(() => openCapture(insisting), { name: 'EbpfError', message: /^[^\n]+$/ })
  t.strictSame(warnings, [])
})

t.test('where BPF is allowed', needsBpf, async (t) => {
  const bpffs = mountBpffs(t)
  t.teardown(() => detachEbpf({ bpffsPath: bpffs }))

  t.test('the probe is attached, and every exec and exit is promised', async (t) => {
    const capture = openCapture(options({ bpffs }))
    t.match(capture, { source: { name: 'ebpf' }, complete: ['exec', 'exit'] })
    t.equal(capture.procfs, undefined)
    t.match(capture.summary(), /^eBPF probe attached/)
    t.match(capture.health(), [{ name: 'ebpf', state: 'running', detail: '' }])

    t.test('another agent is refused, also with auto: two cannot share one ring', async (t) => {
      const { warnings, log } = warningsOf()
      t.throws(() => openCapture(options({ bpffs }, { log })), { code: 'in_use' })
      t.strictSame(warnings, [], 'no second agent that only samples')
    })
    capture.close()
  })

  t.test('the next agent goes on where the spool says the last one was', async (t) => {
    const before = openCapture(options({ bpffs }))
    const lastRing = before.source.position()
    before.close()
    const capture = openCapture(options({ bpffs }, { lastRing }))
    t.equal(capture.isContinuation, true)
    t.match(capture.summary(), /^eBPF probe taken over/)
    capture.close()
  })

  t.test('a spool that knows nothing of this ring is no continuation', async (t) => {
    const lastRing = { ringId: 12_345, ringPosition: 8 }
    const capture = openCapture(options({ bpffs }, { lastRing }))
    t.equal(capture.isContinuation, false)
    capture.close()
  })

  t.test('without a bpf file system it works, and says what is less', async (t) => {
    const capture = openCapture(options({ bpffs: t.testdir() }))
    t.match(capture.summary(), /no bpf file system/)
    t.match(capture.health(), [{ detail: /no bpf file system/ }])
    capture.close()
  })

  t.test('a bpf file system that takes no pins costs the pins and no more', async (t) => {
    const { warnings, log } = warningsOf()
    const refusing = refusingBpffs(t)
    const capture = openCapture(options({ bpffs: refusing }, { log }))
    t.match(capture, { source: { name: 'ebpf' }, complete: ['exec', 'exit'] })
    t.equal(capture.ebpf?.pinned, false)
    t.match(warnings, [{ facts: { code: 'pin_failed' }, message: /^cannot use .*read-write/ }])
    const detail = /^while no agent runs, nothing is recorded: cannot use .*read-write/
    t.match(capture.health(), [{ name: 'ebpf', state: 'running', detail }])
    capture.close()

    const insisting = options({ source: 'ebpf', bpffs: refusing }, { log })
    t.throws(() => openCapture(insisting), { code: 'pin_failed' }, 'unless pins are insisted on')
  })

  t.test('nor does it matter at which pin it refuses', async (t) => {
    // Made while it was writable, with the remains of another version that cannot be removed now.
    const refusing = mountBpffs(t)
    mkdirSync(join(refusing, 'mayfly/v0'), { recursive: true })
    execFileSync('mount', ['-o', 'remount,ro', refusing])
    const { warnings, log } = warningsOf()
    const capture = openCapture(options({ bpffs: refusing }, { log }))
    t.equal(capture.ebpf?.pinned, false)
    t.match(warnings, [{ facts: { code: 'pin_failed' }, message: /^cannot change the pins/ }])
    capture.close()
  })
})
