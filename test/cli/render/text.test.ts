import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import {
  clip,
  escapeText,
  formatCount,
  formatLifetime,
  plural,
  quoteArgument,
  quoteArguments,
  textWidth,
  timeOfDay,
} from '#cli/render/text.ts'

const hostile: readonly (readonly [string, string, string])[] = [
  ['a colour sequence', '\x1b[31mred\x1b[0m', "$'\\x1b[31mred\\x1b[0m'"],
  ['a title change', '\x1b]0;owned\x07', "$'\\x1b]0;owned\\x07'"],
  ['a C1 sequence introducer', '\x9b2J', "$'\\x9b2J'"],
  ['a newline that would forge a line', 'a\n15:00 root rm', "$'a\\n15:00 root rm'"],
  ['a carriage return that would overwrite', 'a\rb', "$'a\\rb'"],
  ['backspaces', 'ok\b\bno', "$'ok\\x08\\x08no'"],
  ['a bidirectional override', 'exe\u202egpj', "$'exe\\u{202e}gpj'"],
  ['an isolate', '\u2066x\u2069', "$'\\u{2066}x\\u{2069}'"],
  ['a zero-width space', 'a\u200bb', "$'a\\u{200b}b'"],
  ['a no-break space that looks like two arguments', 'a\u00a0b', "$'a\\xa0b'"],
  ['a line separator', 'a\u2028b', "$'a\\u{2028}b'"],
  ['a lone surrogate', 'a\ud800b', "$'a\\u{d800}b'"],
  ['a tag character', 'a\u{e0041}', "$'a\\u{e0041}'"],
  ['a byte-order mark', '\ufeffx', "$'\\u{feff}x'"],
  ['nothing', '', "''"],
  ['plain', '--flag=/a/b:1,2@x%', '--flag=/a/b:1,2@x%'],
  ['spaces', 'a b', "'a b'"],
  ['a single quote', "it's", '"it\'s"'],
  ['both quotes', `it's "x"`, `'it'\\''s "x"'`],
  ['a variable', '$HOME', "'$HOME'"],
  ['a variable beside a single quote', "'$x'", "''\\''$x'\\'''"],
  ['a backslash', 'a\\n', "'a\\n'"],
  ['a backslash beside a control', 'a\\\x01', "$'a\\\\\\x01'"],
  ['a comment', '#x', "'#x'"],
  ['a tilde', '~root', "'~root'"],
  ['umlauts and emoji', 'grüße 🐞', "'grüße 🐞'"],
]
for (const [name, argument, shown] of hostile) {
  t.test(`${name} is shown as ${shown}`, async (t) => {
    t.equal(quoteArgument(argument), shown)
  })
}

t.test('arguments whose bytes are escaped already are not escaped twice', async (t) => {
  t.equal(quoteArgument('a\\xffb\\\\c', true), "$'a\\xffb\\\\c'")
  t.equal(quoteArgument("it's\\xff", true), "$'it\\'s\\xff'")
  t.equal(quoteArguments(['x', 'a b'], true), "x 'a b'")
})

t.test('nothing that a terminal obeys or hides comes through', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      [escapeText(text), quoteArgument(text), quoteArgument(text, true)].every(
        (shown) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(shown),
      ),
    ),
  )
})

t.test('a shell reads back what was run', async (t) => {
  const printable = fc.string({
    unit: fc.constantFrom(...'aZ0 \'"$`\\!#~*?[]{}()<>|&;\n\t\r\x01\x1b\x7f'),
  })
  const samples = fc.sample(fc.array(printable, { minLength: 1, maxLength: 4 }), 40)
  const script = samples.map((argv) => `printf '%s\\0' ${quoteArguments(argv)}`).join('\n')
  const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
  t.strictSame(output.split('\0').slice(0, -1), samples.flat())
})

t.test('cells are counted as terminals draw them', async (t) => {
  t.equal(textWidth('abc'), 3)
  t.equal(textWidth('漢字'), 4)
  t.equal(textWidth('e\u0301'), 1)
  t.equal(textWidth('🐞'), 2)
  t.equal(clip('abcdef', 6), 'abcdef')
  t.equal(clip('abcdef', 5), 'abcd…')
  t.equal(clip('漢字漢字', 5), '漢字…')
  t.equal(clip('abc', 0), '')
  t.equal(clip('abc', 1), '…')
})

t.test('a clipped text fits', async () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.nat({ max: 50 }),
      (text, cells) => textWidth(clip(text, cells)) <= cells,
    ),
  )
})

t.test('lifetimes, counts and times read naturally', async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0µs'],
    [480, '480µs'],
    [1_200, '1.2ms'],
    [999_960, '1.0s'],
    [59_960_000, '1m00s'],
    [252_000_000, '4m12s'],
    [11_100_000_000, '3h05m'],
    [1_051_200_000_000, '12d04h'],
  ]
  for (const [us, shown] of cases) t.equal(formatLifetime(us), shown)
  t.equal(formatCount(1_234_567), '1,234,567')
  t.equal(plural(1, 'gap'), '1 gap')
  t.equal(plural(2_000, 'gap'), '2,000 gaps')
  t.equal(timeOfDay('2026-07-01T15:02:11.123456Z'), '15:02:11.123')
})
