import fc from 'fast-check'
import t from 'tap'
import {
  createRedactor,
  defaultRedaction,
  parseRedactionConfig,
  RedactionError,
  readRedactionConfig,
} from '#agent/redaction.ts'

const redact = createRedactor()

/** Written as a person would see it; `·` stands for the marker. */
const shown = (argv: readonly string[], with_ = redact): string[] =>
  with_(argv).argv.map((argument) => argument.replaceAll('[redacted]', '·'))

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'
const github = `ghp_${'a1B2c3D4e5'.repeat(4)}`

const secrets: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a long flag with its value attached', ['app', '--password=hunter2'], ['app', '--password=·']],
  [
    'a long flag with its value next',
    ['app', '--password', 'hunter2', 'x'],
    ['app', '--password', '·', 'x'],
  ],
  ['a value with an equals sign', ['app', '--password=a=b=c'], ['app', '--password=·']],
  ['a value with blanks and quotes', ['app', '--password=a "b" c'], ['app', '--password=·']],
  ['a flag with underscores', ['app', '--db_password=x1'], ['app', '--db_password=·']],
  ['a flag in camel case', ['app', '--clientSecret', 'abc'], ['app', '--clientSecret', '·']],
  ['a single-dash long flag', ['app', '-token', 'abc'], ['app', '-token', '·']],
  ['an API key flag', ['app', '--api-key', 'abc'], ['app', '--api-key', '·']],
  ['an API key written together', ['app', '--apikey=abc'], ['app', '--apikey=·']],
  [
    'a secret access key',
    ['aws', '--secret-access-key', 'wJalr/K7'],
    ['aws', '--secret-access-key', '·'],
  ],
  [
    'a Java system property',
    ['java', '-Dspring.datasource.password=x9', '-jar', 'a.jar'],
    ['java', '-Dspring.datasource.password=·', '-jar', 'a.jar'],
  ],
  ['a keystore password', ['keytool', '-storepass', 'changeit'], ['keytool', '-storepass', '·']],
  [
    'a passphrase',
    ['gpg', '--batch', '--passphrase', 'x y z'],
    ['gpg', '--batch', '--passphrase', '·'],
  ],
  ['several secrets', ['app', '--token', 'a', '--secret=b'], ['app', '--token', '·', '--secret=·']],
  [
    'a variable as an argument',
    ['env', 'PGPASSWORD=s3cret', 'psql'],
    ['env', 'PGPASSWORD=·', 'psql'],
  ],
  [
    'a variable whose value has separators',
    ['env', 'DB_PASS=a;b,c d', 'x'],
    ['env', 'DB_PASS=·', 'x'],
  ],
  [
    'a variable of docker run',
    ['docker', 'run', '-e', 'API_KEY=abc', 'img'],
    ['docker', 'run', '-e', 'API_KEY=·', 'img'],
  ],
  [
    'a variable in a flag',
    ['docker', 'run', '--env=GITHUB_TOKEN=abc', 'img'],
    ['docker', 'run', '--env=GITHUB_TOKEN=·', 'img'],
  ],
  [
    'a secret literal of kubectl',
    ['kubectl', 'create', 'secret', 'generic', 'x', '--from-literal=password=abc'],
    ['kubectl', 'create', 'secret', 'generic', 'x', '--from-literal=password=·'],
  ],
  [
    'a value of helm',
    ['helm', 'install', 'x', '--set', 'db.password=abc'],
    ['helm', 'install', 'x', '--set', 'db.password=·'],
  ],
  [
    'a value of helm among others',
    ['helm', 'install', 'x', '--set', 'a=1,db.password=abc,c=2'],
    ['helm', 'install', 'x', '--set', 'a=1,db.password=·,c=2'],
  ],
  [
    'mount options',
    ['mount', '-o', 'username=joe,password=abc,ro', '//s/x', '/m'],
    ['mount', '-o', 'username=joe,password=·,ro', '//s/x', '/m'],
  ],
  [
    'npm credentials',
    ['npm', 'config', 'set', '//r.example/:_authToken=abc'],
    ['npm', 'config', 'set', '//r.example/:_authToken=·'],
  ],
  [
    'a key set by name',
    ['aws', 'configure', 'set', 'aws_secret_access_key', 'abc'],
    ['aws', 'configure', 'set', 'aws_secret_access_key', '·'],
  ],
  ['a key file as text', ['app', '--private-key', 'MIIEvQIBADANBg'], ['app', '--private-key', '·']],
  [
    'a bearer header',
    ['curl', '-H', 'Authorization: Bearer abcdef'],
    ['curl', '-H', 'Authorization: Bearer ·'],
  ],
  [
    'a basic header',
    ['curl', '-H', 'authorization: basic am9lOng='],
    ['curl', '-H', 'authorization: basic ·'],
  ],
  [
    'a header without a scheme',
    ['curl', '-H', 'Authorization: abc def'],
    ['curl', '-H', 'Authorization: ·'],
  ],
  ['a header attached to its flag', ['curl', '-HX-Api-Key: abc'], ['curl', '-HX-Api-Key: ·']],
  [
    'an own header',
    ['curl', '--header', 'PRIVATE-TOKEN: abc def'],
    ['curl', '--header', 'PRIVATE-TOKEN: ·'],
  ],
  [
    'a header with equals sign',
    ['wget', '--header=X-Auth-Token:abc'],
    ['wget', '--header=X-Auth-Token:·'],
  ],
  ['a cookie', ['curl', '-H', 'Cookie: session=abc; a=b'], ['curl', '-H', 'Cookie: ·']],
  [
    'an httpie header',
    ['http', 'x.example', 'Authorization:Bearer abc'],
    ['http', 'x.example', 'Authorization:Bearer ·'],
  ],
  [
    'a password in a URL',
    ['psql', 'postgres://joe:pw@db:5432/x'],
    ['psql', 'postgres://joe:·@db:5432/x'],
  ],
  ['an @ in the password of a URL', ['app', 'https://joe:p@w@h/x'], ['app', 'https://joe:·@h/x']],
  ['a URL in a flag', ['app', '--db=mysql://a:b@h/x'], ['app', '--db=mysql://a:·@h/x']],
  [
    'a password without user in a URL',
    ['redis-cli', '-u', 'redis://:pw@h:1'],
    ['redis-cli', '-u', 'redis://:·@h:1'],
  ],
  [
    'a token for a user name',
    ['git', 'clone', 'https://a1b2c3d4e5f6a7b8c9d0@h/x'],
    ['git', 'clone', 'https://·@h/x'],
  ],
  [
    "a driver's connection string",
    ['app', 'joe:p:w@tcp(db:3306)/x'.replace('p:w', 'pw')],
    ['app', 'joe:·@tcp(db:3306)/x'],
  ],
  [
    'query parameters',
    ['curl', 'https://h/x?a=1&access_token=abc&b=2'],
    ['curl', 'https://h/x?a=1&access_token=·&b=2'],
  ],
  ['a signature', ['curl', 'https://h/x?sv=1&sig=a%2Fb'], ['curl', 'https://h/x?sv=1&sig=·']],
  [
    'an AWS signature',
    ['curl', 'https://h/x?X-Amz-Signature=abc&y=1'],
    ['curl', 'https://h/x?X-Amz-Signature=·&y=1'],
  ],
  [
    'JSON',
    ['curl', '-d', '{"user": "joe", "password": "a\\"b"}'],
    ['curl', '-d', '{"user": "joe", "password": "·"}'],
  ],
  [
    'a Python dictionary',
    ['python3', '-c', "f({'token': 'abc', 'n': 1})"],
    ['python3', '-c', "f({'token': '·', 'n': 1})"],
  ],
  [
    'an assignment in code',
    ['python3', '-c', 'password = "abc"; go(password)'],
    ['python3', '-c', 'password = "·"; go(password)'],
  ],
  [
    'a connection string',
    ['app', 'host=h user=joe password=abc sslmode=on'],
    ['app', 'host=h user=joe password=· sslmode=on'],
  ],
  [
    'an ADO connection string',
    ['app', 'Server=h;Uid=joe;Pwd=abc;'],
    ['app', 'Server=h;Uid=joe;Pwd=·;'],
  ],
  ['an AWS key id', ['app', 'AKIAIOSFODNN7EXAMPLE'], ['app', '·']],
  ['a GitHub token', ['app', github], ['app', '·']],
  ['a GitHub token in a word', ['app', `x:${github}`], ['app', 'x:·']],
  ['a fine-grained GitHub token', ['app', `github_pat_${'a1'.repeat(20)}`], ['app', '·']],
  ['a GitLab token', ['app', 'glpat-abcdefghij0123456789'], ['app', '·']],
  ['a Slack token', ['app', 'xoxb-123456789012-abcdefABCDEF'], ['app', '·']],
  ['a Stripe key', ['app', `sk_live_${'a1'.repeat(12)}`], ['app', '·']],
  ['a Google key', ['app', `AIza${'Sy0-_'.repeat(7)}`], ['app', '·']],
  ['a JWT', ['app', jwt], ['app', '·']],
  ['a Vault token', ['app', `hvs.${'a1B2'.repeat(8)}`], ['app', '·']],
  [
    'a private key',
    ['app', '-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----'],
    ['app', '-----BEGIN RSA PRIVATE KEY-----·-----END RSA PRIVATE KEY-----'],
  ],
  [
    'a private key that was cut',
    ['app', 'x -----BEGIN PRIVATE KEY-----\nMIIEv'],
    ['app', 'x -----BEGIN PRIVATE KEY-----·'],
  ],
  ['curl -u', ['curl', '-u', 'joe:pw', 'https://h'], ['curl', '-u', 'joe:·', 'https://h']],
  [
    'curl -u attached, among other flags',
    ['/usr/bin/curl', '-sSfujoe:pw'],
    ['/usr/bin/curl', '-sSfujoe:·'],
  ],
  ['curl --user', ['curl', '--user=joe:p:w'], ['curl', '--user=joe:·']],
  [
    'mysql -p with the password attached',
    ['mysql', '-ujoe', '-psecret', 'db'],
    ['mysql', '-ujoe', '-p·', 'db'],
  ],
  [
    'mysqldump --password',
    ['mysqldump', '--password=x1', 'db'],
    ['mysqldump', '--password=·', 'db'],
  ],
  [
    'mysql behind sudo',
    ['sudo', '-u', 'joe', 'mysql', '-psecret'],
    ['sudo', '-u', 'joe', 'mysql', '-p·'],
  ],
  [
    'mysql in a container',
    ['docker', 'exec', 'db', 'mysql', '-psecret'],
    ['docker', 'exec', 'db', 'mysql', '-p·'],
  ],
  ['sshpass -p', ['sshpass', '-p', 'pw', 'ssh', 'h'], ['sshpass', '-p', '·', 'ssh', 'h']],
  ['sshpass -p attached', ['sshpass', '-ppw', 'ssh', 'h'], ['sshpass', '-p·', 'ssh', 'h']],
  [
    'docker login -p',
    ['docker', 'login', '-u', 'joe', '-p', 'pw', 'r.example'],
    ['docker', 'login', '-u', 'joe', '-p', '·', 'r.example'],
  ],
  [
    'helm registry login',
    ['helm', 'registry', 'login', '-p', 'pw', 'r'],
    ['helm', 'registry', 'login', '-p', '·', 'r'],
  ],
  [
    'skopeo credentials',
    ['skopeo', 'copy', '--src-creds', 'joe:pw', 'a', 'b'],
    ['skopeo', 'copy', '--src-creds', 'joe:·', 'a', 'b'],
  ],
  ['redis-cli -a', ['redis-cli', '-a', 'pw', 'ping'], ['redis-cli', '-a', '·', 'ping']],
  ['redis-cli AUTH', ['redis-cli', 'AUTH', 'pw'], ['redis-cli', 'AUTH', '·']],
  [
    'redis-cli CONFIG SET',
    ['redis-cli', 'config', 'set', 'requirepass', 'pw1'],
    ['redis-cli', 'config', 'set', 'requirepass', '·'],
  ],
  ['ldapsearch -w', ['ldapsearch', '-x', '-w', 'pw'], ['ldapsearch', '-x', '-w', '·']],
  ['mongosh -p', ['mongosh', '-u', 'joe', '-p', 'pw'], ['mongosh', '-u', 'joe', '-p', '·']],
  ['smbclient -U', ['smbclient', '-U', 'joe%pw', '//s/x'], ['smbclient', '-U', 'joe%·', '//s/x']],
  ['lftp -u', ['lftp', '-u', 'joe,pw', 'h'], ['lftp', '-u', 'joe,·', 'h']],
  [
    'openssl -passin',
    ['openssl', 'rsa', '-passin', 'pass:pw'],
    ['openssl', 'rsa', '-passin', 'pass:·'],
  ],
  [
    'openssl enc -k',
    ['openssl', 'enc', '-aes-256-cbc', '-k', 'pw'],
    ['openssl', 'enc', '-aes-256-cbc', '-k', '·'],
  ],
  ['7z -p', ['7z', 'x', '-ppw', 'a.7z'], ['7z', 'x', '-p·', 'a.7z']],
  [
    'nmcli',
    ['nmcli', 'dev', 'wifi', 'connect', 'x', 'password', 'pw1'],
    ['nmcli', 'dev', 'wifi', 'connect', 'x', 'password', '·'],
  ],
  [
    'a script',
    ['sh', '-c', 'mysql -psecret db && echo ok'],
    ['sh', '-c', 'mysql -p· db && echo ok'],
  ],
  [
    'a script behind other flags',
    ['/bin/bash', '-euxc', 'app --token abc; true'],
    ['/bin/bash', '-euxc', 'app --token ·; true'],
  ],
  [
    'quotes in a script',
    ['sh', '-c', 'curl -u "joe:p w" https://h | jq .'],
    ['sh', '-c', 'curl -u "joe:·" https://h | jq .'],
  ],
  [
    'single quotes in a script',
    ['sh', '-c', "app --password '$ecret' x"],
    ['sh', '-c', "app --password '·' x"],
  ],
  [
    'a variable in a script',
    ['sh', '-c', 'PGPASSWORD="a b" psql -h db'],
    ['sh', '-c', 'PGPASSWORD="·" psql -h db'],
  ],
  [
    'an export in a script',
    ['sh', '-c', 'export TOKEN=abc\nrun'],
    ['sh', '-c', 'export TOKEN=·\nrun'],
  ],
  [
    'a script in a script',
    ['sh', '-c', `bash -c 'mysql -psecret'`],
    ['sh', '-c', `bash -c 'mysql -p·'`],
  ],
  ['a command for ssh', ['ssh', 'h', 'sudo mysql -psecret'], ['ssh', 'h', 'sudo mysql -p·']],
  [
    'a script in a container',
    ['kubectl', 'exec', 'p', '--', 'sh', '-c', 'redis-cli -a pw ping'],
    ['kubectl', 'exec', 'p', '--', 'sh', '-c', 'redis-cli -a · ping'],
  ],
  [
    'a header in a script',
    ['sh', '-c', 'curl -H "X-Api-Key: abc" https://h'],
    ['sh', '-c', 'curl -H "X-Api-Key: ·" https://h'],
  ],
  [
    'escaped JSON in a script',
    ['sh', '-c', 'curl -d "{\\"password\\":\\"abc\\"}" h'],
    ['sh', '-c', 'curl -d "{\\"password\\":\\"·\\"}" h'],
  ],
  [
    'an argument cut in the middle',
    ['curl', '-d', '{"password":"abc'],
    ['curl', '-d', '{"password":"·'],
  ],
]

