import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { temporaryDirectory } from '../fixtures.ts'

const imported = JSON.stringify(import.meta.resolve('#collector/store/engine/die-with-parent.ts'))
/** What the programs here begin with; an exit handler shows who ended in order instead of at once. */
const beginning = `import { dieNow, dieWithParent } from ${imported}
process.on('exit', () => process.stdout.write('ended in order'))
`

const program = (directory: string, name: string, body: string): string => {
  const path = join(directory, `${name}.mjs`)
  writeFileSync(path, `${beginning}${body}`)
  return path
}

/** How it ended, and what it said until then. */
const ended = async (child: ChildProcess) => {
  if (child.stdout === null) throw new Error('its output is not read')
  const exit = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const [signal, said] = await Promise.all([exit, text(child.stdout)])
  return { signal, said }
}

/** True while the process exists and is no zombie. */
const alive = (pid: number): boolean => {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'))
}

const wait = 'setInterval(() => {}, 1000)'

t.test('death is at once: nothing of an orderly end runs', async (t) => {
  const path = program(temporaryDirectory(t), 'now', `dieNow()\n${wait}`)
  t.strictSame(await ended(spawn(process.execPath, [path])), { signal: 'SIGKILL', said: '' })
})

t.test('a child whose parent is gone before it looked dies', async (t) => {
  const path = program(temporaryDirectory(t), 'late', `dieWithParent(${process.pid} + 1)\n${wait}`)
  t.strictSame(await ended(spawn(process.execPath, [path])), { signal: 'SIGKILL', said: '' })
})

t.test('a closed channel ends it although the parent lives', async (t) => {
  const path = program(
    temporaryDirectory(t),
    'channel',
    `dieWithParent(${process.pid})\nprocess.send('ready')\n${wait}`,
  )
  const child = fork(path, { silent: true })
  child.once('message', () => child.disconnect())
  t.strictSame(await ended(child), { signal: 'SIGKILL', said: '' })
})

t.test(
  'kill -9 of the parent is its end even without a channel',
  { skip: process.platform !== 'linux' && 'only Linux tells a child of it' },
  async (t) => {
    const directory = temporaryDirectory(t)
    const child = program(
      directory,
      'child',
      `dieWithParent(process.ppid)\nprocess.stdout.write(String(process.pid))\n${wait}`,
    )
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { spawn } from 'node:child_process'
     spawn(process.execPath, [${JSON.stringify(child)}], { stdio: 'inherit' })`,
    ])
    t.teardown(() => parent.kill('SIGKILL'))
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())))
    })
    t.teardown(() => {
      if (alive(pid)) process.kill(pid, 'SIGKILL')
    })
    t.ok(alive(pid))
    parent.kill('SIGKILL')
    while (alive(pid)) await sleep(20)
    t.notOk(alive(pid))
  },
)
