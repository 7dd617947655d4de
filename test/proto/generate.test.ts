import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('the committed code is what the .proto files give', async (t) => {
  execFileSync(process.execPath, [join(root, 'proto/generate.mjs'), '--check'])
  t.pass()
})

t.test('a changed .proto is reported with the command that mends it', async (t) => {
  const copy = t.testdir()
  cpSync(join(root, 'proto'), join(copy, 'proto'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  appendFileSync(join(copy, 'proto/mayfly/v1/event.proto'), 'message Extra { uint32 one = 1; }\n')
  const check = spawnSync(process.execPath, [join(copy, 'proto/generate.mjs'), '--check'], {
    encoding: 'utf8',
  })
  t.equal(check.status, 1)
  t.equal(
    check.stderr,
    'proto/gen/mayfly.js does not match proto/mayfly/v1: run "npm run proto" and commit the result\n',
  )
})
