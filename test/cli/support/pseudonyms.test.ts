import fc from 'fast-check'
import t from 'tap'
import { plainNames, pseudonyms } from '#cli/support/pseudonyms.ts'

const key = Buffer.alloc(32, 7)

t.test('a name is the same word everywhere, and another in another bundle', async (t) => {
  const names = pseudonyms(key)
  const word = names.of('payments')
  t.match(word, /^n-[0-9a-f]{10}$/)
  t.equal(names.of('payments'), word)
  t.equal(names.of(word), word, 'a pseudonym stays')
  t.not(names.of('payment'), word)
  t.not(pseudonyms(Buffer.alloc(32, 8)).of('payments'), word)
})

t.test('words that stand for no name stay', async (t) => {
  for (const word of ['', 'other', 'host']) t.equal(pseudonyms(key).of(word), word)
})

t.test('known names go out of sentences, however they stand there', async (t) => {
  const names = pseudonyms(key)
  const [node, workload] = [names.of('node-1.example'), names.of('settle')]
  const cases: readonly (readonly [string, string])[] = [
    ['agent node-1.example: away', `agent ${node}: away`],
    ['payments/settle.', `payments/${workload}.`],
    ['pod settle-7d9f-x2x7k ended', `pod ${workload}-7d9f-x2x7k ended`],
    ['settle.payments.svc', `${workload}.payments.svc`],
    ['it settles', 'it settles'],
    ['15:02:11 and 2026-07-01T15:02:11Z', '15:02:11 and 2026-07-01T15:02:11Z'],
  ]
  for (const [text, shown] of cases) t.equal(names.inText(text), shown)
})

t.test('addresses go out of sentences', async (t) => {
  const names = pseudonyms(key)
  for (const address of ['10.1.2.3', 'fd00::1', '::1', '2001:db8:0:0:0:0:0:1', '::ffff:10.1.2.3']) {
    const shown = names.inText(`connect ${address}: refused`)
    t.notOk(shown.includes(address), shown)
    t.match(shown, /n-[0-9a-f]{10}/)
  }
  t.match(
    names.inText('10.1.2.3:6443 and [fd00::7]:443.'),
    /^n-\w{10}:6443 and \[n-\w{10}\]:443\.$/,
  )
})

t.test('without pseudonyms everything stays', async (t) => {
  t.equal(plainNames.of('payments'), 'payments')
  t.equal(plainNames.inText('10.1.2.3'), '10.1.2.3')
})

t.test('whatever names and texts there are, a name of its own never shows', async (t) => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{3,20}[a-z0-9]$/)
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), fc.string(), (all, text) => {
      const names = pseudonyms(key)
      for (const one of all) names.of(one)
      names.inText(text)
      return all.every((one) => !names.inText(`x ${one} y`).split(' ').includes(one))
    }),
  )
  t.pass()
})
