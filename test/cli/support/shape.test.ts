import fc from 'fast-check'
import t from 'tap'
import { project, type Shape } from '#cli/support/shape.ts'

const options = { nameOf: (name: string) => `<${name}>` }
const shape: Shape = {
  state: 'word',
  detail: 'text',
  node: 'name',
  count: 'number',
  late: 'flag',
  reasons: 'counts',
  sources: [{ name: 'word' }],
  last: { at: 'word' },
}

t.test('what is asked for comes through, and nothing beside it', async (t) => {
  const whole = {
    state: 'ready',
    detail: 'a sentence',
    node: 'node-1',
    count: 3,
    late: false,
    reasons: { overload: 2 },
    sources: [{ name: 'ebpf' }, { name: 'procfs' }],
    last: { at: '2026-07-01T00:00:00.000000Z' },
  }
  const answer = { ...whole, argv: ['--password', 'x'], labels: { a: 'b' } }
  t.strictSame(project(answer, shape, options), { ...whole, node: '<node-1>' })
})

t.test('what has another shape is left out, whatever it is', async (t) => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['a word of many lines', { state: 'a\nb' }, undefined],
    ['a word with quotes', { state: '"x"' }, undefined],
    ['a word that is long', { state: 'a'.repeat(101) }, undefined],
    ['a number as text', { count: '3' }, undefined],
    ['a list for an object', { last: [1] }, undefined],
    ['an object for a list', { sources: { 0: 'x' } }, undefined],
    ['a list of other things', { sources: [1, 'x', {}] }, { sources: [] }],
    ['counts of other things', { reasons: { a: 'x', 'b c': 1, d: 2 } }, { reasons: { d: 2 } }],
    ['null', { count: null }, { count: null }],
    ['a list', [1], undefined],
    ['text', 'x', undefined],
    ['nothing', undefined, undefined],
  ]
  for (const [name, value, taken] of cases) t.same(project(value, shape, options), taken, name)
})

t.test('a sentence is cut, and a prototype is no field', async (t) => {
  t.strictSame(project({ detail: 'x'.repeat(9_000) }, shape, options), { detail: 'x'.repeat(500) })
  t.equal(project({}, { constructor: 'text' } as Shape, options), undefined)
  t.equal(
    Object.keys(project(JSON.parse('{"__proto__":1}'), 'counts', options) as object).length,
    1,
  )
})

t.test('any JSON at all gives fields of the shape only', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const taken = project({ ...(value as object), detail: value }, shape, options)
      return taken === undefined || Object.keys(taken as object).every((key) => key in shape)
    }),
  )
  t.pass()
})
