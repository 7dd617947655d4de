import fc from 'fast-check'
import t from 'tap'
import { isIn, parseAddress, parseNetwork } from '#collector/store/addresses.ts'

t.test('any valid spelling becomes the one that events have', async (t) => {
  for (const [written, text] of [
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ] as const) {
    t.equal(parseAddress(written)?.text, text, written)
  }
})

t.test('what is no address is none', async (t) => {
  for (const text of [
    '',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '10.0.0',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '10.0.0.256',
    'fe80::1%eth0',
    '[::1]',
    ':::',
    '1::2::3',
    'example.com',
    '\0',
  ]) {
    t.equal(parseAddress(text), undefined, JSON.stringify(text))
  }
})

t.test(
  'a network is written by its first address, whatever stands behind the prefix',
  async (t) => {
    for (const [written, text, last] of [
      ['10.1.2.3/8', '10.0.0.0/8', '10.255.255.255'],
      ['0.0.0.0/0', '0.0.0.0/0', '255.255.255.255'],
      ['10.0.0.1/32', '10.0.0.1/32', '10.0.0.1'],
      ['::ffff:10.0.0.0/104', '10.0.0.0/8', '10.255.255.255'],
      ['2001:db8::7/33', '2001:db8::/33', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
      ['::/0', '::/0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
      ['::1/128', '::1/128', '::1'],
    ] as const) {
      t.match(parseNetwork(written), { text, last: { text: last } }, written)
    }
    for (const text of [
      '10.0.0.0',
      '10.0.0.0/',
      '10.0.0.0/33',
      '::/129',
      '/8',
      '10.0.0.0/-1',
      'x/8',
    ]) {
      t.equal(parseNetwork(text), undefined, text)
    }
  },
)

t.test('IPv4 lies in networks of IPv4 only', async (t) => {
  const lies = (address: string, network: string): boolean => {
    const [one, whole] = [parseAddress(address), parseNetwork(network)]
    if (one === undefined || whole === undefined) throw new Error('the test is wrong')
    return isIn(one, whole)
  }
  t.ok(lies('10.255.0.1', '10.0.0.0/8'))
  t.notOk(lies('11.0.0.0', '10.0.0.0/8'))
  t.notOk(lies('10.0.0.1', '::/0'))
  t.notOk(lies('2001:db8::1', '0.0.0.0/0'))
  t.ok(lies('::ffff:10.0.0.1', '10.0.0.0/8'))
})

t.test(
  'every address is written so that it reads back, and lies in all of its networks',
  async () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(address, fc.nat(128), (text, bits) => {
        const parsed = parseAddress(text)
        if (parsed === undefined) throw new Error('an address was refused')
        const again = parseAddress(parsed.text)
        if (again?.value !== parsed.value || again.text !== parsed.text)
          throw new Error(parsed.text)
        const network = parseNetwork(`${parsed.text}/${parsed.family === 4 ? bits % 33 : bits}`)
        if (network === undefined) throw new Error('a network was refused')
        const isInside = isIn(parsed, network) || network.family !== parsed.family
        if (!isInside) throw new Error(`${parsed.text} is not in ${network.text}`)
        if (parseNetwork(network.text)?.text !== network.text) throw new Error(network.text)
      }),
    )
  },
)

t.test('any text is read or refused', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseAddress(text)
      parseNetwork(text)
    }),
  )
})
