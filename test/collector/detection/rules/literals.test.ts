import fc from 'fast-check'
import t from 'tap'
import { type Literal, Literals } from '#collector/detection/rules/literals.ts'

const find = (literals: readonly Literal[], text: string): readonly number[] => {
  const found = new Set<number>()
  new Literals(literals).find(text, (number) => found.add(number))
  return [...found].toSorted((a, b) => a - b)
}

const literalsOf = (...given: readonly (readonly [Literal['how'], string])[]): readonly Literal[] =>
  given.map(([how, text], number) => ({ how, text, number }))

/** What is asked for, without any automaton. */
const has = ({ how, text: wanted }: Literal, text: string): boolean => {
  if (how === 'begins') return text.startsWith(wanted)
  return how === 'ends' ? text.endsWith(wanted) : text.includes(wanted)
}

/** More than V8's matcher is asked for first. */
const manyOthers = literalsOf(
  ...Array.from({ length: 70 }, (_, at) => ['contains', `<other ${at}>`] as const),
).map((literal) => ({ ...literal, number: literal.number + 1_000 }))

t.test('literals are found however they overlap', async (t) => {
  const literals = literalsOf(
    ['contains', 'he'],
    ['contains', 'she'],
    ['contains', 'hers'],
    ['begins', 'us'],
    ['ends', 'hers'],
    ['begins', 'ushers'],
    ['ends', 'us'],
    ['contains', 'x'],
  )
  for (const more of [[], manyOthers]) {
    const all = [...literals, ...more]
    t.strictSame(find(all, 'ushers'), [0, 1, 2, 3, 4, 5])
    t.strictSame(find(all, 'us'), [3, 6])
    t.strictSame(find(all, 'a ushers a'), [0, 1, 2])
    t.strictSame(find(all, ''), [])
    t.strictSame(find(all, 'USHERS'), [], 'letters are what they are')
  }
})

t.test('characters are what they are, whatever they mean to a pattern', async (t) => {
  const texts = ['.*', 'a|b', '^a', 'a$', '(', '[a]', '\\d', 'é', '\n', '-', '\t', '日本', '\0']
  for (const more of [[], manyOthers])
    for (const text of texts) {
      const all = [{ how: 'contains', text, number: 0 } as const, ...more]
      t.strictSame(find(all, `x ${text} y`), [0], JSON.stringify(text))
      t.strictSame(find(all, 'a b c 1'), [], JSON.stringify(text))
    }
})

t.test('the same text may be asked for several times and ways', async (t) => {
  const literals = literalsOf(
    ['contains', 'sh'],
    ['contains', 'sh'],
    ['begins', 'sh'],
    ['ends', 'sh'],
  )
  t.strictSame(find(literals, 'sh'), [0, 1, 2, 3])
  t.strictSame(find(literals, 'bash'), [0, 1, 3])
})

t.test('every text has the empty one', async (t) => {
  const literals = literalsOf(['contains', ''], ['begins', ''], ['ends', ''], ['contains', 'a'])
  t.strictSame(find(literals, ''), [0, 1, 2])
  t.strictSame(find(literals, 'b'), [0, 1, 2])
  t.strictSame(find([], 'b'), [])
})

t.test('of a long one its beginning or its end is looked for, and it is not missed', async (t) => {
  const long = `begin${'x'.repeat(60)}end`
  for (const how of ['begins', 'ends', 'contains'] as const)
    for (const text of [long, ...(how === 'begins' ? [`${long}.`] : [`.${long}`])])
      t.strictSame(find([{ how, text: long, number: 3 }], text), [3], how)
  t.strictSame(find(literalsOf(['ends', long]), `${long}.`), [])
})

t.test('those for which there is no room are found everywhere', async (t) => {
  const many = literalsOf(
    ...Array.from(
      { length: 3_000 },
      (_, at) => ['contains', `${at}-${'abcdefghij'.repeat(3)}`] as const,
    ),
  )
  const found = find(many, 'nothing of it')
  t.ok(found.length > 0 && found.length < many.length, `${found.length}`)
  for (const number of [0, 1_500, 2_999])
    t.ok(find(many, `x${many[number]?.text}`).includes(number), `${number}`)
})

t.test('nothing is missed, and nothing else is found', async (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), minLength: 1, maxLength: 4 })
  const literal = fc.tuple(fc.constantFrom('begins', 'ends', 'contains'), word)
  let times = 0
  fc.assert(
    fc.property(
      fc.array(literal, { maxLength: 12 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', 'z'), maxLength: 20 }),
      fc.boolean(),
      (given, text, isMany) => {
        const literals = literalsOf(...(given as (readonly [Literal['how'], string])[]))
        const expected = literals.filter((one) => has(one, text)).map(({ number }) => number)
        const found = find(isMany ? [...literals, ...manyOthers] : literals, text)
        times += expected.length
        return JSON.stringify(found) === JSON.stringify(expected)
      },
    ),
    { numRuns: 2_000 },
  )
  t.ok(times > 400, `${times} literals were found`)
})
