import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  netTableBytesMax,
  parseNetTable,
  readNetTable,
  type SocketRow,
} from '#agent/sources/procfs/net-table.ts'
import { isDenied } from '#agent/sources/procfs/proc-file.ts'

/** As Linux 6.18 wrote them, on a little-endian machine. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1579 1 0000000054336e99 100 0 0 10 0                      
   1: 0100007F:8F66 0100007F:9137 06 00000000:00000000 03:00000224 00000000     0        0 0 3 0000000025890076                                      
   2: 0100007F:DDD4 0100007F:BA4B 01 00000000:00000000 00:00000000 00000000  1000        0 131303 2 00000000acf8dd70 20 0 0 10 -1                    
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:BA4B 00000000000000000000000000000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 131302 2 000000009f6af250 100 0 0 10 0
   4: 00000000000000000000000001000000:8D9A 00000000000000000000000001000000:BA4B 01 00000000:00000000 00:00000000 00000000     0        0 131310 2 000000009fb4f07e 20 0 0 10 -1
   5: 00000000000000000000000001000000:8D9C 00000000000000000000000001000000:BA4B 05 00000000:00000000 00:00000000 00000000     0        0 131311 2 00000000a5f65fed 20 0 0 11 -1
   6: 00000000000000000000000001000000:8DA4 00000000000000000000000001000000:BA4B 05 00000000:00000000 03:0000176F 00000000     0        0 0 3 0000000020d349a0
   7: 00000000000000000000000001000000:BA4B 00000000000000000000000001000000:8D9C 08 00000000:00000001 00:00000000 00000000     0        0 131314 1 00000000028cd799 20 4 0 10 -1
   9: 0000000000000000FFFF00000100007F:BA4B 0000000000000000FFFF00000100007F:DDD4 01 00000000:00000000 00:00000000 00000000     0        0 131304 1 0000000088cfded8 20 0 0 10 -1
`
const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
 2089: 0100007F:BDCA 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 131307 2 0000000093acf7fb 0        
11456: 0100007F:E261 0100007F:BDCA 01 00000000:00000000 00:00000000 00000000     0        0 131308 2 000000001fd1d397 0        
`
const udp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 7061: 00000000000000000000000001000000:D136 00000000000000000000000001000000:14E9 01 00000000:00000000 00:00000000 00000000     0        0 131309 2 0000000044a7104f 0
`

/** `local peer state inode uid`, easy to compare. */
const brief = ({ local, peer, state, inode, uid }: SocketRow): string =>
  `${local.address} ${local.port} ${peer.address} ${peer.port} ${state} ${inode} ${uid}`
const rowsOf = (text: string): string[] => parseNetTable(text, 'LE').rows.map(brief)

t.test('tables of a real kernel, without the rows that are no process’s', async (t) => {
  t.strictSame(rowsOf(tcp), [
    '0.0.0.0 2024 0.0.0.0 0 listen 1579 0',
    '127.0.0.1 56788 127.0.0.1 47691 established 131303 1000',
  ])
  t.strictSame(rowsOf(tcp6), [
    ':: 47691 :: 0 listen 131302 0',
    '::1 36250 ::1 47691 established 131310 0',
    '::1 36252 ::1 47691 fin-wait-2 131311 0',
    '::1 47691 ::1 36252 close-wait 131314 0',
    '127.0.0.1 47691 127.0.0.1 56788 established 131304 0',
  ])
  t.strictSame(rowsOf(udp), [
    '127.0.0.1 48586 0.0.0.0 0 close 131307 0',
    '127.0.0.1 57953 127.0.0.1 48586 established 131308 0',
  ])
  t.strictSame(rowsOf(udp6), ['::1 53558 ::1 5353 established 131309 0'])
  for (const text of [tcp, tcp6, udp, udp6]) {
    t.match(parseNetTable(text, 'LE'), { malformed: 0, cut: false })
  }
})

const row =
  '   0: 0100007F:0050 0100007F:8000 01 00000000:00000000 00:00000000 00000000 0 0 77 1 0 20'

t.test('lines that are no rows are counted, and the others kept', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    'an empty line': '',
    'a line of spaces': ' '.repeat(10_000),
    'a row cut before its inode': row.slice(0, row.indexOf(' 77')),
    'an address that is too short': row.replace('0100007F', '100007F'),
    'ends of two families': row.replace('0100007F', '0'.repeat(32)),
    'a port of five digits': row.replace('0050', '00050'),
    'lower case, which the kernel does not write': row.replace('7F:0050', '7f:0050'),
    'a negative inode': row.replace(' 77 ', ' -77 '),
    'an inode beyond all numbers': row.replace(' 77 ', ` ${'9'.repeat(400)} `),
    'an inode with something behind it': row.replace(' 77 ', ' 77x '),
    'a terminal escape': `\u001b[2J${row}`,
    'a second sentence': 'sl is not enough to be a heading',
  }
  for (const [name, line] of Object.entries(cases)) {
    const table = parseNetTable(`${line}\n${row.replace(' 77 ', ' 78 ')}\n`, 'LE')
    t.strictSame([table.malformed, table.rows.map(({ inode }) => inode)], [1, [78]], name)
  }
})

