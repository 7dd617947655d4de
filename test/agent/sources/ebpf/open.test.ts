import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { detachEbpf, openEbpfSource } from '#agent/sources/ebpf/open.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs, openWatch } from '#test/fixtures/ebpf-watch.ts'

t.test('a kernel without type information is named, with the way out', async (t) => {
  t.throws(() => openEbpfSource({ btfPath: '/no/such/btf' }), {
    code: 'no_btf',
    message: /procfs/,
  })
})

t.test('where BPF is allowed', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)

  t.test('a missing library is named', async (t) => {
    t.throws(() => openEbpfSource({ libraryName: 'libno.so.9' }), { code: 'no_libbpf' })
  })
  t.test('a missing object is named', async (t) => {
    const options = { bpffsPath, pinName: 'open-missing', objectPath: '/no/such/probe.bpf.o' }
    t.throws(() => openEbpfSource(options), { code: 'no_object' })
  })
  t.test('an object that is none is refused, and leaves no pin', async (t) => {
    const objectPath = join(t.testdir(), 'bad.o')
    writeFileSync(objectPath, 'no ELF')
    const options = { bpffsPath, pinName: 'open-bad', objectPath }
    t.throws(() => openEbpfSource(options), { code: 'load_failed', message: /ELF/ })
    t.equal(detachEbpf(options), 0)
  })
  for (const ringSizeBytes of [0, 5000, 4096, 2 ** 31, Number.NaN])
    t.test(`a ring of ${ringSizeBytes} bytes is refused before anything is touched`, async (t) => {
      const options = { bpffsPath, pinName: 'open-size', ringSizeBytes }
      t.throws(() => openEbpfSource(options), { code: 'bad_ring_size' })
    })
  t.test('a second agent is told who is in its way', async (t) => {
    openWatch(t, bpffsPath, { pinName: 'open-twice' })
    t.throws(() => openEbpfSource({ bpffsPath, pinName: 'open-twice' }), { code: 'in_use' })
    t.throws(() => detachEbpf({ bpffsPath, pinName: 'open-twice' }), { code: 'in_use' })
  })
  t.test('without bpffs it works, and says what is less', async (t) => {
    const source = openEbpfSource({ bpffsPath: t.testdir(), ringSizeBytes: 65536 })
    t.teardown(() => source.close())
    t.match(source, { pinned: false, notice: /no bpf file system/, adoption: { result: 'fresh' } })
    t.equal(detachEbpf({ bpffsPath: t.testdir() }), 0)
  })
})
