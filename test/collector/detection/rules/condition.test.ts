import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { ConditionError, conditionReader } from '#collector/detection/rules/condition.ts'

const holds = (text: string, example: Readonly<Record<string, unknown>>, lists = {}) =>
  conditionReader(lists)(text).holds(exampleActivity(example))

t.test('conditions over all that an activity has', async (t) => {
  const example = {
    process: {
      exe: '/bin/bash',
      args: ['bash', '-i'],
      sockets: ['stdin'],
      uid: 0,
      origin: 'dropped',
    },
    ancestors: [{ exe: '/usr/sbin/nginx' }, { exe: '/sbin/init' }],
    connection: { port: 443, address: '203.0.113.9' },
    workload: { name: 'web' },
  }
  for (const [text, expected] of [
    ['process.name == "bash" && process.uid == 0', true],
    ['process.sockets.size() > 0', true],
    ['"stdin" in process.sockets', true],
    ['process.command == "bash -i"', true],
    ['parent.name == "nginx"', true],
    ['ancestors.exists(a, a.name == "init")', true],
    ['ancestors.all(a, a.exe.startsWith("/usr"))', false],
    ['connection.port == 443 || connection.port == 80', true],
    ['workload.name in names', true],
    ['dns.name == ""', true],
  ] as const)
    t.equal(holds(text, example, { names: ['web'] }), expected, text)
})

t.test('nothing of the program can be reached from a condition', async (t) => {
  for (const text of [
    'process.__proto__ == process.__proto__',
    'process.constructor.name == "x"',
    'process["__proto__"] == ""',
    'toString() == ""',
  ])
    t.throws(() => conditionReader({})(text), ConditionError, text)
})

t.test('a condition that is too large is refused', async (t) => {
  const long = Array.from({ length: 2_000 }, (_, at) => `process.name == "${at}"`).join(' || ')
  t.throws(() => conditionReader({})(long), ConditionError)
  t.throws(() => conditionReader({})(`${'!('.repeat(100)}true${')'.repeat(100)}`), ConditionError)
})

t.test('an error says where', async (t) => {
  try {
    conditionReader({})('process.name == "a" && process.nam == "b"')
    t.fail('it was read')
  } catch (error) {
    t.match(error, { message: 'No such key: nam', offset: 31 })
  }
})
