import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Log } from '#base/log.ts'
import { superviseAgent } from '#cli/commands/agent-child.ts'
import { until } from '#test/fixtures/mayfly.ts'

/** Leaves a file per run, so that runs can be counted from outside. */
const script = (dir: string, rest: string): readonly [string, ...string[]] => [
  'sh',
  '-c',
  `mktemp ${join(dir, 'runs', 'XXXXXX')} >/dev/null; ${rest}`,
]

const site = (dir: string, rest: string) => {
  mkdirSync(join(dir, 'runs'))
  const stop = new AbortController()
  const warnings: object[] = []
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (facts) => warnings.push(facts),
    error: () => undefined,
  }
  const done = superviseAgent({
    command: script(dir, rest),
    env: process.env,
    log,
    signal: stop.signal,
    monotonicMs: () => performance.now(),
  })
  return { done, stop, warnings, runs: () => readdirSync(join(dir, 'runs')).length }
}

t.test('an agent that cannot start is not started for ever', async (t) => {
  const { done, runs } = site(t.testdir(), 'exit 2')
  await t.rejects(done, { name: 'AgentStartError', exitCode: 2 })
  t.equal(runs(), 1)
})

t.test('a command that does not exist is a failed start', async (t) => {
  const stop = new AbortController()
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  }
  const started = superviseAgent({
    command: ['/nowhere/agent'],
    env: {},
    log,
    signal: stop.signal,
    monotonicMs: () => 0,
  })
  await t.rejects(started, { name: 'AgentStartError' })
})

t.test('one that is killed is started again', async (t) => {
  const { done, stop, warnings, runs } = site(t.testdir(), 'kill -9 $$')
  await until('a second run', () => runs() >= 2)
  stop.abort()
  await done
  t.match(warnings[0], { signal: 'SIGKILL' })
})

t.test('the end waits for the child to end in order', async (t) => {
  const dir = t.testdir()
  const flag = join(dir, 'ended')
  const { done, stop, runs } = site(
    dir,
    `trap 'sleep 0.2; echo yes > ${flag}; exit 0' TERM; while :; do sleep 0.05; done`,
  )
  await until('a run', () => runs() === 1)
  await new Promise((resolve) => setTimeout(resolve, 200))
  stop.abort()
  await done
  t.ok(readdirSync(dir).includes('ended'))
})
