import t from 'tap'
import { baseName, toolName, tools, wrappers } from '#agent/redaction/command-tools.ts'

t.test('programs are known by the last segment of their path', async (t) => {
  t.equal(baseName('/usr/bin/mysql'), 'mysql')
  t.equal(baseName('-bash'), 'bash')
  t.equal(baseName(''), '')
  t.ok(tools.has(baseName('/opt/bin/redis-cli')))
  t.ok(wrappers.has('sudo'))
})

t.test('tools are found in a script as whole words', async (t) => {
  for (const text of ['mysql -p', 'x|curl y', '/usr/bin/sshpass', '7z'])
    t.ok(toolName.test(text), text)
  for (const text of ['mymysql', 'curl-config', 'sshpassx', 'my.curl'])
    t.notOk(toolName.test(text), text)
})

t.test('a flag matches up to the letter that takes the secret', async (t) => {
  const matched = (tool: string, word: string) =>
    tools
      .get(tool)
      ?.rules.map(({ flag }) => flag.exec(word)?.[0])
      .find((text) => text !== undefined)
  t.equal(matched('curl', '-sSuA:b'), '-sSu')
  t.equal(matched('curl', '-oout'), undefined)
  t.equal(matched('mysql', '-pX'), '-p')
  t.equal(matched('openssl', '-key'), undefined)
  t.equal(matched('ldapsearch', '-xw'), '-xw')
  t.equal(matched('ldapsearch', '-W'), undefined)
})
