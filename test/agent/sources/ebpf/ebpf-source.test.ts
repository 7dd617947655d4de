/** Real processes against the real probe. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs, openWatch } from '#test/fixtures/ebpf-watch.ts'
import { until } from '#test/fixtures/until.ts'

const cgroupRoot = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.procs`),
)
const needsCgroup = { skip: cgroupRoot === undefined ? 'no cgroup hierarchy is mounted' : false }

t.test('what the eBPF source sees', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const storm = compileProgram(t, 'storm')
  const lives = compileProgram(t, 'lives', ['-pthread'])
  const watch = openWatch(t, bpffsPath)
  const { source, records, execs, settle, exitOf } = watch

  t.test('every process of a storm, each with its own arguments, parents and end', async (t) => {
    execFileSync(storm, ['500', '0', 'see-storm'])
    await settle('see-storm-', 500)
    const seen = execs('see-storm-').filter((exec) => exec.argv[1] === 'child')
    t.equal(seen.length, 500)
    t.equal(new Set(seen.map((exec) => exec.argv[2])).size, 500)
    for (const exec of seen) {
      const number = Number(exec.argv[2]?.split('-').at(-1))
      if (exitOf(exec)?.status !== (number % 200) << 8) t.fail(`wrong end of ${exec.argv[2]}`)
      if (exec.exe !== storm) t.fail(`wrong path ${exec.exe}`)
    }
    const forked = new Set(
      records.map((record) => (record.kind === 'fork' ? `${record.child.pid}` : '')),
    )
    t.ok(
      seen.every((exec) => forked.has(`${exec.process.pid}`)),
      'every fork too',
    )
    t.equal(source.decodeErrors, 0)
  })

  t.test('an exec by a thread that is not the leader keeps the identity', async (t) => {
    spawnSync(lives, ['thread-exec', 'see-thread-exec'])
    await settle('see-thread-exec', 2)
    const [first, second, ...others] = execs('see-thread-exec')
    t.equal(others.length, 0)
    t.strictSame(second?.process, first?.process)
    t.equal(exitOf(second)?.status, 0)
    const exits = records.filter(
      (record) => record.kind === 'exit' && record.process.pid === first?.process.pid,
    )
    t.equal(exits.length, 1, 'the old leader is no process of its own')
  })

  t.test('threads are no processes', async (t) => {
    spawnSync(lives, ['threads', 'see-threads'])
    await settle('see-threads', 1)
    const [exec] = execs('see-threads')
    const pid = exec?.process.pid
    t.equal(exitOf(exec)?.status, 5 << 8)
    t.equal(
      records.filter((record) => record.kind === 'exit' && record.process.pid === pid).length,
      1,
    )
    t.notOk(records.some((record) => record.kind === 'fork' && record.creator.pid === pid))
  })

  const ends: readonly (readonly [string, readonly string[]])[] = [
    ['an exit code', ['/bin/sh', '-c', 'exit 42; see-ends-code']],
    ['a signal', ['/bin/sh', '-c', 'kill -TERM $$; see-ends-signal']],
    ['a core dump', ['/bin/sh', '-c', 'ulimit -c unlimited; kill -QUIT $$; see-ends-core']],
    ['exit(2) of the last thread after that of the leader', [lives, 'leader-first', 'see-ends-x']],
    ['exit_group() by another thread', [lives, 'group', 'see-ends-group']],
  ]
  for (const [index, [name, [program = '', ...args]]] of ends.entries())
    t.test(`${name} is what wait(2) says`, async (t) => {
      const marker = `see-end-${index}-`
      const told = execFileSync(lives, ['wait', program, ...args, marker], {
        encoding: 'utf8',
        cwd: t.testdir(),
      })
      await settle(marker, 2)
      const exec = execs(marker).find(({ argv }) => argv[1] !== 'wait')
      t.equal(exitOf(exec)?.status, Number(told))
    })

  t.test('CPU times are those of wait4(2), but for the last ticks', async (t) => {
    const told = execFileSync(lives, ['usage', lives, 'burn', '200', 'see-burn'], {
      encoding: 'utf8',
    })
    await settle('see-burn', 2)
    const [userUs, systemUs] = JSON.parse(told) as readonly [number, number]
    const exit = exitOf(execs('see-burn').find(({ argv }) => argv[1] === 'burn'))
    t.ok(userUs + systemUs >= 200_000, `${userUs} + ${systemUs} µs were burnt`)
    // What ran since the scheduler's last look is missing; the longest tick has 10 ms, and splits the sum by whole ones.
    const [missing, shifted] = [20_000, 40_000]
    const nearly = (ns: number | undefined, us: number, within: number, what: string): void => {
      const differenceUs = Math.round((ns ?? Number.NaN) / 1000 - us)
      t.ok(Math.abs(differenceUs) <= within, `${what}: ${differenceUs} µs from ${us}`)
    }
    const sumNs = (exit?.userNs ?? Number.NaN) + (exit?.systemNs ?? Number.NaN)
    nearly(sumNs, userUs + systemUs, missing, 'the sum')
    nearly(exit?.userNs, userUs, shifted, 'user')
    nearly(exit?.systemNs, systemUs, shifted, 'system')
  })

  t.test('a script names itself and its interpreter', async (t) => {
    const script = join(t.testdir(), 'run.sh')
    writeFileSync(script, '#!/bin/sh\nexit 0\n')
    chmodSync(script, 0o755)
    spawnSync(script, ['see-script'])
    await settle('see-script', 1)
    const [exec] = execs('see-script')
    t.match(exec, { script, interpreter: '/bin/sh', argv: ['/bin/sh', script, 'see-script'] })
    t.equal(exec?.exe, execFileSync('realpath', ['/bin/sh'], { encoding: 'utf8' }).trim())
  })

  t.test('a program in anonymous memory is told apart', async (t) => {
    spawnSync(lives, ['memfd', 'see-memfd'])
    await settle('see-memfd', 2)
    t.match(execs('see-memfd')[1], { exe: '/memfd:hidden', fileOrigin: 'memfd' })
  })

  t.test('a socket as standard input and output is seen, a pipe is not', async (t) => {
    spawnSync(lives, ['socket', 'see-socket'])
    await settle('see-socket', 2)
    t.strictSame(
      execs('see-socket').map((exec) => exec.stdioSockets),
      [0, 3],
    )
  })

  t.test('of 1 MiB of arguments 8 KiB are kept, and the length is known', async (t) => {
    spawnSync(lives, ['huge', 'see-huge'])
    await settle('see-huge', 2)
    const exec = execs('see-huge')[1]
    t.equal(exec?.argvBytes.length, 8192)
    t.equal(exec?.argvLength, `${lives}quietsee-huge`.length + 3 + 8 * 131_000)
  })

  t.test('arguments need not be UTF-8', async (t) => {
    spawnSync('/bin/sh', ['-c', String.raw`exec /bin/true x "$(printf 'see-\377\376')"`])
    await settle('see-\xff\xfe', 1)
    t.strictSame(execs('see-\xff\xfe')[0]?.argv, ['/bin/true', 'x', 'see-\xff\xfe'])
  })

  t.test(
    'identity of the file, working directory, user and namespaces are those of /proc',
    async (t) => {
      const cwd = t.testdir()
      spawnSync(lives, ['quiet', 'see-facts'], { cwd, uid: 1234, gid: 1235 })
      await settle('see-facts', 1)
      const stat = statSync(lives, { bigint: true })
      const inodeOf = (name: string): number => Number(statSync(`/proc/self/ns/${name}`).ino)
      t.match(execs('see-facts')[0], {
        exe: lives,
        cwd,
        uid: 1234,
        euid: 1234,
        gid: 1235,
        capabilities: 0,
        fileMode: Number(stat.mode),
        file: { inode: Number(stat.ino), ctimeUs: Number(stat.ctimeNs / 1000n) },
        namespaces: { mnt: inodeOf('mnt'), pid: inodeOf('pid'), net: inodeOf('net') },
        parent: { pid: process.pid },
        comm: 'lives',
      })
    },
  )

  t.test('in namespaces of its own a process has its own pid, root and paths', async (t) => {
    const root = t.testdir({ sub: {} })
    execFileSync('cp', [lives, join(root, 'sub', 'program')])
    spawnSync('unshare', ['-pf', 'chroot', root, '/sub/program', 'quiet', 'see-namespace'])
    await settle('see-namespace', 1)
    const exec = execs('see-namespace').find(({ argv }) => argv[0] === '/sub/program')
    t.match(exec, { exe: '/sub/program', cwd: '/', nsPid: 1 })
    t.not(exec?.namespaces.pid, Number(statSync('/proc/self/ns/pid').ino))
  })

  t.test('a file of an overlay is told by the layer it comes from', async (t) => {
    const folder = t.testdir({ lower: { volume: {} }, upper: {}, work: {}, merged: {}, volume: {} })
    for (const name of ['lower/image', 'lower/changed', 'volume/mounted'])
      execFileSync('cp', [lives, join(folder, name)])
    // The second mount knows the changed file only by what overlayfs wrote down about it.
    const script = `set -e
      cd '${folder}'
      overlay() { mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged; }
      overlay
      cp lower/image merged/dropped
      chmod 750 merged/changed
      mount --bind volume merged/volume
      for name in image changed dropped volume/mounted; do
        chroot merged /$name quiet see-origin-first
      done
      umount merged/volume merged
      overlay
      for name in image changed dropped; do chroot merged /$name quiet see-origin-again; done`
    const result = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' })
    t.equal(result.status, 0, result.stderr)
    await settle('see-origin-first', 8)
    await settle('see-origin-again', 6)
    const origins = (marker: string): Record<string, string> =>
      Object.fromEntries(
        execs(marker)
          .filter(({ argv }) => argv[1] === 'quiet')
          .map((exec) => [exec.exe, exec.fileOrigin]),
      )
    t.strictSame(origins('see-origin-first'), {
      '/image': 'image',
      '/changed': 'copied-up',
      '/dropped': 'dropped',
      '/volume/mounted': 'volume',
    })
    t.strictSame(origins('see-origin-again'), {
      '/image': 'image',
      '/changed': 'copied-up',
      '/dropped': 'dropped',
    })
  })

  t.test(
    'a cgroup is named before its first process, and after its last',
    needsCgroup,
    async (t) => {
      const name = `mayfly-source-${process.pid}`
      const cgroup = join(cgroupRoot ?? '', name)
      mkdirSync(cgroup)
      const id = Number(statSync(cgroup).ino)
      execFileSync('sh', ['-c', `echo $$ > ${cgroup}/cgroup.procs; exec ${lives} quiet see-cgroup`])
      await settle('see-cgroup', 1)
      rmdirSync(cgroup)
      await until('the removal is seen', () => {
        watch.drain()
        return records.some((record) => record.kind === 'cgroup' && record.phase === 'removed')
      })
      const own = records.filter(
        (record) => record.kind === 'cgroup' && record.path.endsWith(`/${name}`),
      )
      t.match(own, [
        { phase: 'created', cgroup: { id } },
        { phase: 'removed', cgroup: { id } },
      ])
      const exec = execs('see-cgroup').at(-1)
      t.ok(exec?.cgroups.some((key) => key.id === id))
      t.ok(exitOf(exec)?.cgroups.some((key) => key.id === id))
    },
  )

  t.test('a terminal has its name', async (t) => {
    execFileSync('script', ['-qec', `${lives} quiet see-tty`, '/dev/null'])
    await settle('see-tty', 1)
    t.match(execs('see-tty').find(({ exe }) => exe === lives)?.tty, /^pts\/\d+$/)
  })

  t.test('memory of its own is told from that of its parent', async (t) => {
    spawnSync(lives, ['grow', '64', 'see-grow'])
    spawnSync(lives, ['quiet', 'see-small'])
    await settle('see-grow', 1)
    await settle('see-small', 1)
    const grown = exitOf(execs('see-grow')[0])
    t.equal(grown?.maxRssInherited, false)
    t.ok((grown?.maxRssBytes ?? 0) > 64 * 2 ** 20)
    t.equal(exitOf(execs('see-small')[0])?.maxRssInherited, true, 'this process is larger')
  })

  t.test('attempts are what was drained and what was dropped', async (t) => {
    watch.drain()
    const { exec, exit, fork } = source.counts()
    for (const [kind, count] of Object.entries({ exec, exit, fork }))
      t.ok(count.attempts >= records.filter((record) => record.kind === kind).length, kind)
    t.strictSame(source.losses(), [])
  })
})
