import fc from 'fast-check'
import t from 'tap'
import { maxLineBytes, readLines } from '#collector/cluster/lines.ts'

const read = (parts: readonly Buffer[]) => {
  const lines: string[] = []
  let skipped = 0
  const take = readLines({
    onLine: (line) => lines.push(line),
    onSkipped: () => {
      skipped += 1
    },
  })
  for (const part of parts) take(part)
  return { lines, skipped }
}

t.test('however a stream is cut, its lines are the same', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\n'))),
      fc.array(fc.nat(50)),
      (texts, cuts) => {
        const bytes = Buffer.from(texts.map((one) => `${one}\n`).join(''))
        const parts: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          parts.push(bytes.subarray(at, at + cut))
          at += cut
        }
        const { lines, skipped } = read([...parts, bytes.subarray(at)])
        const wanted = texts.filter((one) => one !== '')
        return skipped === 0 && JSON.stringify(lines) === JSON.stringify(wanted)
      },
    ),
  )
})

t.test('a line without an end is no line', async (t) => {
  t.strictSame(read([Buffer.from('a\nb')]).lines, ['a'])
})

t.test('a line that is too long is skipped whole, and the next is read', async (t) => {
  const long = Buffer.alloc(maxLineBytes, 'x')
  const { lines, skipped } = read([Buffer.from('a\n'), long, long, Buffer.from('x\nb\n')])
  t.strictSame(lines, ['a', 'b'])
  t.equal(skipped, 1)
})
