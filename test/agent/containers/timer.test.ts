import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { scheduleUnref } from '#agent/containers/timer.ts'

t.test('the action runs once, later', async (t) => {
  let runs = 0
  scheduleUnref(0, () => {
    runs += 1
  })
  t.equal(runs, 0, 'not at once')
  await delay(50)
  t.equal(runs, 1)
})

t.test('what is called off does not run; calling off again does no harm', async (t) => {
  let runs = 0
  const cancel = scheduleUnref(0, () => {
    runs += 1
  })
  cancel()
  cancel()
  await delay(50)
  t.equal(runs, 0)
})

t.test('a pending timer does not keep the process alive', async (t) => {
  const file = resolve(import.meta.dirname, '../../../agent/containers/timer.ts')
  const script = `
    import { scheduleUnref } from ${JSON.stringify(file)}
    scheduleUnref(3_600_000, () => {})`
  const { status, signal } = spawnSync(
    process.execPath,
    ['--input-type=module', '--no-warnings', '--eval', script],
    { timeout: 60_000 },
  )
  t.strictSame({ status, signal }, { status: 0, signal: null })
})
