import t from 'tap'
import { ContainerLives } from '#collector/container-lives.ts'
import { wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

t.test('what a container does first shows whether it has just begun', async (t) => {
  const lives = new ContainerLives()
  t.notOk(lives.awaits)
  lives.begins('new', 1_000)
  lives.begins('old', 2_000)
  t.ok(lives.awaits)
  t.ok(lives.acts('new', wireExec()), 'its first process')
  t.notOk(lives.acts('new', wireExec()), 'and no other')
  t.notOk(lives.acts('old', wireExec({ snapshot: true })), 'was running when the agent came')
  t.notOk(lives.awaits)
  t.strictSame(lives.ends('new', 6_000), { begins: false, lifetimeUs: 5_000 })
  t.strictSame(lives.ends('old', 6_000), { begins: false, lifetimeUs: null })
})

t.test('a container of which nothing was seen but its cgroup began, too', async (t) => {
  const lives = new ContainerLives()
  lives.begins('a', 1_000)
  t.strictSame(lives.ends('a', 1_500), { begins: true, lifetimeUs: 500 })
  t.notOk(lives.awaits, 'nothing is left of it')
  lives.begins('a', 9_000)
  t.ok(lives.acts('a', wireExit()), 'and it may come again under its id')
})

t.test('later words of an agent begin nothing', async (t) => {
  const lives = new ContainerLives()
  lives.remember('before')
  lives.begins('before', 1_000)
  t.notOk(lives.awaits)
  lives.begins('a', 1_000)
  lives.acts('a', wireExec())
  lives.begins('a', 5_000)
  t.notOk(lives.acts('a', wireExec({ snapshot: true })), 'after the agent’s restart')
  t.strictSame(lives.ends('a', 6_000), { begins: false, lifetimeUs: 5_000 })
})

t.test('ends that come from nowhere, and clocks that step back, do no harm', async (t) => {
  const lives = new ContainerLives()
  t.strictSame(lives.ends('never', 1), { begins: false, lifetimeUs: null })
  lives.begins('a', 1_000)
  t.strictSame(lives.ends('a', 1), { begins: true, lifetimeUs: 0 })
})
