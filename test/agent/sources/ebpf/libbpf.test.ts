import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Libbpf, LibbpfError } from '#agent/sources/ebpf/libbpf.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'

t.test('libbpf, as far as it goes without an attached probe', needsBpf, async (t) => {
  const libbpf = new Libbpf('libbpf.so.1')

  t.test('a file that is no object fails with what libbpf printed, in one line', async (t) => {
    const path = join(t.testdir(), 'not.o')
    writeFileSync(path, 'no ELF')
    try {
      libbpf.openObject(path)
      t.fail('opened')
    } catch (error) {
      t.ok(error instanceof LibbpfError)
      t.match(error, {
        call: 'bpf_object__open_file',
        errno: /^(E[A-Z]+|error \d+)$/,
        printed: /ELF/,
        summary: /^bpf_object__open_file failed with (E[A-Z]+|error \d+)$/,
      })
      t.notMatch((error as Error).message, /\n/)
    }
  })

  t.test('a path that is not pinned is an ordinary answer', async (t) => {
    t.equal(libbpf.pinned('/sys/fs/bpf/mayfly-no-such-pin'), undefined)
  })

  t.test('a tracepoint tells its arguments, an unknown one none', async (t) => {
    t.equal(libbpf.tracepointArguments('sched_process_exec'), 3)
    t.equal(libbpf.tracepointArguments('no_such_tracepoint'), 0)
  })

  t.test('the boot clock moves on', async (t) => {
    const before = libbpf.bootNowNs()
    t.ok(libbpf.bootNowNs() >= before && before > 0)
  })
})

t.test('a missing library throws what the linker says', async (t) => {
  t.throws(() => new Libbpf('libno-such-thing.so.9'), /cannot open shared object/)
})
