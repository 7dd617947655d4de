import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readValue } from '#agent/sources/procfs/proc-file.ts'
import { readProgram } from '#agent/sources/procfs/program-reader.ts'
import { readStat } from '#agent/sources/procfs/stat.ts'

const options = { root: '/proc', argvBytesMax: 4096, parentOf: () => undefined }

const statOf = (pid: number, root = '/proc') => {
  const stat = readValue(readStat(root, pid))
  if (stat === undefined) throw new Error(`no process ${pid}`)
  return stat
}

t.test('a living process is read whole', async (t) => {
  const reading = readProgram(options, statOf(process.pid))
  t.match(reading, { denied: false, facts: { process: { pid: process.pid }, cwd: process.cwd() } })
  t.notOk(reading?.facts.parent, 'the parent is what the caller says')
})

t.test('a process that ended, and one whose pid is another now, give nothing', async (t) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  await once(child, 'spawn')
  const stat = statOf(child.pid ?? 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(readProgram(options, stat), undefined)
  t.equal(readProgram(options, { ...statOf(process.pid), startNs: 10_000_000 }), undefined)
})

t.test('a look that is out of date is taken again', async (t) => {
  const stat = statOf(process.pid)
  const reading = readProgram(options, { ...stat, image: '1-2-3' })
  t.equal(reading?.stat.image, stat.image)
})

t.test('a process that never holds still gives nothing', async (t) => {
  const root = t.testdir({ 7: {} })
  const line = `7 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ${'0 '.repeat(31)}`
  writeFileSync(`${root}/7/stat`, line)
  const stat = statOf(7, root)
  t.equal(readProgram({ ...options, root }, stat), undefined, 'no exe: on its way out')
  symlinkSync('/bin/x', `${root}/7/exe`)
  writeFileSync(`${root}/7/cmdline`, '')
  t.equal(readProgram({ ...options, root }, stat), undefined, 'no status')
  writeFileSync(`${root}/7/status`, 'Tgid:\t7\nUid:\t1\t1\nGid:\t1\n')
  mkdirSync(`${root}/7/net`)
  writeFileSync(`${root}/7/cgroup`, '')
  t.match(readProgram({ ...options, root }, stat), {
    denied: false,
    facts: { exe: '/bin/x', argvLength: 0, cwd: '', fileMode: 0, namespaces: { mnt: 0 } },
  })
})

t.test('without the right to look inside, the rest is told', async (t) => {
  // As nobody: root's init is somebody else's process.
  const script = `
    import { readProgram } from '${import.meta.resolve('#agent/sources/procfs/program-reader.ts')}'
    import { readStat } from '${import.meta.resolve('#agent/sources/procfs/stat.ts')}'
    if (process.getuid() === 0) process.setuid(65534)
    const options = { root: '/proc', argvBytesMax: 4096, parentOf: () => undefined }
    const { denied, facts } = readProgram(options, readStat('/proc', 1))
    console.log(JSON.stringify({ denied, exe: facts.exe, file: facts.file, argvLength: facts.argvLength, uid: facts.uid, cwd: facts.cwd }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(child, 'close')
  const told = JSON.parse(Buffer.concat(chunks).toString())
  t.match(told, { denied: true, exe: '', uid: 0, cwd: '' })
  t.notOk('file' in told)
  t.ok(told.argvLength > 0, 'argv is for everybody')
})
