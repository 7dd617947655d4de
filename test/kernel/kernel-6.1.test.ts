/**
 * The probe on Debian's 6.1 kernel, the oldest that people commonly run, in a virtual machine. Needs the packages
 * qemu-system-x86, cpio, gcc, busybox-static and libbpf1, and apt to download the kernel; without them it skips and says why.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { bootGuest, compileStatic, missingPackages } from './boot.ts'
import type { ProbeAnswer } from './check-probe.ts'
import { type DebianKernel, debianKernel, KernelTestError } from './debian-kernel.ts'

/** What the eBPF source imports from node_modules. */
const nodePackages = ['koffi', '@koromix/koffi-linux-x64'].map((name) => `node_modules/${name}`)

const guestLimitMs = 240_000
const testLimitMs = 300_000
t.setTimeout(testLimitMs)

const fetched = async (): Promise<DebianKernel | string> => {
  const missing = missingPackages()
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`
  try {
    return await debianKernel()
  } catch (error) {
    if (error instanceof KernelTestError) return error.message
    throw error
  }
}

const kernel = await fetched()

t.test(
  'the probe on Debian kernel 6.1: every field of every record',
  { skip: typeof kernel === 'string' ? kernel : false, timeout: testLimitMs },
  async (t) => {
    if (typeof kernel === 'string') return
    const programs = mkdtempSync(join(tmpdir(), 'mayfly-programs-'))
    t.teardown(() => rmSync(programs, { recursive: true, force: true }))
    const guest = await bootGuest({
      kernel,
      program: 'test/kernel/check-probe.ts',
      sources: ['agent', 'base', 'proto', 'test/kernel', ...nodePackages],
      files: {
        'bin/storm': compileStatic('test/fixtures/programs/storm.c', programs),
        'bin/cases': compileStatic('test/kernel/cases.c', programs),
        'bin/sockets': compileStatic('test/fixtures/programs/sockets.c', programs),
      },
      timeoutMs: guestLimitMs,
    })
    const answer = guest.result as ProbeAnswer
    t.match(answer.kernel, /^6\.1\.0-/, 'it ran on that kernel')
    t.equal(answer.failure, undefined, 'the check was finished')
    for (const [field, { checked, wrong, examples }] of Object.entries(answer.fields))
      t.equal(wrong, 0, `${field}: ${checked} compared`, { examples })
    t.equal(answer.fields.argv?.checked, 301, 'the storm was compared')
    t.equal(answer.fields['socket records']?.checked, 1, 'sockets were compared')
    const threads = answer.fields['exit of two threads at once, each once']
    t.equal(threads?.checked, 300, 'the ends of threads were compared')
    t.comment(`${kernel.name}: ${Math.round(guest.durationMs / 1000)} s`)
  },
)