const harmless: readonly (readonly [string, readonly string[]])[] = [
  ['nothing at all', []],
  ['an empty argument', ['']],
  ['a plain command', ['ls', '-la', '/tmp']],
  ['the lifetime of a token', ['app', '--token-ttl=5m']],
  ['the lifetime of a token, next', ['app', '--token-ttl', '5m']],
  ['a password file', ['app', '--password-file', '/run/x']],
  ['a token file', ['app', '--token-file=/var/run/token']],
  ['a secret name', ['app', '--secret-name', 'db']],
  ['an empty variable', ['env', 'PASSWORD=', 'app']],
  ['an empty flag', ['app', '--password=']],
  ['a tokenizer', ['python', '-m', 'tokenizer', '--tokenizer=gpt', 'tokenizer=bpe']],
  ['counts of tokens', ['llm', '--max-tokens=4096', '--max-token', '10', '--eos-token', 'end']],
  ['pages of a list', ['aws', 's3api', 'list', '--starting-token', 'abc', '--page-token=x']],
  ['a switch', ['app', '--password', '--verbose']],
  ['a switch in words', ['app', '--no-password', 'db', '--with-token', 'x', '--ask-pass', 'y']],
  ['a boolean value', ['app', '--token=false', 'ALLOW_EMPTY_PASSWORD=yes']],
  ['a number of passes', ['ffmpeg', '-pass', '2', 'x.mp4']],
  ['password from stdin', ['docker', 'login', '--password-stdin', 'r.example']],
  ['the working directory', ['env', 'PWD=/home/joe', 'OLDPWD=/tmp', 'app']],
  ['a path to credentials', ['env', 'GOOGLE_APPLICATION_CREDENTIALS=/etc/x.json', 'app']],
  ['a path to a private key', ['ssh-add', '--private-key', '/home/joe/.ssh/id']],
  ['a TLS key file', ['app', '--tls-key', '/tls/key.pem', '--key=server.key']],
  ['an askpass program', ['env', 'SSH_ASKPASS=/usr/bin/x', 'ssh', 'h']],
  ['the socket of an agent', ['env', 'SSH_AUTH_SOCK=/tmp/ssh', 'ssh', 'h']],
  ['a public key', ['app', '--public-key=abc', '--sort-key', 'name', '--key', 'value']],
  ['ports', ['docker', 'run', '-p', '80:80', 'nginx']],
  ['a path flag -p', ['mkdir', '-p', '/a/b']],
  ['a pid flag -p', ['ps', '-p', '123']],
  ['mysql that asks', ['mysql', '-u', 'joe', '-p', 'db']],
  ['mysql that asks by long flag', ['mysql', '--password', 'db']],
  ['psql that asks', ['psql', '--password', 'db']],
  ['a user without a password', ['curl', '-u', 'joe', 'https://h']],
  ['a URL with a port', ['curl', 'http://localhost:8080/a@b']],
  ['a URL with a user', ['git', 'clone', 'ssh://git@github.com/x/y']],
  ['a scoped package', ['npm', 'i', 'http://localhost:4873/@scope/x']],
  ['an address', ['ssh', 'joe@h', 'ls']],
  ['a query of no interest', ['curl', 'https://h/x?page=2&token_type=bearer&keyword=a']],
  ['a build secret', ['docker', 'build', '--secret', 'id=npm,src=/x', '.']],
  [
    'openssl reading from a file',
    ['openssl', 'rsa', '-passin', 'file:/run/pw', '-passout', 'stdin'],
  ],
  ['openssl with a key file', ['openssl', 's_client', '-key', 'k.pem', '-keyout', 'o.pem']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's braces, not ours
  ['a reference in a script', ['sh', '-c', 'mysql -p"$PW" --password=$PW x --token ${T}']],
  ['a header by reference in a script', ['sh', '-c', 'curl -H "Authorization: Bearer $TOKEN" h']],
  ['a substitution in a script', ['sh', '-c', 'TOKEN=$(cat /run/t) app --password=`cat x`']],
  ['a test in a script', ['sh', '-c', '[ "$TOKEN" = "x" ] && [ $PASSWORD == y ]']],
  ['a prompt', ['echo', 'Enter password: ']],
  ['a word of prose', ['git', 'commit', '-m', 'rotate the token and secret store']],
  ['a masked value', ['app', '--password=****', 'TOKEN=<your token>']],
  ['a directory of secrets', ['ls', '/run/secrets/kubernetes.io/serviceaccount/token']],
  ['a hash', ['app', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']],
  ['a name with sk-', ['kubectl', 'get', 'pod', 'task-runner-abcdef0123456789-xyz12', 'sk-worker']],
  ['kubernetes objects', ['kubectl', 'get', 'secret', 'db-password', '-o', 'yaml']],
  ['a type of a secret', ['kubectl', 'create', 'secret', 'generic', 'db', '--type=Opaque']],
]

t.test('secrets are replaced, and what is around them stays', async (t) => {
  for (const [name, argv, expected] of secrets) {
    t.strictSame(shown(argv), expected, name)
    t.ok(redact(argv).redacted > 0, `${name}: counted`)
  }
})

t.test('what is no secret comes back as the same array', async (t) => {
  for (const [name, argv] of harmless) {
    const result = redact(argv)
    t.strictSame(result.argv, argv, name)
    t.equal(result.argv, argv, `${name}: same array`)
    t.equal(result.redacted, 0, `${name}: nothing counted`)
  }
})

t.test('what is redacted already is not redacted again', async (t) => {
  for (const [name, argv] of secrets) {
    const once = redact(argv).argv
    t.strictSame(redact(once), { argv: once, redacted: 0 }, name)
  }
})

t.test('the count is the number of replacements', async (t) => {
  const { argv, redacted } = redact(['app', '--token', 'a1', 'X_SECRET=b', 'https://a:b@h?sig=c'])
  t.equal(redacted, 4)
  t.equal(argv.join(' ').split('[redacted]').length - 1, 4)
})

t.test('disabled, nothing is replaced', async (t) => {
  const argv = ['app', '--password=x1']
  t.equal(createRedactor({ ...defaultRedaction, enabled: false })(argv).argv, argv)
})

t.test('a person adds flags, keys and patterns, and takes flags out', async (t) => {
  const own = createRedactor({
    enabled: true,
    extraFlags: ['--pin', '-z'],
    extraKeys: ['LICENSE', 'db.code'],
    extraPatterns: [
      { name: 'badge', pattern: 'BADGE-[0-9]{4,8}' },
      { name: 'group', pattern: 'code:(\\w{1,32})' },
    ],
    keepFlags: ['--session-token'],
  })
  t.strictSame(shown(['app', '--pin', '12345', '-z', 'abc', '-z=d'], own), [
    'app',
    '--pin',
    '·',
    '-z',
    '·',
    '-z=·',
  ])
  t.strictSame(shown(['app', 'License=abc', 'DB_CODE=x1', '--license=abc'], own), [
    'app',
    'License=·',
    'DB_CODE=·',
    '--license=abc',
  ])
  t.strictSame(shown(['app', 'x BADGE-1234 code:abc'], own), ['app', 'x · code:·'])
  t.strictSame(shown(['app', '--session-token', 'abc', '--token=x1'], own), [
    'app',
    '--session-token',
    'abc',
    '--token=·',
  ])
})

t.test('a configuration file is checked field by field', async (t) => {
  t.strictSame(parseRedactionConfig(''), defaultRedaction)
  t.strictSame(
    parseRedactionConfig(
      'enabled: false\nextraFlags: [--pin]\nextraPatterns: [{name: a, pattern: "x{2,3}"}]',
    ),
    {
      ...defaultRedaction,
      enabled: false,
      extraFlags: ['--pin'],
      extraPatterns: [{ name: 'a', pattern: 'x{2,3}' }],
    },
  )
  const bad: readonly (readonly [string, string, string, RegExp])[] = [
    ['broken YAML', 'a: [', 'syntax', /not YAML/],
    ['a list', '- a', 'syntax', /write fields/],
    ['an unknown field', 'flags: []', 'field', /flags: no such field/],
    ['a word for a switch', 'enabled: maybe', 'field', /enabled: write true or false/],
    ['a word for a list', 'extraFlags: --pin', 'field', /extraFlags: write a list/],
    ['a number in a list', 'extraKeys: [1]', 'field', /extraKeys/],
    ['a name of dashes', 'keepFlags: ["--"]', 'field', /keepFlags/],
    ['a pattern without a name', 'extraPatterns: [{pattern: a}]', 'field', /extraPatterns\[0\]/],
    ['patterns that are none', 'extraPatterns: {a: b}', 'field', /extraPatterns/],
    [
      'a pattern that is malformed',
      'extraPatterns: [{name: odd, pattern: "("}]',
      'pattern',
      /pattern odd/,
    ],
    [
      'nested quantifiers',
      'extraPatterns: [{name: slow, pattern: "(a+)+"}]',
      'pattern',
      /pattern slow has a quantifier on a group/,
    ],
    [
      'a backreference',
      'extraPatterns: [{name: back, pattern: "(a)\\\\1"}]'.replace('\\\\', '\\\\'),
      'pattern',
      /pattern back has a backreference/,
    ],
    [
      'a pattern for nothing',
      'extraPatterns: [{name: none, pattern: "a?"}]',
      'pattern',
      /pattern none matches the empty text/,
    ],
  ]
  for (const [name, yaml, code, message] of bad) {
    t.throws(() => parseRedactionConfig(yaml), { name: 'RedactionError', code, message }, name)
  }
})

t.test('a configuration file that fails is named', async (t) => {
  const dir = t.testdir({ 'good.yaml': 'extraKeys: [pin]', 'bad.yaml': 'x: 1' })
  t.strictSame(readRedactionConfig(`${dir}/good.yaml`).extraKeys, ['pin'])
  t.throws(() => readRedactionConfig(`${dir}/bad.yaml`), {
    code: 'field',
    message: /bad\.yaml: x: no/,
  })
  t.throws(() => readRedactionConfig(`${dir}/none.yaml`), {
    code: 'unreadable',
    message: /none\.yaml/,
  })
  t.throws(
    () => createRedactor({ ...defaultRedaction, extraPatterns: [{ name: 'p', pattern: '[' }] }),
    RedactionError,
  )
})

t.test('no argv makes it throw, change its length, or count wrongly', async () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(...secrets.flatMap(([, argv]) => argv)),
    fc.constantFrom('sh', '-c', 'mysql', '--password', '-H', '"', "'", '=', '://', '$(', '`', '\\'),
  )
  const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(''))
  fc.assert(
    fc.property(fc.array(fc.oneof(word, text), { maxLength: 8 }), (argv) => {
      const { argv: result, redacted } = redact(argv)
      if (result.length !== argv.length) return false
      const changed = result.some((argument, index) => argument !== argv[index])
      return changed === redacted > 0 && (changed || result === argv)
    }),
    { numRuns: 3000 },
  )
})

