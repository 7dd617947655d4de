import fc from 'fast-check'
import t from 'tap'
import { shellWords } from '#agent/redaction/shell-words.ts'

/** Words in order; a `!` marks where a command begins. */
const words = (text: string): string[] =>
  shellWords(text).map(({ start, end, first }) => (first ? '!' : '') + text.slice(start, end))

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ['a quote that is never closed', 'a "b c', ['!a', '"b c']],
  ['an escape at the end', 'a \\', ['!a', '\\']],
  ['an escaped quote', 'a "b\\" c" d', ['!a', '"b\\" c"', 'd']],
  ['a backslash in single quotes', "a 'b\\' c", ['!a', "'b\\'", 'c']],
  ['quotes within a word', 'a --b="c d"e', ['!a', '--b="c d"e']],
  ['an escaped blank', 'a b\\ c', ['!a', 'b\\ c']],
  ['commands', 'a b; c|d && e\nf', ['!a', 'b', '!c', '!d', '!e', '!f']],
  ['a subshell', 'x $(a b) `c d`', ['!x', '$', '!a', 'b', '!c', 'd']],
  ['a redirection', 'a >b c', ['!a', 'b', 'c']],
  ['assignments before a command', 'A=1 B="2 3" c d', ['!A=1', '!B="2 3"', '!c', 'd']],
  ['nothing', ' \n\t ', []],
]

t.test('scripts fall into words', async (t) => {
  for (const [name, text, expected] of rows) t.strictSame(words(text), expected, name)
})

t.test('words lie in order, apart, and cover all but blanks and operators', async () => {
  const unit = fc.constantFrom(...'ab"\'\\ \n;|&()<>`$='.split(''))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      let rest = ''
      let at = 0
      for (const { start, end } of shellWords(text)) {
        if (start < at || end <= start || end > text.length) return false
        rest += text.slice(at, start)
        at = end
      }
      return /^[\s;&|()<>`]*$/.test(rest + text.slice(at))
    }),
  )
})
