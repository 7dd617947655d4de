import fc from 'fast-check'
import t from 'tap'
import { plainName, registrableOf } from '#collector/detection/statistics/registrable.ts'

const names: readonly (readonly [string, string | undefined])[] = [
  ['example.com', 'example.com'],
  ['a.b.c.example.com', 'example.com'],
  ['WWW.Example.Com.', 'example.com'],
  ['www.example.co.uk', 'example.co.uk'],
  ['example.co.uk', 'example.co.uk'],
  ['www.example.de', 'example.de'],
  ['a.ac.jp', 'a.ac.jp'],
  ['x.workers.dev', 'x.workers.dev'],
  ['a.x.workers.dev', 'x.workers.dev'],
  ['a.bucket.s3.amazonaws.com', 'bucket.s3.amazonaws.com'],
  ['a.account.blob.core.windows.net', 'account.blob.core.windows.net'],
  ['a.customer.duckdns.org', 'customer.duckdns.org'],
  ['sts.eu-west-1.amazonaws.com', 'amazonaws.com'],
  ['a.b.kawasaki.jp', 'a.b.kawasaki.jp'],
  ['www.city.kawasaki.jp', 'city.kawasaki.jp'],
  ['a.example.of-no-registry', 'example.of-no-registry'],
  ['_acme-challenge.example.com', 'example.com'],
  ['co.uk', undefined],
  ['workers.dev', undefined],
  ['com', undefined],
  ['', undefined],
  ['.', undefined],
  ['a..com', undefined],
  ['.com', undefined],
  ['9.9.9.9', undefined],
  ['2620:fe::fe', undefined],
  ['9.9.9.9.in-addr.arpa', undefined],
  ['web.payments.svc.cluster.local', undefined],
  ['ip-10-0-0-1.eu-west-1.compute.internal', undefined],
  ['localhost', undefined],
  ['web.payments.svc', undefined],
]

t.test('whose a name is', async (t) => {
  for (const [name, domain] of names) t.equal(registrableOf(name), domain, name)
})

t.test('any name has none, or the end of it, and that one has itself', async (_t) => {
  const label = fc.oneof(
    fc.domain(),
    fc.string({ maxLength: 4 }),
    fc.constantFrom('co', 'uk', 'com'),
  )
  fc.assert(
    fc.property(fc.array(label, { maxLength: 6 }), (labels) => {
      const name = labels.join('.')
      const domain = registrableOf(name)
      return (
        domain === undefined ||
        (`.${plainName(name)}`.endsWith(`.${domain}`) && registrableOf(domain) === domain)
      )
    }),
  )
})
