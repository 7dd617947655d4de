import fc from 'fast-check'
import t from 'tap'
import {
  formatListen,
  formatTime,
  isLoopback,
  parseBytes,
  parseDuration,
  parseHttpUrl,
  parseInteger,
  parseListen,
  parseTime,
} from '#base/values.ts'

const value = (parsed: object): unknown => ('value' in parsed ? parsed.value : 'refused')

t.test('durations', async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['15', 'refused'],
    ['', 'refused'],
    ['-5m', 'refused'],
    ['5 m', 'refused'],
    ['1.5h', 'refused'],
    ['5mm', 'refused'],
    ['99999999999999d', 'refused'],
    ['0', 0],
    ['500ms', 500],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
  ]
  for (const [text, expected] of cases) t.equal(value(parseDuration(text)), expected, text)
})

t.test('sizes', async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['', 'refused'],
    ['-1', 'refused'],
    ['1.5GiB', 'refused'],
    ['64 X', 'refused'],
    ['999999999999999TiB', 'refused'],
    ['toString', 'refused'],
    ['1constructor', 'refused'],
    ['65536', 65_536],
    ['64KiB', 65_536],
    ['512Mi', 536_870_912],
    ['2GB', 2e9],
  ]
  for (const [text, expected] of cases) t.equal(value(parseBytes(text)), expected, text)
})

t.test('whole numbers', async (t) => {
  for (const text of ['', '1e3', '0x10', ' 1', '1.0', 'NaN', '11', '-1']) {
    t.equal(value(parseInteger(text, 0, 10)), 'refused', text)
  }
  t.equal(value(parseInteger('10', 0, 10)), 10)
})

t.test('addresses to listen on', async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['7070', 'refused'],
    ['::1:7070', 'refused'],
    ['127.0.0.1:65536', 'refused'],
    ['http://127.0.0.1:7070', 'refused'],
    ['host name:1', 'refused'],
    ['127.0.0.1:7070', { host: '127.0.0.1', port: 7070 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    [':7070', { host: '::', port: 7070 }],
  ]
  for (const [text, expected] of cases) t.strictSame(value(parseListen(text)), expected, text)
  t.equal(formatListen({ host: '::1', port: 1 }), '[::1]:1')
  t.equal(formatListen({ host: 'a', port: 1 }), 'a:1')
})

t.test('what is loopback', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    t.ok(isLoopback(host), host)
  for (const host of [
    '',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.evil.example',
    '1127.0.0.1',
    'localhost.evil',
  ]) {
    t.notOk(isLoopback(host), host)
  }
})

t.test('URLs', async (t) => {
  for (const text of [
    'localhost:7070',
    'ftp://a',
    'http://',
    'http://u:p@h',
    'http://h?x',
    'http://h#x',
    'javascript:1',
  ]) {
    t.equal(value(parseHttpUrl(text)), 'refused', text)
  }
  t.equal(value(parseHttpUrl('http://h:7070/')), 'http://h:7070')
  t.equal(value(parseHttpUrl('https://h/mayfly//')), 'https://h/mayfly')
})

t.test('times', async (t) => {
  const nowUs = 1_000_000_000_000_000
  const cases: readonly (readonly [string, unknown])[] = [
    ['', 'refused'],
    ['yesterday', 'refused'],
    ['2026-07-01', 'refused'],
    ['2026-07-01T00:00:00', 'refused'],
    ['2026-02-30T00:00:00Z', 'refused'],
    ['2026-07-01T25:00:00Z', 'refused'],
    ['2026-07-01T00:00:00Z extra', 'refused'],
    ['15m', nowUs - 900_000_000],
    ['2026-07-01T02:00:00.123456789+02:00', Date.UTC(2026, 6, 1) * 1000 + 123_456],
    ['2026-07-01t00:00:00z', Date.UTC(2026, 6, 1) * 1000],
  ]
  for (const [text, expected] of cases) t.equal(value(parseTime(text, nowUs)), expected, text)
})

t.test('a time that is written is read back as the same microsecond', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e15 }),
      (timeUs) => value(parseTime(formatTime(timeUs), 0)) === timeUs,
    ),
  )
})

t.test('every parser answers for any text', async () => {
  const parsers = [
    parseDuration,
    parseBytes,
    parseListen,
    parseHttpUrl,
    (text: string) => parseTime(text, 0),
  ]
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...parsers), (text, parse) => {
      const parsed = parse(text)
      return 'value' in parsed || parsed.fix.length > 0
    }),
  )
})