t.test('a secret behind a flag never survives', async () => {
  const secret = fc
    .string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
    .filter((text) => !/^-|^\$|^`|^\[redacted/.test(text) && !/^(\*+|x+|<[^<>]+>)$/i.test(text))
  const flag = fc.constantFrom('--password', '--token', '--api-key', '--client-secret')
  fc.assert(
    fc.property(flag, secret, (name, value) => {
      const attached = redact(['app', `${name}=${value}`]).argv
      const next = redact(['app', name, value]).argv
      return attached[1] === `${name}=[redacted]` && next[2] === '[redacted]'
    }),
  )
})

t.test('arguments of a megabyte are finished, whatever they repeat', async (t) => {
  const seeds = [
    'a',
    ' ',
    '"',
    "'",
    '\\',
    '=',
    'a=',
    'a-',
    'a.',
    'a:',
    '://',
    '://a',
    '://a:',
    '@',
    '"a":',
    '"a": "',
    'token=',
    'token="',
    '-----BEGIN PRIVATE KEY-----',
    'eyJ',
    'eyJaaaaaaaa.',
    'eyJ-',
    'ghp_',
    'sk-',
    'bearer ',
    'authorization: ',
    'authorization:',
    '?a=',
    '?token=',
    'a@tcp(',
    'a:b@',
    '\n',
    '\ntoken: ',
    'password ',
    '--password ',
    'mysql -p',
    ';',
    '|',
    '$(',
    '`',
    '{"password":',
    "'token': '",
    '\\"token\\":',
    'xoxb-',
    'AKIA',
    '\u00e9',
    '\ud800',
  ]
  for (const seed of seeds) {
    const big = seed.repeat(Math.ceil((1 << 20) / seed.length))
    for (const argv of [
      ['app', big],
      ['sh', '-c', `token ${big}`],
    ]) {
      t.equal(redact(argv).argv.length, argv.length, `${argv[0]} ${JSON.stringify(seed)}`)
    }
  }
})
