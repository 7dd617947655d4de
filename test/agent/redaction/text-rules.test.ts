import t from 'tap'
import { nameKind } from '#agent/redaction/secret-names.ts'
import { redactText } from '#agent/redaction/text-rules.ts'

const show = (text: string, shell = false, extraPatterns: readonly RegExp[] = []) => {
  const { text: result, count } = redactText(text, { kindOf: nameKind, shell, extraPatterns })
  return [result.replaceAll('[redacted]', '·'), count]
}

t.test('secrets in text are found where they stand', async (t) => {
  const rows: readonly (readonly [string, string, string, number])[] = [
    ['two URLs', 'http://a:b@h/ x https://c:d@i', 'http://a:·@h/ x https://c:·@i', 2],
    ['a pair behind a plain pair', 'a=b token=c', 'a=b token=·', 1],
    ['a pair within a pair', '--env=TOKEN=c d', '--env=TOKEN=· d', 1],
    [
      'YAML over lines',
      'a: 1\npassword: x1\n  api_key: "y z"',
      'a: 1\npassword: ·\n  api_key: "· z"',
      2,
    ],
    ['a bearer token in prose', 'uses bearer abcdef0123456789 now', 'uses bearer · now', 1],
    [
      'a header in JSON',
      '{"Authorization":"Bearer abc","a":1}',
      '{"Authorization":"Bearer ·","a":1}',
      1,
    ],
    ['a cut JSON value', '{"token":"abc', '{"token":"·', 1],
    ['comparisons', 'token==abc', 'token==abc', 0],
  ]
  for (const [name, text, expected, count] of rows) {
    t.strictSame(show(text), [expected, count], name)
  }
})

t.test('only in a script does a dollar sign stand for something else', async (t) => {
  t.strictSame(show('PASSWORD=$X', true), ['PASSWORD=$X', 0])
  t.strictSame(show('PASSWORD="$X"', true), ['PASSWORD="$X"', 0])
  t.strictSame(show("PASSWORD='$X'", true), ["PASSWORD='·'", 1])
  t.strictSame(show('PASSWORD=$X'), ['PASSWORD=·', 1])
  t.strictSame(show('http://a:$P@h', true), ['http://a:$P@h', 0])
})

t.test("a person's patterns replace their first group, or the whole match", async (t) => {
  t.strictSame(show('a1 b22', false, [/[ab](\d{1,2})/dg]), ['a· b·', 2])
  t.strictSame(show('a1 b22', false, [/b\d{1,2}/dg]), ['a1 ·', 1])
  t.strictSame(show('a b', false, [/a(\d)?/dg]), ['· b', 1])
})
