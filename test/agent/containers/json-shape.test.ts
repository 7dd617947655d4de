import fc from 'fast-check'
import t from 'tap'
import {
  asArray,
  asObject,
  asStringMap,
  asText,
  field,
  parseJsonObject,
} from '#agent/containers/json-shape.ts'

t.test('only plain objects are objects', (t) => {
  for (const value of [null, undefined, 7, 'x', [], true]) t.equal(asObject(value), undefined)
  t.same(asObject({ a: 1 }), { a: 1 })
  t.end()
})

t.test('inherited names are no fields', (t) => {
  for (const name of ['constructor', '__proto__', 'toString']) t.equal(field({}, name), undefined)
  t.equal(field(parseJsonObject('{"__proto__":"x"}'), '__proto__'), 'x')
  t.equal(field(undefined, 'a'), undefined)
  t.end()
})

t.test('text with control characters or of more than the limit is no text', (t) => {
  for (const value of ['\u001b[2J', 'a\nb', 'a\u0000', '\u007f', 'x'.repeat(11), 7, null])
    t.equal(asText(value, 10), '')
  t.equal(asText('ünïcode', 10), 'ünïcode')
  t.end()
})

t.test('a map keeps strings only, up to its limits, and own names of any kind', (t) => {
  const limits = { entriesMax: 2, charsMax: 5 }
  t.same(asStringMap({ a: 'x', b: 7, longName: 'x', c: 'long-value', d: 'y', e: 'z' }, limits), {
    a: 'x',
    d: 'y',
  })
  const hostile = asStringMap(JSON.parse('{"__proto__":"x"}'), { entriesMax: 2, charsMax: 20 })
  t.same(Object.entries(hostile), [['__proto__', 'x']])
  t.equal(Object.getPrototypeOf(hostile), Object.prototype)
  t.same(asStringMap('x', limits), {})
  t.end()
})

t.test('no text makes the parser throw', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const object = parseJsonObject(text)
      return object === undefined || asArray(object).length === 0
    }),
  )
  t.end()
})
