import fc from 'fast-check'
import t from 'tap'
import {
  isHarmlessValue,
  marker,
  type NameKind,
  nameKind,
  normalizeName,
} from '#agent/redaction/secret-names.ts'

const names: Readonly<Record<NameKind, readonly string[]>> = {
  secret: [
    'password',
    '--password',
    'PGPASSWORD',
    'MYSQL_PWD',
    'dbPassword',
    'db.password',
    'passwd',
    'passphrase',
    'TOKEN',
    'GITHUB_TOKEN',
    'authtoken',
    'accessToken',
    'TOKEN2',
    'api-key',
    'API_KEY',
    'apikey',
    'client_secret',
    'aws_secret_access_key',
    'AWS_ACCESS_KEY',
    'encryption-key',
    '--pass',
    'wifi-sec.psk',
    'REDISCLI_AUTH',
    '_auth',
    '//registry.example/:_auth',
    'X-Api-Key',
    'storepass',
    '-Dx.y.password',
    'secret-key',
    'requirepass',
  ],
  'unless-path': [
    'credential',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'private-key',
    'PRIVATEKEY',
    'secret',
    'pwd',
  ],
  plain: [
    '',
    '-',
    'tokenizer',
    'token-ttl',
    'TOKEN_TTL',
    'password-file',
    'PASSWORD_FILE',
    'secret-name',
    'tokens',
    'max-tokens',
    'max-token',
    'page-token',
    'public-key',
    'key',
    'sort-key',
    'tls-key',
    'keyword',
    'bypass',
    'compass',
    'SSH_ASKPASS',
    'SSH_AUTH_SOCK',
    'no-password',
    'with-token',
    'ask-pass',
    'AWS_ACCESS_KEY_ID',
    'author',
    'authority',
    'passive',
    'spawn',
    `${'x'.repeat(300)}password`,
  ],
}

for (const [kind, list] of Object.entries(names)) {
  t.test(`names of kind ${kind}`, async (t) => {
    for (const name of list) t.equal(nameKind(name), kind, JSON.stringify(name.slice(-40)))
  })
}

t.test('names are compared without case and separators', async (t) => {
  t.equal(normalizeName('--AWS_Secret.accessKey'), 'aws-secret-access-key')
  t.equal(normalizeName('---'), '')
})

t.test('some values betray nothing', async (t) => {
  for (const value of [
    '',
    'true',
    'No',
    '-',
    '3',
    '****',
    'XXXX',
    '<token>',
    marker,
    `${marker}x`,
  ]) {
    t.ok(isHarmlessValue('secret', value), JSON.stringify(value))
  }
  for (const value of ['hunter2', '12', '*a*', '<a><b>', '/run/x', 'xx']) {
    t.notOk(isHarmlessValue('secret', value), value)
  }
  for (const value of ['/run/x', './x', '../x y', '~/k', 'file:/x', 'C:\\keys\\a']) {
    t.ok(isHarmlessValue('unless-path', value), value)
  }
  t.notOk(isHarmlessValue('unless-path', 'MIIE/x'))
})

t.test('any text has an answer', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      isHarmlessValue(nameKind(text), text)
      return nameKind(text) in names
    }),
  )
})