t.test('what future kernels may add does not hide a row', async (t) => {
  const kept: Readonly<Record<string, string>> = {
    'no column after the inode': row.slice(0, row.indexOf(' 77') + 3),
    'more columns, of any text': `${row} new=1 \u001b[31m ünknown`,
    'numbers that outgrow their width': row.replace(
      '00:00000000 00000000 0 0',
      '00:0000000000000001 000000001 4294967295 -1',
    ),
  }
  for (const [name, line] of Object.entries(kept)) {
    t.strictSame(
      parseNetTable(`${line}\n`, 'LE').rows.map(({ inode }) => inode),
      [77],
      name,
    )
  }
  t.equal(parseNetTable(`${row.replace(' 01 ', ' 7F ')}\n`, 'LE').rows[0]?.state, 'unknown')
})

t.test('of a table that was cut anywhere, the whole lines are kept and no other', async (t) => {
  const whole = rowsOf(tcp6)
  for (let length = 0; length < tcp6.length; length += 1) {
    const text = tcp6.slice(0, length)
    const rows = rowsOf(text)
    if (rows.join() !== whole.slice(0, rows.length).join()) t.fail(`other rows after ${length}`)
    const table = parseNetTable(text, 'LE')
    if (table.cut !== !(text === '' || text.endsWith('\n'))) t.fail(`not cut after ${length}`)
    if (table.malformed !== 0) t.fail(`malformed after ${length}`)
  }
  t.equal(rowsOf(tcp6.slice(0, -1)).length, whole.length - 1)
})

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
/** Zeros are frequent, so that runs of them are too. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .filter((groups) => groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff)
const port = fc.nat(0xffff)

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0')
/** One word as the kernel prints it: the number that those four bytes are on that machine. */
const wordOf = (bytes: readonly number[], order: 'LE' | 'BE'): string =>
  (order === 'LE' ? bytes.toReversed() : bytes).map((byte) => hex(byte, 2)).join('')
const wordsOf = (bytes: readonly number[], order: 'LE' | 'BE'): string =>
  Array.from({ length: bytes.length / 4 }, (_, index) =>
    wordOf(bytes.slice(index * 4, index * 4 + 4), order),
  ).join('')

t.test('any address and port comes back, whatever the byte order of the host', async (t) => {
  const order = fc.constantFrom('LE', 'BE')
  const readBack = (bytes: readonly number[], number: number, byteOrder: 'LE' | 'BE'): string => {
    const end = `${wordsOf(bytes, byteOrder)}:${hex(number, 4)}`
    const line = row.replace('0100007F:0050', end).replace('0100007F:8000', end)
    const { address, port } = parseNetTable(`${line}\n`, byteOrder).rows[0]?.peer ?? {}
    return `${address} ${port}`
  }
  const someIpv4 = fc.property(ipv4, port, order, (bytes, number, byteOrder) => {
    const mapped = [...Array<number>(10).fill(0), 0xff, 0xff, ...bytes]
    const expected = `${bytes.join('.')} ${number}`
    return [[...bytes], mapped].every((some) => readBack(some, number, byteOrder) === expected)
  })
  const someIpv6 = fc.property(ipv6, port, order, (groups, number, byteOrder) => {
    const text = groups.map((group) => group.toString(16)).join(':')
    const expected = `${new URL(`http://[${text}]`).hostname.slice(1, -1)} ${number}`
    const bytes = groups.flatMap((group) => [group >> 8, group & 0xff])
    return readBack(bytes, number, byteOrder) === expected
  })
  t.doesNotThrow(() => fc.assert(someIpv4))
  t.doesNotThrow(() => fc.assert(someIpv6))
})

t.test('no text makes it throw, and what it gives is always within bounds', async (t) => {
  const damaged = fc
    .tuple(fc.constantFrom(tcp, tcp6, udp), fc.nat(800), fc.string({ unit: 'binary' }))
    .map(([text, at, noise]) => text.slice(0, at) + noise + text.slice(at + noise.length))
  const someText = fc.property(fc.oneof(fc.string({ unit: 'binary' }), damaged), (text) =>
    parseNetTable(text).rows.every(
      ({ inode, local, peer }) =>
        Number.isSafeInteger(inode) && inode > 0 && local.port <= 0xffff && peer.port <= 0xffff,
    ),
  )
  t.doesNotThrow(() => fc.assert(someText))
})

t.test('a table beyond the limit is cut, and says so', async (t) => {
  const root = t.testdir({ 7: { net: { tcp } } })
  t.match(readNetTable(root, 7, 'tcp'), { rows: { length: 2 }, cut: false })
  t.match(readNetTable(root, 7, 'tcp', tcp.length - 1), { rows: { length: 1 }, cut: true })
  const twoLines = tcp.indexOf('\n', tcp.indexOf('\n') + 1) + 1
  t.match(readNetTable(root, 7, 'tcp', twoLines), { rows: { length: 1 }, cut: true }, 'at a line')
  writeFileSync(`${root}/7/net/tcp`, `${row}\n`.repeat(netTableBytesMax / row.length))
  t.match(readNetTable(root, 7, 'tcp'), { cut: true })
  t.equal(readNetTable(root, 7, 'udp'), undefined)
  t.equal(readNetTable(root, 8, 'tcp'), undefined)
  t.notOk(isDenied(readNetTable('/proc', process.pid, 'tcp')))
})
