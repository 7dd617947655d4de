import fc from 'fast-check'
import t from 'tap'
import { parseStatus, readStatus } from '#agent/sources/procfs/status.ts'

const text = (lines: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    Name: 'sh',
    Tgid: '584',
    Pid: '584',
    Uid: '1000\t1001\t1002\t1003',
    Gid: '10\t11\t12\t13',
    NStgid: '584\t7\t1',
    NSpid: '584\t7\t1',
    CapEff: '000001fffeffffff',
    ...lines,
  })
    .map(([key, value]) => `${key}:\t${value}\n`)
    .join('')

t.test('identities and capabilities', async (t) => {
  t.strictSame(parseStatus(text()), {
    threadGroup: 584,
    uid: 1000,
    euid: 1001,
    gid: 10,
    nsPid: 1,
    capabilities: 0x1fffeffffff,
  })
})

t.test('a hostile name forges no line', async (t) => {
  const hostile = parseStatus(text({ Name: 'x\\nUid:\\t0\\t0' }))
  t.equal(hostile?.uid, 1000)
  t.equal(parseStatus(`${text()}Uid:\t0\t0\t0\t0\n`)?.uid, 1000, 'the first line counts')
})

t.test('what is absent or odd', async (t) => {
  t.equal(parseStatus(text({ NSpid: '' }))?.nsPid, 584, 'no pid namespaces')
  t.equal(parseStatus(text({ CapEff: 'zz' }))?.capabilities, 0)
  t.equal(
    parseStatus(text({ CapEff: 'ffffffffffffffff' }))?.capabilities,
    2 ** 53 - 1,
    'kept exact',
  )
  for (const key of ['Tgid', 'Uid', 'Gid'])
    t.equal(parseStatus(text({ [key]: 'x' })), undefined, key)
  t.equal(parseStatus(text({ Uid: '1' })), undefined, 'one uid of four')
})

t.test('any text has an answer', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (any) => {
      parseStatus(text({ Name: any, CapEff: any }))
      return parseStatus(any) === undefined
    }),
  )
})

t.test('our own', async (t) => {
  t.match(readStatus('/proc', process.pid), {
    threadGroup: process.pid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  })
  t.equal(readStatus('/proc', 2 ** 30), undefined)
})
