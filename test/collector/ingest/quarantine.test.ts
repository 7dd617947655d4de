import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { quarantine } from '#collector/ingest/quarantine.ts'

const poison = (agent: string, firstSeq: number) => ({
  agent,
  epoch: 5,
  firstSeq,
  payload: Buffer.from('payload'),
  reason: 'not a chunk',
})

t.test('a batch is kept as it came, under a name that stays in the directory', async (t) => {
  const dir = join(t.testdir(), 'quarantine')
  quarantine({ dir, log: silentLog }, poison('../../etc/passwd', 3))
  const [name = ''] = readdirSync(dir)
  t.match(name, /^\.\._\.\._etc_passwd-[0-9a-f]{8}-5-3\.zst$/)
  t.equal(readFileSync(join(dir, name), 'utf8'), 'payload')
})

t.test('files and bytes are bounded, and the first stay', async (t) => {
  const dir = t.testdir()
  for (let seq = 1; seq <= 5; seq += 1)
    quarantine({ dir, log: silentLog, maxFiles: 3 }, poison('a', seq))
  t.equal(readdirSync(dir).length, 3)
  const small = t.testdir({})
  for (let seq = 1; seq <= 5; seq += 1)
    quarantine({ dir: small, log: silentLog, maxBytes: 15 }, poison('a', seq))
  t.match(readdirSync(small), [/-1\.zst$/, /-2\.zst$/])
})

t.test('a directory that cannot be written costs a warning, nothing else', async (t) => {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_facts: object, message: string) => warnings.push(message) }
  quarantine({ dir: join(t.testdir({ file: '' }), 'file', 'below'), log }, poison('a', 1))
  t.equal(warnings.length, 2)
  quarantine({ dir: undefined, log }, poison('a', 1))
  t.equal(warnings.length, 3)
})
