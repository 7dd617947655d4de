import t from 'tap'
import { redactArguments } from '#agent/redaction/command-rules.ts'
import { nameKind } from '#agent/redaction/secret-names.ts'

const redact = (...argv: string[]) => {
  const options = { kindOf: nameKind, extraPatterns: [], needsText: () => false }
  const { argv: result, count } = redactArguments(argv, options)
  return [result.map((argument) => argument.replaceAll('[redacted]', '·')).join(' '), count]
}

t.test('a program is whoever speaks last behind a wrapper', async (t) => {
  t.strictSame(redact('sudo', 'mysql', '-pa1'), ['sudo mysql -p·', 1])
  t.strictSame(redact('docker', 'run', '-p', '80', 'mysql', '-pa1'), [
    'docker run -p 80 mysql -p·',
    1,
  ])
  t.strictSame(redact('ls', 'mysql', '-pa1'), ['ls mysql -pa1', 0])
  t.strictSame(redact('env', 'A=b', 'curl', '-u', 'a:b'), ['env A=b curl -u a:·', 1])
})

t.test('each command of a script has flags of its own', async (t) => {
  t.strictSame(redact('sh', '-c', 'mysql -pa1; mkdir -pa1'), ['sh -c mysql -p·; mkdir -pa1', 1])
  t.strictSame(redact('sh', '-c', 'app --token; echo x'), ['sh -c app --token; echo x', 0])
  t.strictSame(redact('sh', '-c', 'A=1 sudo redis-cli -a "p w" ping'), [
    'sh -c A=1 sudo redis-cli -a "·" ping',
    1,
  ])
})

t.test('scripts within scripts are followed', async (t) => {
  t.strictSame(redact('sh', '-c', `bash -c 'eval "mysql -pa1"'`), [
    `sh -c bash -c 'eval "mysql -p·"'`,
    1,
  ])
})

t.test('a value that looks like a flag is one', async (t) => {
  t.strictSame(redact('app', '--password', '-v'), ['app --password -v', 0])
  t.strictSame(redact('app', '--password', '--token', 'abc'), ['app --password --token ·', 1])
  t.strictSame(redact('app', '--password', '-'), ['app --password -', 0])
  t.strictSame(redact('app', '--password'), ['app --password', 0])
})
