import { spawn } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { parseStartTicks, readFrames } from '#agent/sources/ebpf/task-snapshot.ts'
import type { AliveRecord } from '#agent/sources/record.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs, openWatch } from '#test/fixtures/ebpf-watch.ts'
import { until } from '#test/fixtures/until.ts'

t.test('frames are found however the stream is cut', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 500 }),
      (records, cut) => {
        const stream = Buffer.concat(
          records.flatMap((record) => {
            const header = Buffer.alloc(8)
            header.writeUInt32LE(record.length)
            return [header, Buffer.from(record)]
          }),
        )
        let read = 0
        const found: Buffer[] = []
        readFrames(
          (buffer, offset) => {
            const count = stream.copy(buffer, offset, read, read + cut)
            read += count
            return count
          },
          (bytes, at, size) => found.push(Buffer.from(bytes.subarray(at, at + size))),
        )
        return (
          Buffer.concat(found).equals(Buffer.concat(records)) && found.length === records.length
        )
      },
    ),
    { numRuns: 200 },
  )
  t.pass()
})

t.test('a frame larger than any record ends the reading', async (t) => {
  let reads = 0
  readFrames(
    (buffer, offset) => {
      reads += 1
      buffer.fill(0xff, offset)
      return buffer.length - offset
    },
    () => t.fail('nothing to give'),
  )
  t.equal(reads, 1)
})

const stats: readonly (readonly [string, string, number | undefined])[] = [
  ['a name may hold what ends it', `1 (a) b (c)) S ${'0 '.repeat(18)}77 0`, 77],
  ['a file that is gone says nothing', '', undefined],
  ['garbage says nothing', '1 (x) S 1 2', undefined],
]
for (const [name, stat, ticks] of stats)
  t.test(name, async (t) => t.equal(parseStartTicks(stat), ticks))

t.test('the snapshot', needsBpf, async (t) => {
  const watch = openWatch(t, mountBpffs(t))
  const child = spawn('/bin/sleep', ['30.0'], { stdio: 'ignore' })
  t.teardown(() => void child.kill('SIGKILL'))
  await until('the child runs', () => {
    watch.drain()
    return watch.execs('30.0').length > 0
  })
  const alive: (AliveRecord & { readonly argv: string })[] = []
  watch.source.snapshot((record) => {
    if (record.kind === 'alive')
      alive.push({ ...record, argv: Buffer.from(record.argvBytes).toString() })
  })
  watch.drain()

  t.test('holds every process of this machine that stays', async (t) => {
    const pids = new Set(alive.map((record) => record.process.pid))
    t.equal(pids.size, alive.length, 'each once')
    t.ok([process.ppid, process.pid, child.pid ?? 0].every((pid) => pids.has(pid)))
  })
  t.test('has the identity of the exec record, and the arguments from /proc', async (t) => {
    const mine = alive.find((record) => record.process.pid === child.pid)
    const exec = watch.execs('30.0')[0]
    t.strictSame(mine?.process, exec?.process)
    t.strictSame(mine?.file, exec?.file)
    t.match(mine, { argv: '/bin/sleep\x0030.0\0', argvLength: 16, exe: exec?.exe, forked: false })
  })
  t.test('holds no kernel thread', async (t) => {
    t.notOk(alive.some((record) => record.comm === 'kthreadd'))
  })
})
