import t from 'tap'
import { readConfig } from '#base/config.ts'
import { checkCollectorConfig, collectorFields, retentionDays } from '#collector/config.ts'

const read = (flags: Record<string, string>) => readConfig(collectorFields, flags, {})

t.test('beyond loopback a token is required', async (t) => {
  for (const listen of [':7070', '0.0.0.0:7070', '10.0.0.1:1', '[::]:1', 'example:1']) {
    t.throws(() => checkCollectorConfig(read({ listen })), {
      code: 'missing',
      field: '--token-file',
    })
    t.doesNotThrow(() => checkCollectorConfig(read({ listen, token: 'abc' })))
    t.doesNotThrow(() => checkCollectorConfig(read({ listen, tokenFile: 'f' })))
  }
  t.doesNotThrow(() => checkCollectorConfig(read({})))
})

t.test('two tokens contradict each other', async (t) => {
  t.throws(() => checkCollectorConfig(read({ token: 'a', tokenFile: 'b' })), { code: 'conflict' })
})

t.test('retention is whole days', async (t) => {
  for (const retention of ['0', '1h', '36h', '1d1m'])
    t.throws(() => read({ retention }), /whole days/)
  t.equal(retentionDays(read({})), 7)
  t.equal(retentionDays(read({ retention: '2w' })), 14)
})

t.test('the password of a store URL is not repeated in messages', async (t) => {
  t.throws(() => read({ storeUrl: 'ftp://user:hunter2@host' }), {
    message: '--store-url: write http://user:password@host:8123/database',
  })
})
