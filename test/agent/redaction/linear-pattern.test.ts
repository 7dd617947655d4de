import fc from 'fast-check'
import t from 'tap'
import { patternFault } from '#agent/redaction/linear-pattern.ts'

const faults: readonly (readonly [string, string, RegExp])[] = [
  ['a repeated repetition', '(a+)+', /quantifier on a group/],
  ['a repeated star in a non-capturing group', '(?:a*)*b', /quantifier on a group/],
  ['repeated alternatives', '(a|a){2,30}', /quantifier on a group/],
  ['a bounded repetition repeated', '(?:a{1,5}){1,5}', /quantifier on a group/],
  ['a repetition before the end', 'a+b', /unbounded quantifier/],
  ['a lazy repetition before the end', 'a+?b', /unbounded quantifier/],
  ['a repetition in a group before the end', '(a{2,})b', /unbounded quantifier/],
  ['a repetition in a look-ahead', '(?=a+)b', /unbounded quantifier/],
  ['a repetition in a look-behind', '(?<=a+)b', /unbounded quantifier/],
  ['a backreference', '(a)\\1', /backreference/],
  ['a named backreference', '(?<x>a)\\k<x>', /backreference/],
  ['too many ways', 'a{0,99}a{0,99}b', /more than 4096 ways/],
  ['too many optional parts', 'a?'.repeat(13), /more than 4096 ways/],
  ['alternatives with too many ways', '(?:a{0,4000}|b{0,4000})', /more than 4096 ways/],
]

const linear: readonly (readonly [string, string])[] = [
  ['a literal', 'BADGE-1234'],
  ['a repetition at the end', 'BADGE-\\d+'],
  ['a repetition at the end of each alternative', 'a\\d+|b\\w*'],
  ['a repetition at the end of the last group', 'key: (\\w+)'],
  ['bounded repetitions', '[A-Z]{2,5}-[0-9]{4,8}x'],
  ['exact repetitions, nested', '(?:[0-9a-f]{4}){8}z'],
  ['alternatives', '(?:foo|bar)baz'],
  ['optional alternatives', '(?:foo|bar)?baz'],
  ['look-behind', '(?<![\\w-])x{1,9}y'],
  ['signs in a class', '[+*?(){}|]{1,3}x'],
  ['a bracket in a class', '[\\]+]a'],
  ['escaped signs', '\\(\\+\\*\\)x'],
  ['a named group', '(?<name>a{1,3})b'],
  ['braces of an escape', '\\u0041x'],
  ['braces that are text', 'a{x}b'],
]

t.test('patterns that may take more than linear time are told why', async (t) => {
  for (const [name, source, fault] of faults) {
    t.doesNotThrow(() => new RegExp(source), name)
    t.match(patternFault(source), fault, name)
  }
})

t.test('linear patterns are accepted', async (t) => {
  for (const [name, source] of linear) t.equal(patternFault(source), undefined, name)
})

t.test('any text has an answer', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab()[]{}?*+|\\^$.,:<=!12'), maxLength: 40 }),
      (source) => {
        const fault = patternFault(source)
        return fault === undefined || fault.length > 0
      },
    ),
  )
  t.match(patternFault('('.repeat(100_000)), /nested too deeply/)
})

t.test('an accepted pattern ends soon on a long text', async () => {
  const piece = fc.constantFrom(
    'a',
    '[ab]',
    'a?',
    'a{0,9}',
    'b{1,3}',
    '(?:a|b)',
    '(a{0,7})',
    'a*',
    '\\w+',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const source = `${pieces.join('')}`
      if (patternFault(`${source}`) !== undefined) return true
      return 'ab'.repeat(5000).search(new RegExp(`${source}`)) >= -1
    }),
    { numRuns: 200 },
  )
})
