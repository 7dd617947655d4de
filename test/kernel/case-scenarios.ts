/** What a storm does not show: odd ends, odd beginnings, odd files. Run by check-probe.ts in the guest. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { ExecRecord } from '#agent/sources/record.ts'
import type { Tally } from './tally.ts'
import { argvOf, runProgram, type Watch } from './watch.ts'

/** The arguments kept at least, whatever their length. */
const argvKeptBytes = 4096

/** Runs a program and returns its exec records with the arguments as sorted out by the caller. */
const execsOf = (
  watch: Watch,
  program: string,
  args: readonly string[],
  argv0?: string,
): readonly ExecRecord[] => {
  const { pid } = runProgram(program, args, argv0 === undefined ? {} : { argv0 })
  watch.collect()
  return watch.execsOf(pid)
}

const statusesOf = (watch: Watch, exec: ExecRecord | undefined): readonly (number | null)[] =>
  watch.exitsOf(exec?.process).map(({ status }) => status)

export const checkArguments = (watch: Watch, tally: Tally): void => {
  const odd = ['', ' ', '-', 'line\nbreak', 'ünï ☃', '']
  const [first] = execsOf(watch, '/bin/cases', ['end', '7', ...odd], 'not its name')
  tally.equal('odd argv', first && argvOf(first), ['not its name', 'end', '7', ...odd])
  tally.equal('odd exit status', statusesOf(watch, first), [7 << 8])
  const caps = /CapEff:\s+([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  tally.equal('capabilities of root', first?.capabilities, Number(`0x${caps}`))

  const long = 'x'.repeat(20_000)
  const [second] = execsOf(watch, '/bin/cases', ['end', '0', long])
  const whole = Buffer.from(`/bin/cases\0end\0${0}\0${long}\0`)
  const kept = Buffer.from(second?.argvBytes ?? [])
  tally.equal('length of a long argv', second?.argvLength, whole.length)
  tally.equal('start of a long argv', kept.equals(whole.subarray(0, kept.length)), true)
  tally.equal('a long argv is kept to its limit', kept.length >= argvKeptBytes, true)

  writeFileSync('/tmp/script', '#!/bin/sh\nexit 9\n')
  chmodSync('/tmp/script', 0o755)
  const [third] = execsOf(watch, '/tmp/script', ['argument'])
  tally.equal('script', third && [third.script, third.interpreter, third.exe, argvOf(third)], [
    '/tmp/script',
    '/bin/sh',
    '/bin/busybox',
    ['/bin/sh', '/tmp/script', 'argument'],
  ])
  tally.equal('odd exit status', statusesOf(watch, third), [9 << 8])
}

export const checkEnds = (watch: Watch, tally: Tally, count: number): void => {
  for (const [signal, number] of [
    ['KILL', 9],
    ['TERM', 15],
  ] as const) {
    const [killed] = execsOf(watch, '/bin/sh', ['-c', `kill -${signal} $$`])
    tally.equal('killed by a signal', statusesOf(watch, killed), [number])
  }

  // Two threads that end at once: the kernel tells the last one only since 6.16.
  const threads = runProgram('/bin/cases', ['threads', String(count)])
  watch.collect()
  const ended: readonly (readonly [number, number])[] = JSON.parse(threads.stdout)
  tally.equal('processes whose threads end at once', ended.length, count)
  for (const [pid, status] of ended) {
    const fork = watch.forks.findLast(({ child }) => child.pid === pid)
    const exits = watch.exitsOf(fork?.child).map((exit) => exit.status)
    tally.equal('exit of two threads at once, each once', exits, [status])
  }

  const byThread = execsOf(watch, '/bin/cases', ['thread-exec'])
  tally.equal('exec by a second thread', byThread.map(argvOf), [
    ['/bin/cases', 'thread-exec'],
    ['cases', 'end', '5'],
  ])
  const [before, after] = byThread
  tally.equal('exec by a second thread keeps the identity', after?.process, before?.process)
  tally.equal('exit after it, once', statusesOf(watch, after), [5 << 8])
}

export const checkPlaces = (watch: Watch, tally: Tally): void => {
  const gone = 'mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; exec /bin/cases end 0'
  const inGone = execsOf(watch, '/bin/sh', ['-c', gone]).at(-1)
  tally.equal('removed cwd', inGone?.cwd, '/tmp/gone (deleted)')

  execsOf(watch, '/bin/unshare', ['-p', '-f', '/bin/cases', 'end', '8', 'first'])
  const first = watch.execs.find((exec) => argvOf(exec).join(' ') === '/bin/cases end 8 first')
  tally.equal('first of a pid namespace', [first?.nsPid, first?.process.pid === 1], [1, false])
  tally.equal('exit of the first', statusesOf(watch, first), [8 << 8])
  const [exit] = watch.exitsOf(first?.process)
  tally.equal('first of a pid namespace at exit', exit?.nsPid, 1)
}

/** A container's file system by hand: an overlay in a mount namespace of its own, entered by chroot. */
export const checkOrigins = (watch: Watch, tally: Tally): void => {
  const memfd = execsOf(watch, '/bin/cases', ['memfd']).at(-1)
  tally.equal('origin memfd', memfd?.fileOrigin, 'memfd')

  mkdirSync('/layers')
  runProgram('/bin/mount', ['-t', 'tmpfs', 'tmpfs', '/layers'])
  for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(`/layers/${name}`)
  mkdirSync('/layers/lower/volume')
  for (const name of ['same', 'changed']) copyFileSync('/bin/cases', `/layers/lower/${name}`)
  const layers = 'lowerdir=/layers/lower,upperdir=/layers/upper,workdir=/layers/work'
  runProgram('/bin/mount', ['-t', 'overlay', 'overlay', '-o', layers, '/layers/merged'])
  const root = '/layers/merged'
  runProgram('/bin/mount', ['-t', 'tmpfs', 'tmpfs', `${root}/volume`])
  for (const name of ['new', 'volume/mounted']) copyFileSync('/bin/cases', `${root}/${name}`)
  chmodSync(`${root}/changed`, 0o700)
  for (const [name, origin] of [
    ['/same', 'image'],
    ['/changed', 'copied-up'],
    ['/new', 'dropped'],
    ['/volume/mounted', 'volume'],
  ] as const) {
    const enter = `exec chroot ${root} ${name} end 0`
    const exec = execsOf(watch, '/bin/unshare', ['-m', '/bin/sh', '-c', enter]).at(-1)
    tally.equal('path in an overlay', exec?.exe, name)
    tally.equal('cwd in an overlay', exec?.cwd, '/')
    tally.equal(`origin ${origin}`, exec?.fileOrigin, origin)
  }
}
