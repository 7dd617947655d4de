import { mkdirSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  attempt,
  denied,
  isDenied,
  listPids,
  mapReading,
  parsePids,
  parseReading,
  procFileBytesMax,
  readProcBytes,
  readProcLink,
  readProcText,
  readValue,
} from '#agent/sources/procfs/proc-file.ts'

t.test('a file is read whole, up to the limit', async (t) => {
  const dir = t.testdir({ empty: '', small: 'ab' })
  t.strictSame(readProcBytes(`${dir}/empty`), { bytes: Buffer.alloc(0), truncated: false })
  t.equal(readProcText(`${dir}/small`), 'ab')
  for (const length of [16_383, 16_384, 16_385, 70_000, procFileBytesMax]) {
    const bytes = Buffer.alloc(length, 'x')
    writeFileSync(`${dir}/large`, bytes)
    const reading = readValue(readProcBytes(`${dir}/large`))
    t.ok(reading?.bytes.equals(bytes), `${length}`)
    t.equal(reading?.truncated, false)
  }
  writeFileSync(`${dir}/large`, Buffer.alloc(procFileBytesMax + 1))
  const cut = (name: string, most?: number) => {
    const reading = readValue(readProcBytes(`${dir}/${name}`, most))
    return [reading?.truncated, reading?.bytes.length]
  }
  t.strictSame(cut('large'), [true, procFileBytesMax])
  t.strictSame(cut('small', 1), [true, 1])
})

t.test('what is read stays what it was when the next file is read', async (t) => {
  const dir = t.testdir({ a: 'first', b: 'other' })
  const first = readValue(readProcBytes(`${dir}/a`))
  readProcBytes(`${dir}/b`)
  t.equal(first?.bytes.toString(), 'first')
})

t.test('gone, refused and broken are three answers', async (t) => {
  const fail = (code: string) => () => {
    throw Object.assign(new Error(code), { code })
  }
  for (const code of ['ENOENT', 'ESRCH', 'ENOTDIR'])
    t.equal(attempt('x', fail(code)), undefined, code)
  for (const code of ['EACCES', 'EPERM']) t.ok(isDenied(attempt('x', fail(code))), code)
  t.throws(() => attempt('/proc/7/x', fail('EMFILE')), {
    code: 'io',
    message: 'cannot read /proc/7/x: EMFILE',
  })
  t.equal(readProcLink('/proc/self/none'), undefined)
  t.equal(readValue(denied), undefined)
  t.equal(readValue('x'), 'x')
  t.equal(
    mapReading<string, string>(denied, (text) => text),
    denied,
  )
  t.equal(
    mapReading('x', (text) => `${text}!`),
    'x!',
  )
  t.equal(
    parseReading('p', undefined, () => 1),
    undefined,
  )
  t.throws(() => parseReading('/p', 'x', () => undefined), {
    code: 'format',
    message: /^\/p is not/,
  })
})

t.test('pids are names of plain numbers', async (t) => {
  t.strictSame(parsePids(['1', '10', 'self', '0', '01', '1a', '-1', '99999999999', '']), [1, 10])
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary-ascii' })),
      (names) => parsePids(names).length <= names.length,
    ),
  )
  const root = t.testdir({ version: 'x' })
  mkdirSync(`${root}/42`)
  t.strictSame(listPids(root), [42])
  t.ok(listPids('/proc').includes(process.pid))
  t.throws(() => listPids(`${root}/none`), { code: 'not-a-proc', message: /point --proc-root/ })
})
