import t from 'tap'
import { narrowed } from '#collector/detection/rules/narrow.ts'
import type { Needs, Scalar, ValueTest } from '#collector/detection/rules/needs.ts'

const value = (path: string, how: ValueTest, ...values: readonly Scalar[]): Needs => ({
  ...{ kind: 'value', path, how, values },
})
const unknown: Needs = { kind: 'unknown' }
const never: Needs = { kind: 'any', parts: [] }
const known = new Map([
  ['process.exe', '/tmp/nc'],
  ['process.name', 'nc'],
])
const open = value('process.command', 'contains', ' -e ')

t.test('what is known is decided, and the rest remains', async (t) => {
  const cases: readonly (readonly [string, Needs, Needs])[] = [
    ['one of several', value('process.name', 'equals', 'nc', 'ncat'), unknown],
    ['none of several', value('process.name', 'equals', 'sh', 'bash'), never],
    ['what differs', value('process.name', 'differs', 'sh'), unknown],
    ['what does not differ', value('process.name', 'differs', 'nc'), never],
    ['how it begins', value('process.exe', 'begins', '/var/', '/tmp/'), unknown],
    ['how it does not begin', value('process.exe', 'begins', 'tmp/'), never],
    ['how it ends', value('process.exe', 'ends', '/nc'), unknown],
    ['how it does not end', value('process.exe', 'ends', '/tmp'), never],
    ['what it contains', value('process.exe', 'contains', 'mp/n'), unknown],
    ['what it does not contain', value('process.exe', 'contains', 'x'), never],
    ['what is filled', value('process.exe', 'filled'), unknown],
    ['a number', value('process.name', 'equals', 7n), never],
    ['another path', open, open],
    ['what nobody knows', unknown, unknown],
    ['all, met', { kind: 'all', parts: [value('process.name', 'equals', 'nc'), open] }, open],
    ['all, not met', { kind: 'all', parts: [value('process.name', 'equals', 'x'), open] }, never],
    ['any, met', { kind: 'any', parts: [value('process.name', 'equals', 'nc'), open] }, unknown],
    ['any, not met', { kind: 'any', parts: [value('process.name', 'equals', 'x'), open] }, open],
    [
      'any of all',
      {
        kind: 'any',
        parts: [
          { kind: 'all', parts: [value('process.name', 'equals', 'sh'), open] },
          { kind: 'all', parts: [value('process.exe', 'begins', '/tmp/'), open] },
        ],
      },
      open,
    ],
  ]
  for (const [name, needs, expected] of cases) t.strictSame(narrowed(needs, known), expected, name)
  t.strictSame(narrowed(value('process.exe', 'filled'), new Map([['process.exe', '']])), never)
})
