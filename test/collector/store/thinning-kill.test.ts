import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { embeddedClient, embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { addHold } from '#collector/store/holds.ts'
import { migrate } from '#collector/store/migrations.ts'
import {
  chunk,
  engineMissing,
  exec,
  rowsOf,
  storeOn,
  temporaryDirectory,
  totalsAfter,
} from './fixtures.ts'
import { at, dayName, one, retentionOf, rowsByDay, soundLedger, two } from './retention-fixture.ts'

const nowUs = at(23) + 3_600_000_000

t.test('kill -9 of the engine while it rewrites a day', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const engine = await EmbeddedEngine.start({
    ...{ dataDir, database: embeddedDatabase, memoryBytes: 700_000_000, log: silentLog },
  })
  const client = embeddedClient(engine.agent())
  t.teardown(async () => {
    await client.close()
    await engine.stop()
  })
  const answers = async (): Promise<void> => {
    while (!(await client.ping()).success) await sleep(50)
  }
  await migrate(client, dataDir)
  const size = 40_000
  let before = { captured: 0, filtered: 0, unknownGaps: 0 }
  for (const [index, day] of [18, 22, 23].entries()) {
    const events = Array.from({ length: size }, (_, place) =>
      exec({
        containerId: place % 4 === 0 ? one : two,
        timeUs: at(day) + place,
        argv: ['run', `${day}-${place}`],
      }),
    )
    await storeOn(client, dayName(day), [chunk(1 + index * size, events, { before })])
    before = totalsAfter(before, events)
  }
  await addHold(client, { reason: '', selection: { container: one } }, nowUs)
  let kills = 0
  for (;;) {
    const through = retentionOf(client, nowUs)
      .run()
      .then(
        () => true,
        () => false,
      )
    if (kills < 3) {
      for (;;) {
        const begun = await rowsOf(
          client,
          'SELECT count() FROM system.mutations WHERE NOT is_done',
        ).catch(() => [['0']])
        if (Number((begun as string[][])[0]?.[0]) > 0) break
        if (await Promise.race([through, sleep(1, undefined)])) break
      }
      const { pid } = engine
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      kills += 1
    }
    const isThrough = await through
    await answers()
    if (isThrough && kills >= 3) break
  }
  t.match(await soundLedger(client), [
    { captured: 3 * size, stored: 2.25 * size, expired: 0.75 * size },
  ])
  t.same(await rowsByDay(client), [
    [dayName(18), size / 4],
    ...[22, 23].map((day) => [dayName(day), size]),
  ])
})
