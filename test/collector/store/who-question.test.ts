import fc from 'fast-check'
import t from 'tap'
import { StoreError } from '#collector/store/errors.ts'
import { whoFields, whoKinds, whoQuestion, whoValues } from '#collector/store/who-question.ts'

const limit = 1

const refused: readonly (readonly [keyof typeof whoValues, string, RegExp])[] = [
  ['ip', '', /^write an address/],
  ['ip', 'example.com', /^write an address/],
  ['ip', '10.0.0.0/8', /for a network use cidr$/],
  ['cidr', '10.0.0.1', /^write a network/],
  ['cidr', '10.0.0.0/33', /^write a network/],
  ['port', '0', /^write a whole number from 1 to 65535/],
  ['port', '65536', /^write a whole number/],
  ['port', '443x', /^write a whole number/],
  ['domain', '', /^write a DNS name/],
  ['domain', '.', /^write a DNS name/],
  ['domain', 'a..b', /^write a DNS name/],
  ['domain', '*.example.com', /subdomains are found too$/],
  ['domain', 'https://example.com/', /^write a DNS name/],
  ['domain', 'a b', /^write a DNS name/],
  ['domain', `${'a'.repeat(254)}`, /^write a DNS name/],
  ['domain', '\ud800', /^write a DNS name/],
  ['domain', '10.0.0.1', /use ip$/],
  ['exe', '', /^write an absolute path or a bare file name/],
  ['exe', 'bin/curl', /^write an absolute path/],
  ['exe', '/usr/bin/', /^write an absolute path/],
  ['exe', 'a\0b', /^write an absolute path/],
  ['exe', `/${'a'.repeat(5_000)}`, /^write an absolute path/],
  ['sha256', 'c0ffee0', /first 8 digits/],
  ['sha256', 'c0ffee0g', /^write the hash in hex/],
  ['sha256', 'a'.repeat(65), /^write the hash in hex/],
]
t.test('what is wrong is told with what to write instead', async (t) => {
  for (const [field, text, fix] of refused) {
    const parsed = whoValues[field](text)
    t.match('fix' in parsed ? parsed.fix : 'accepted', fix, `${field}=${JSON.stringify(text)}`)
  }
})

t.test('values are written as events have them', async (t) => {
  t.match(whoQuestion({ ip: '2001:DB8::0:1', limit }), { ip: '2001:db8::1' })
  t.match(whoQuestion({ cidr: '10.1.2.3/8', limit }), { cidr: '10.0.0.0/8' })
  t.match(whoQuestion({ domain: 'WWW.Example.COM.', limit }), { domain: 'www.example.com' })
  t.match(whoQuestion({ domain: 'München.de', limit }), { domain: 'xn--mnchen-3ya.de' })
  t.match(whoQuestion({ domain: '_dmarc.example.com', limit }), { domain: '_dmarc.example.com' })
  t.match(whoQuestion({ sha256: 'ABCDEF01', limit }), { sha256: 'abcdef01' })
  t.match(whoQuestion({ exe: '/usr/bin/a b', pod: 'p', limit }), { exe: '/usr/bin/a b', pod: 'p' })
})

t.test('what does not go together is refused', async (t) => {
  for (const [query, message] of [
    [{}, 'give at least one of ip, cidr, port, domain, exe, sha256'],
    [{ ip: '10.0.0.1', cidr: '10.0.0.0/8' }, 'cidr: leave it out beside ip'],
    [{ sha256: 'c0ffee00', ip: '10.0.0.1' }, 'sha256: goes with exe only; ask for ip by exe'],
    [
      { sha256: 'c0ffee00', exe: 'a', domain: 'b' },
      'sha256: goes with exe only; ask for domain by exe',
    ],
  ] as const) {
    t.throws(() => whoQuestion({ ...query, limit }), { code: 'bad_query', message })
  }
})

t.test('the question decides which rows can answer it', async (t) => {
  for (const [query, kinds] of [
    [{ ip: '10.0.0.1' }, ['connection']],
    [{ domain: 'a.b', port: 80 }, ['connection']],
    [{ cidr: '10.0.0.0/8', exe: 'curl' }, ['connection']],
    [{ domain: 'a.b', exe: 'curl' }, ['dns', 'connection']],
    [{ exe: 'curl' }, ['exec']],
    [{ sha256: 'c0ffee00', exe: 'curl' }, ['exec']],
  ] as const) {
    t.strictSame(whoKinds({ ...query, limit }), kinds, JSON.stringify(query))
  }
})

t.test('any text is read or refused, and what is read is read again as the same', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...whoFields), fc.string({ unit: 'binary' }), (field, text) => {
      const parsed = whoValues[field](text)
      if ('fix' in parsed) {
        try {
          whoQuestion({ limit, [field]: text })
        } catch (error) {
          if (error instanceof StoreError && error.message.startsWith(`${field}: `)) return
        }
        throw new Error('the question was not refused by name')
      }
      const again = whoValues[field](String(parsed.value))
      if (!('value' in again) || again.value !== parsed.value) throw new Error('not stable')
    }),
  )
})
