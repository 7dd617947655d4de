import fc from 'fast-check'
import t from 'tap'
import { marker, scrub } from '#cli/support/scrub.ts'
import { plantedSecrets } from '#test/fixtures/planted-secrets.ts'

t.test('every kind of secret goes, and what stands around it stays', async (t) => {
  for (const { kind, text, secret } of plantedSecrets) {
    const shown = scrub(`before ${text} after`)
    t.notMatch(shown.text, secret, kind)
    t.ok(shown.text.startsWith('before '), kind)
    t.equal(shown.count, 1, `${kind} is counted once`)
    t.notMatch(
      scrub(`{"detail":"${text.replaceAll('\n', '\\n')}"}`).text,
      secret,
      `${kind} in JSON`,
    )
  }
})

t.test('two on a line are two, and looked at again they are none', async (t) => {
  const { text, count } = scrub('password=a1b2c3 "api_key": "with a \\" in it" token: x9y8')
  t.equal(text, `password=${marker} "api_key": ${marker} token: ${marker}`)
  t.equal(count, 3)
  t.strictSame(scrub(text), { text, count: 0 })
})

t.test('a secret of this process goes whatever it looks like', async (t) => {
  t.strictSame(scrub('it was swordfish.', ['swordfish', '']), {
    text: `it was ${marker}.`,
    count: 1,
  })
})

t.test('what is no secret stays', async (t) => {
  for (const text of [
    'connect ECONNREFUSED 127.0.0.1:7070',
    'mayfly_collector_requests_total{route="/api/v1/status"} 3',
    'the token was refused',
    'use basic authentication',
    'http://collector:7070/readyz',
    'a certificate: BEGIN CERTIFICATE',
    'mayfly --token-file /run/secrets/token --secret --verbose',
    'the option --token is missing',
  ])
    t.strictSame(scrub(text), { text, count: 0 })
})

t.test('a text made to take long takes no longer: every pattern is linear', async (t) => {
  const hostile = [
    'pass',
    '://',
    'eyJ',
    'bearer ',
    '-----BEGIN PRIVATE KEY-----',
    'a',
    '"\\',
    'token=" ',
    '--token ',
    '--a-b-c-',
  ]
  for (const piece of hostile) scrub(piece.repeat(Math.ceil(200_000 / piece.length)))
  t.pass('it ends')
})

t.test('any text at all', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 3 }), (text, secret) => {
      fc.pre(!marker.includes(secret))
      return !scrub(text + secret + text, [secret])
        .text.split(marker)
        .some((part) => part.includes(secret))
    }),
  )
  t.pass()
})
