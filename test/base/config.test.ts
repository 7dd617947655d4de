import t from 'tap'
import { agentFields } from '#agent/config.ts'
import {
  ConfigError,
  describeField,
  environmentName,
  type Fields,
  flagKey,
  readConfig,
} from '#base/config.ts'
import { collectorFields } from '#collector/config.ts'

const fields = {
  name: { flag: '--name', kind: 'string', help: 'Name' },
  file: { flag: '--some-file', kind: 'path', default: './x', help: 'File' },
  count: { flag: '--count', kind: 'int', min: 1, max: 9, default: '3', help: 'Count' },
  port: { flag: '--port', kind: 'port', default: '1', help: 'Port' },
  size: { flag: '--size', kind: 'bytes', min: 10, default: '1KiB', help: 'Size' },
  wait: { flag: '--wait', kind: 'duration', max: 1000, default: '1s', help: 'Wait' },
  listen: { flag: '--listen', kind: 'listen', default: '127.0.0.1:1', help: 'Listen' },
  metrics: { flag: '--metrics', kind: 'listenOrOff', default: 'off', help: 'Metrics' },
  url: { flag: '--url', kind: 'url', help: 'URL' },
  fast: { flag: '--fast', kind: 'bool', help: 'Fast' },
  mode: { flag: '--mode', kind: 'choice', choices: ['a', 'b'], default: 'a', help: 'Mode' },
  words: { flag: '--words', kind: 'list', help: 'Words' },
  labels: { flag: '--labels', kind: 'labels', help: 'Labels' },
  key: { flag: '--key', kind: 'string', secret: true, check: () => 'write another', help: 'Key' },
  local: { flag: '--local', kind: 'string', environment: false, help: 'Local' },
} as const satisfies Fields

t.test('defaults are read like any other value; without one a field is undefined', async (t) => {
  t.strictSame(readConfig(fields, {}, {}), {
    name: undefined,
    file: './x',
    count: 3,
    port: 1,
    size: 1024,
    wait: 1000,
    listen: { host: '127.0.0.1', port: 1 },
    metrics: null,
    url: undefined,
    fast: false,
    mode: 'a',
    words: undefined,
    labels: undefined,
    key: undefined,
    local: undefined,
  })
})

t.test('a flag wins over the environment, the environment over the default', async (t) => {
  const env = { MAYFLY_SOME_FILE: 'env', MAYFLY_COUNT: '4', MAYFLY_NAME: '', MAYFLY_LOCAL: 'no' }
  const config = readConfig(fields, { someFile: 'flag', fast: true, words: 'a, b,' }, env)
  t.equal(config.file, 'flag')
  t.equal(config.count, 4)
  t.equal(config.name, undefined, 'an empty variable counts as not set')
  t.equal(config.local, undefined, 'no variable for what belongs to one command line')
  t.equal(config.fast, true)
  t.strictSame(config.words, ['a', 'b'])
  t.strictSame(readConfig(fields, { labels: 'a=1,b=x=y' }, {}).labels, { a: '1', b: 'x=y' })
  t.equal(readConfig(fields, {}, { MAYFLY_FAST: 'no' }).fast, false)
})

const wrong: readonly (readonly [object, Record<string, string>, string])[] = [
  [{ count: '10' }, {}, '--count "10": write a whole number from 1 to 9'],
  [{ name: '' }, {}, '--name "": give it a value or leave it out'],
  [{ size: '5' }, {}, '--size "5": write at least 10 bytes'],
  [{ wait: '2s' }, {}, '--wait "2s": write at most 1000ms'],
  [{ mode: 'c' }, {}, '--mode "c": write one of a, b'],
  [{ labels: 'a' }, {}, '--labels "a": write key=value, several separated by commas'],
  [{}, { MAYFLY_FAST: 'perhaps' }, 'MAYFLY_FAST "perhaps": write true or false'],
  [
    {},
    { MAYFLY_SOME_FILE: 'a\0b' },
    'MAYFLY_SOME_FILE "a\\u0000b": write a path without NUL bytes',
  ],
  [
    { metrics: 'on' },
    {},
    '--metrics "on": write host:port, such as 127.0.0.1:7070, [::1]:7070 or :7070 for every interface, or off',
  ],
  [{ key: 'hunter2' }, {}, '--key: write another'],
]
for (const [flags, env, message] of wrong) {
  t.test(`one line names field, value and fix: ${message}`, async (t) => {
    t.throws(() => readConfig(fields, flags as Record<string, string>, env), {
      name: 'ConfigError',
      message,
    })
  })
}

t.test('a huge value is cut in the message', async (t) => {
  const error = new ConfigError('invalid', '--x', 'y'.repeat(10_000), 'shorter')
  t.ok(error.message.length < 200)
})

t.test('help comes from the table', async (t) => {
  t.strictSame(describeField(fields.count), {
    flags: '--count <number>',
    text: 'Count (default 3; MAYFLY_COUNT)',
  })
  t.strictSame(describeField(fields.mode).flags, '--mode <a|b>')
  t.strictSame(describeField(fields.fast).flags, '--fast')
  t.strictSame(describeField(fields.local).text, 'Local')
  t.equal(describeField({ ...fields.name, alias: '-n' }).flags, '-n, --name <text>')
})

for (const [side, table] of Object.entries({ agent: agentFields, collector: collectorFields })) {
  t.test(`the ${side}'s table is sound`, async (t) => {
    const flags = Object.values(table).map(({ flag }) => flag)
    t.equal(new Set(flags).size, flags.length, 'no flag twice')
    for (const [name, field] of Object.entries(table)) {
      t.equal(flagKey(field.flag), name, `${field.flag} is called as it is read`)
      t.match(environmentName(field.flag), /^MAYFLY_[A-Z_]+$/)
      t.notMatch(field.help, /\.$/, 'help ends without a full stop, the default follows')
    }
    t.doesNotThrow(() => readConfig(table, {}, {}), 'its defaults pass its own checks')
  })
}
