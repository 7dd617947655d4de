import t from 'tap'
import type { Log } from '#base/log.ts'
import { type AccessFacts, AccessLog } from '#collector/identity/access-log.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

const site = () => {
  const time = manualTime()
  const lines: object[] = []
  const write = (level: string) => (facts: object, message: string) => {
    lines.push({ level, message, ...facts })
  }
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  return { time, lines, accessLog: new AccessLog(log, time.clock, { perSecond: 1, burst: 2 }) }
}

const facts = (fields: Partial<AccessFacts> = {}): AccessFacts => ({
  who: { kind: 'person', user: 'alice', uid: '', groups: ['g'], extra: {} },
  address: '10.0.0.7',
  what: 'GET /api/v1/timeline',
  namespace: 'shop',
  status: 200,
  detail: '',
  ...fields,
})

t.test('each request of a person is a line with who, what, where and how it ended', async (t) => {
  const { lines, accessLog } = site()
  accessLog.request(facts())
  const id = '3f2a91c0'
  accessLog.request(facts({ what: 'DELETE /api/v1/holds/{id}', id, namespace: undefined }))
  accessLog.request(facts({ status: 504, detail: 'too long' }))
  const line = { level: 'info', message: 'access', who: 'alice', address: '10.0.0.7' }
  const read = { ...line, access: 'GET /api/v1/timeline', namespace: 'shop' }
  t.strictSame(lines, [
    { ...read, outcome: 'allowed', status: 200 },
    { ...line, access: 'DELETE /api/v1/holds/{id}', id, outcome: 'allowed', status: 200 },
    { ...read, outcome: 'failed', status: 504, detail: 'too long' },
  ])
})

t.test('refusals are as many lines as the log can bear, and the rest is counted', async (t) => {
  const { time, lines, accessLog } = site()
  for (let request = 0; request < 10; request += 1)
    accessLog.request(facts({ who: undefined, status: 401, detail: 'no' }))
  t.equal(lines.length, 2)
  t.match(lines[0], { level: 'warn', who: 'unknown', outcome: 'refused', detail: 'no' })
  accessLog.flush()
  t.equal(lines.length, 2, 'the count has to wait like a line')
  await time.advance(1_000)
  accessLog.request(facts({ status: 403 }))
  t.match(lines[2], { who: 'alice', suppressed: 8 })
  accessLog.request(facts({ status: 429 }))
  await time.advance(1_000)
  accessLog.flush()
  t.match(lines[3], { outcome: 'refused', suppressed: 1 })
  await time.advance(5_000)
  accessLog.flush()
  t.equal(lines.length, 4, 'and is told once')
})

t.test('what a person reads is never suppressed by what others are refused', async (t) => {
  const { lines, accessLog } = site()
  for (let request = 0; request < 10; request += 1) accessLog.request(facts({ status: 401 }))
  accessLog.request(facts())
  t.match(lines.at(-1), { outcome: 'allowed' })
})

t.test('where nobody has a name, only refusals are told', async (t) => {
  const { lines, accessLog } = site()
  for (const who of [{ kind: 'local' }, { kind: 'shared' }, undefined] as const) {
    accessLog.request(facts({ who }))
    accessLog.request(facts({ who, status: 404 }))
  }
  t.strictSame(lines, [])
})

t.test('a line has an end', async (t) => {
  const { lines, accessLog } = site()
  const long = 'x'.repeat(100_000)
  accessLog.request(
    facts({
      who: { kind: 'person', user: long, uid: '', groups: [], extra: {} },
      namespace: long,
      detail: long,
    }),
  )
  t.ok(JSON.stringify(lines).length < 1_500)
})
