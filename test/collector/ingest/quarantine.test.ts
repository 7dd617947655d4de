import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { type Poison, Quarantine, type QuarantineOptions } from '#collector/ingest/quarantine.ts'

const clock = { nowUs: () => Date.UTC(2026, 6, 1, 12) * 1_000 }
const open = (dir: string | undefined, options: Partial<QuarantineOptions> = {}): Quarantine =>
  new Quarantine({ dir, log: silentLog, clock, ...options })
const poison = (agent: string, firstSeq: number): Poison => ({
  agent,
  epoch: 5,
  firstSeq,
  lastSeq: firstSeq + 2,
  units: 7,
  payload: Buffer.from('payload'),
  reason: 'not a chunk',
})

t.test('a batch is kept as it came, under a name that stays in the directory', async (t) => {
  const dir = join(t.testdir(), 'quarantine')
  open(dir).keep(poison('../../etc/passwd', 3))
  const [name = ''] = readdirSync(dir)
  t.match(name, /^\.\._\.\._etc_passwd-[0-9a-f]{8}-5-3\.zst$/)
  t.equal(readFileSync(join(dir, name), 'utf8'), 'payload')
})

t.test('files and bytes are bounded, the first stay, and all are counted', async (t) => {
  const dir = t.testdir()
  const few = open(dir, { maxFiles: 3 })
  for (let seq = 1; seq <= 5; seq += 1) few.keep(poison('a', seq))
  t.equal(readdirSync(dir).length, 3)
  t.match(few.state, { batches: 5, events: 35, files: 3, bytes: 21, directory: dir })
  const small = t.testdir({})
  const little = open(small, { maxBytes: 15 })
  for (let seq = 1; seq <= 5; seq += 1) little.keep(poison('a', seq))
  t.match(readdirSync(small), [/-1\.zst$/, /-2\.zst$/])
})

t.test(
  'what is on disk is known after a restart, and when a person took a part away',
  async (t) => {
    const dir = join(t.testdir(), 'quarantine')
    const before = open(dir)
    t.strictSame(before.state, {
      ...{ batches: 0, events: 0, files: 0, bytes: 0 },
      ...{ directory: '', last: '' },
    })
    for (const seq of [1, 4]) before.keep(poison('a', seq))
    t.equal(before.state.last, '2026-07-01T12:00:00Z agent a, epoch 5, numbers 4 to 6: not a chunk')
    const after = open(dir)
    const onDisk = { files: 2, bytes: 14, directory: dir }
    t.strictSame(after.state, { batches: 0, events: 0, ...onDisk, last: '' })
    rmSync(join(dir, readdirSync(dir)[0] ?? ''))
    t.match(after.state, { files: 1, bytes: 7 })
  },
)

t.test(
  'a batch that comes again takes no second place and does not change the first',
  async (t) => {
    const dir = t.testdir()
    open(dir).keep(poison('a', 1))
    const again = open(dir)
    again.keep({ ...poison('a', 1), payload: Buffer.from('other') })
    t.match(again.state, { batches: 1, files: 1, bytes: 7 })
  },
)

t.test('a directory that cannot be written costs a warning, nothing else', async (t) => {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_facts: object, message: string) => warnings.push(message) }
  const root = t.testdir({ file: '' })
  for (const dir of [join(root, 'file', 'below'), join(root, 'file'), '/dev/full/x']) {
    warnings.length = 0
    const broken = open(dir, { log })
    broken.keep(poison('a', 1))
    t.equal(warnings.length, 2, dir)
    t.match(broken.state, { batches: 1, events: 7, files: 0, bytes: 0, directory: '' })
  }
  warnings.length = 0
  const none = open(undefined, { log })
  none.keep(poison('a', 1))
  t.equal(warnings.length, 1)
  t.match(none.state, { batches: 1, files: 0, directory: '' })
})

t.test('what somebody else put there counts against the bounds', async (t) => {
  const dir = t.testdir()
  writeFileSync(join(dir, 'notes.txt'), 'x'.repeat(100))
  const full = open(dir, { maxBytes: 100 })
  full.keep(poison('a', 1))
  t.match(full.state, { files: 1, bytes: 100 })
})
