/** kill -9 around the report of losses: a storm in a tiny ring, and what is seen and lost adds up to it, whatever the moment. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { detachEbpf } from '#agent/sources/ebpf/open.ts'
import type { Spool } from '#agent/spool/spool.ts'
import { decodeChunk } from '#proto/codec.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs } from '#test/fixtures/ebpf-watch.ts'
import { openLossAgent } from '#test/fixtures/loss-agent.ts'

const cgroupRoot = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.procs`),
)
const needsCgroup = { skip: cgroupRoot === undefined ? 'no cgroup hierarchy is mounted' : false }

const makeCgroup = (t: Test, name: string): string => {
  const path = `${cgroupRoot}/mayfly-loss-${name}-${process.pid}`
  mkdirSync(path)
  t.teardown(() => rmdirSync(path))
  return path
}

/** Execs and exits in a spool, and those that its gaps stand for; and how many gaps there are. */
const countAll = (spool: Spool) => {
  const count = { exec: 0, exit: 0, lostExec: 0, lostExit: 0, gaps: 0 }
  for (const { epoch, firstSeq } of spool.heads())
    for (const record of spool.read(epoch, firstSeq, Number.POSITIVE_INFINITY))
      for (const event of decodeChunk(record.chunk).events) {
        if (event.kind === 'exec' || event.kind === 'exit') count[event.kind] += 1
        if (event.kind !== 'gap') continue
        count.gaps += 1
        if (event.affects.includes('exec')) count.lostExec += event.lost ?? 0
        if (event.affects.includes('exit')) count.lostExit += event.lost ?? 0
      }
  return count
}

t.test('losses are told once', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const bpffsPath = mountBpffs(t)
  const storm = compileProgram(t, 'storm')
  for (const moment of ['announced', 'appended'] as const)
    t.test(`killed when they are ${moment}`, needsCgroup, async (t) => {
      const pinName = `loss-${moment}`
      t.teardown(() => void detachEbpf({ bpffsPath, pinName }))
      const cgroup = makeCgroup(t, moment)
      const inode = Number(statSync(cgroup).ino)
      const dir = t.testdir()
      const runStorm = (): void => {
        const join = `echo $$ > ${cgroup}/cgroup.procs && exec "$@"`
        execFileSync('sh', ['-c', join, 'sh', storm, '500', '0', 'loss'])
      }
      const options = { bpffsPath, pinName, dir, cgroup: inode }
      const fixture = join(import.meta.dirname, '../fixtures/loss-agent.ts')
      for (let death = 0; death < 2; death += 1) {
        const victim = spawn(
          process.execPath,
          [fixture, bpffsPath, pinName, dir, String(inode), moment],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        )
        t.teardown(() => void victim.kill('SIGKILL'))
        await once(victim.stdout, 'data')
        runStorm()
        victim.stdin.write('\n')
        const [, signal] = await once(victim, 'exit')
        t.equal(signal, 'SIGKILL')
      }
      const agent = openLossAgent(options)
      agent.loop.stop()
      const { exec, exit, lostExec, lostExit, gaps } = countAll(agent.spool)
      await agent.spool.close()
      agent.source.close()
      t.ok(lostExec > 0 && exec > 0, 'the ring was too small, but not for all')
      // The shell becomes the storm, which has 500 children.
      t.equal(exec + lostExec, 2 * 501, 'execs seen and lost')
      t.equal(exit + lostExit, 2 * 501, 'exits seen and lost')
      t.comment(`${gaps} gaps`)
      const again = openLossAgent(options)
      t.strictSame(again.source.losses(), [], 'and never again')
      again.loop.stop()
      again.source.close()
      await again.spool.close()
    })
})
