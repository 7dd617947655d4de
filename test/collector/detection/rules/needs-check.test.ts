import t from 'tap'
import { type ExampleActivity, exampleActivity } from '#collector/detection/example-activity.ts'
import { Answers } from '#collector/detection/rules/answers.ts'
import type { Needs, Scalar, ValueTest } from '#collector/detection/rules/needs.ts'
import { checkOf, isMade, valuesOf } from '#collector/detection/rules/needs-check.ts'

const value = (path: string, how: ValueTest, ...values: readonly Scalar[]): Needs => ({
  ...{ kind: 'value', path, how, values },
})
const unknown: Needs = { kind: 'unknown' }
const never: Needs = { kind: 'any', parts: [] }

const example: ExampleActivity = {
  process: { exe: '/tmp/nc', args: ['nc', '-e', '/bin/sh'], uid: 7 },
  ancestors: [
    { exe: '/bin/sh', args: ['sh', '-i'] },
    { exe: '/sbin/init', args: ['init'] },
  ],
}

t.test('needs are met, or not', async (t) => {
  const activity = exampleActivity(example)
  const cases: readonly (readonly [string, Needs, boolean])[] = [
    ['what is not known may hold', unknown, true],
    ['one of none never does', never, false],
    ['a text that is one of two', value('process.name', 'equals', 'x', 'nc'), true],
    ['a text that is none of two', value('process.name', 'equals', 'x', 'y'), false],
    ['one of no texts', value('process.name', 'equals'), false],
    ['a number', value('process.uid', 'equals', 7n), true],
    ['a number as a text', value('process.uid', 'equals', '7'), false],
    ['what differs', value('process.uid', 'differs', 0n), true],
    ['what does not differ', value('process.uid', 'differs', 7n), false],
    ['how it begins', value('process.exe', 'begins', '/var/', '/tmp/'), true],
    ['what is within is no beginning', value('process.exe', 'begins', 'tmp/'), false],
    ['how it ends', value('process.exe', 'ends', '/nc'), true],
    ['a beginning is no end', value('process.exe', 'ends', '/tmp'), false],
    ['what it contains', value('process.command', 'contains', 'x', '-e /'), true],
    ['a text that is filled', value('process.exe', 'filled'), true],
    ['a list that is empty', value('process.sockets', 'filled'), false],
    ['an element', value('process.args[]', 'equals', '-e'), true],
    ['no element', value('process.args[]', 'equals', '-i'), false],
    ['an element of an empty list', value('process.sockets[]', 'differs', 'x'), false],
    ['an ancestor’s name', value('ancestors[].name', 'equals', 'init'), true],
    ['an ancestor’s argument', value('ancestors[].args[]', 'equals', '-i'), true],
    ['all of them', { kind: 'all', parts: [unknown, value('process.name', 'equals', 'nc')] }, true],
    ['all but one', { kind: 'all', parts: [never, value('process.name', 'equals', 'nc')] }, false],
    ['any of them', { kind: 'any', parts: [never, value('process.name', 'equals', 'nc')] }, true],
  ]
  for (const [name, needs, expected] of cases) {
    const answers = new Answers(valuesOf(needs))
    const check = checkOf(needs, answers)
    answers.turnTo(activity)
    t.equal(check(), expected, name)
  }
})

t.test('all values of a tree are asked for', async (t) => {
  const [name, uid] = [value('process.name', 'equals', 'nc'), value('process.uid', 'differs', 0n)]
  t.strictSame(
    valuesOf({ kind: 'all', parts: [name, unknown, { kind: 'any', parts: [uid, never] }] }),
    [name, uid],
  )
})

t.test('what has to be looked up or worked out', async (t) => {
  for (const path of ['parent.name', 'ancestors[].name', 'connection.kind'])
    t.ok(isMade(path), path)
  for (const path of ['process.name', 'connection.port', 'process.args[]'])
    t.notOk(isMade(path), path)
})
