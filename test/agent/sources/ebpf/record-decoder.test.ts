import fc from 'fast-check'
import t from 'tap'
import {
  adjustCpuTimes,
  cgroupList,
  parsePathNames,
  parseTtyName,
  RecordDecoder,
} from '#agent/sources/ebpf/record-decoder.ts'
import {
  cgroupOffsets,
  exitBytes,
  exitOffsets,
  headerOffsets,
  programOffsets,
  recordFlags,
} from '#agent/sources/ebpf/record-layout.ts'
import type { RecordMemory } from '#agent/sources/ebpf/record-memory.ts'

const memory = (size: number): RecordMemory & { readonly bytes: Buffer } => {
  const buffer = new ArrayBuffer((size + 7) & ~7)
  return { words: new Uint32Array(buffer), bytes: Buffer.from(buffer) }
}
const decoder = (): RecordDecoder => new RecordDecoder({ pageBytes: 4096 })

interface Tail {
  readonly argv?: string
  readonly exe?: string
  readonly cwd?: string
  readonly script?: string
  readonly interpreter?: string
}

const program = (tail: Tail, flags = 0): { memory: RecordMemory; size: number } => {
  const parts = (['argv', 'exe', 'cwd', 'script', 'interpreter'] as const).map((name) => ({
    name,
    bytes: Buffer.from(tail[name] ?? '', 'latin1'),
  }))
  const size = programOffsets.tail + parts.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const result = memory(size)
  result.bytes.writeUInt32LE(flags, headerOffsets.flags)
  result.bytes.writeUInt32LE(0xffffffff, programOffsets.login_uid)
  let at: number = programOffsets.tail
  for (const { name, bytes } of parts) {
    result.bytes.writeUInt32LE(bytes.length, programOffsets[`${name}_size`])
    bytes.copy(result.bytes, at)
    at += bytes.length
  }
  return { memory: result, size }
}

t.test('random bytes never throw, and what is not understood is counted', async (t) => {
  const subject = decoder()
  let refused = 0
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: -8, max: 700 }),
      fc.integer({ min: 0, max: 64 }),
      (raw, kind, size, at) => {
        const bytes = memory(raw.length)
        bytes.bytes.set(raw)
        if (raw.length >= at + 4 && at % 4 === 0) bytes.words[at >> 2] = kind
        if (subject.decode(bytes, at, size) === undefined) refused += 1
      },
    ),
    { numRuns: 3000 },
  )
  t.equal(subject.errors, refused)
  t.ok(refused > 0)
})

t.test('random lengths inside a program record never read beyond it', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffffffff), { minLength: 5, maxLength: 5 }), (lengths) => {
      const { memory, size } = program({ argv: 'a\0', exe: 'a\0' })
      for (const [index, length] of lengths.entries())
        memory.words[(programOffsets.argv_size >> 2) + index] = length
      const record = decoder().decode(memory, 0, size)
      const total = lengths.reduce((sum, length) => sum + length, 0)
      return total <= size - programOffsets.tail || record === undefined
    }),
  )
  t.pass()
})

t.test('a program record carries its texts', async (t) => {
  const { memory, size } = program({
    argv: 'sh\0-c\0\0',
    exe: 'dash\0bin\0usr\0',
    cwd: '',
    script: './run.sh\0',
    interpreter: '/bin/sh\0',
  })
  const record = decoder().decode(memory, 0, size)
  t.match(record, {
    kind: 'exec',
    exe: '/usr/bin/dash',
    cwd: '/',
    script: './run.sh',
    interpreter: '/bin/sh',
    tty: '',
    fileOrigin: 'unknown',
  })
  t.notOk(record && 'loginUid' in record, 'an unset login uid is absent')
  t.notOk(record && 'parent' in record, 'pid 0 is no parent')
  t.equal(record?.kind === 'exec' && Buffer.from(record.argvBytes).toString(), 'sh\0-c\0\0')
})

const marks: readonly (readonly [string, number, object])[] = [
  ['a path with too many names shows its end', recordFlags.exeTruncated, { exe: '…/x/y' }],
  ['a removed directory is marked as /proc does', recordFlags.cwdDeleted, { cwd: '/w (deleted)' }],
  ['a program without a file has no path', recordFlags.noFile, { exe: '', file: undefined }],
]
for (const [name, flags, expected] of marks)
  t.test(name, async (t) => {
    const { memory, size } = program({ exe: 'y\0x\0', cwd: 'w\0' }, flags)
    t.match(decoder().decode(memory, 0, size), expected)
  })

t.test('numbers beyond 32 bits keep their value', async (t) => {
  const subject = memory(exitBytes)
  subject.words[headerOffsets.kind >> 2] = 1
  subject.bytes.writeBigUInt64LE(9_007_199_254_740_991n, headerOffsets.boot_ns)
  subject.bytes.writeBigUInt64LE(5_000_000_000n, exitOffsets.run_ns)
  subject.bytes.write('name', exitOffsets.comm)
  t.match(decoder().decode(subject, 0, exitBytes), {
    kind: 'exit',
    bootNs: 9_007_199_254_740_991,
    userNs: 5_000_000_000,
    comm: 'name',
  })
})

t.test('a cgroup record names its one hierarchy', async (t) => {
  const subject = memory(80)
  subject.words[0] = 3
  subject.words[headerOffsets.v1_hierarchy >> 2] = 4
  subject.words[headerOffsets.v1_cgroup_id >> 2] = 17
  subject.words[headerOffsets.flags >> 2] = recordFlags.cgroupRemoved
  subject.words[cgroupOffsets.path_size >> 2] = 4
  subject.bytes.write('/a/b', cgroupOffsets.tail)
  t.match(decoder().decode(subject, 0, 77), {
    phase: 'removed',
    cgroup: { hierarchy: 4, id: 17 },
    path: '/a/b',
  })
})

t.test('cgroups of a process come v2 first', async (t) => {
  t.strictSame(cgroupList(5, 0, 0), [{ hierarchy: 0, id: 5 }])
  t.strictSame(cgroupList(1, 4, 9), [
    { hierarchy: 0, id: 1 },
    { hierarchy: 4, id: 9 },
  ])
  t.strictSame(cgroupList(0, 0, 0), [])
})

const times: readonly (readonly [string, readonly [number, number, number], object])[] = [
  ['without a tick all is user time', [0, 0, 300], { userNs: 300, systemNs: 0 }],
  ['only system ticks: all is system time', [0, 4, 300], { userNs: 0, systemNs: 300 }],
  ['otherwise ticks split the exact sum', [3, 1, 400], { userNs: 300, systemNs: 100 }],
]
for (const [name, [user, system, run], expected] of times)
  t.test(name, async (t) => t.strictSame(adjustCpuTimes(user, system, run), expected))

t.test('small texts', async (t) => {
  t.equal(parsePathNames(Buffer.from('')), '/')
  t.equal(parsePathNames(Buffer.from('memfd:x\0')), '/memfd:x')
  t.equal(parseTtyName('pts12'), 'pts/12')
  t.equal(parseTtyName('tty1'), 'tty1')
  t.equal(parseTtyName('ptsx'), 'ptsx', 'only numbers are moved')
})
