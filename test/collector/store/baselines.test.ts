import t from 'tap'
import { WorkloadBaseline } from '#collector/detection/baselines/baseline.ts'
import { baselineLimits } from '#collector/detection/baselines/limits.ts'
import { baselinesTable, readBaselines, writeBaselines } from '#collector/store/baselines.ts'
import { writtenBaseline } from '#test/fixtures/baselines.ts'
import { engineMissing, temporaryDirectory, withSchema } from './fixtures.ts'
import { stubClient } from './stub-client.ts'

const stored = (workload: string, version = 1) => {
  const { image, items, ...owner } = writtenBaseline({ workload })
  const baseline = new WorkloadBaseline(owner, baselineLimits, 1e15)
  baseline.replace({ image, items }, 1e15, `ada\n\t\\'\u0000${version}`, '\ud800')
  baseline.lives('n\0c', { node: 'n', fromUs: 1e15, isWhole: true, image })
  return { record: baseline.toRecord(1e15), version }
}

t.test('baselines in the store', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    await client.command({ query: baselinesTable })
    await writeBaselines(client, [stored('a', 2), stored('b')])
    await writeBaselines(client, [stored('a', 1)])
    await writeBaselines(client, [])
    const read = await readBaselines(client, 10)
    t.equal(read.length, 2)
    t.strictSame(
      read.find(({ record }) => record.baseline.workload === 'a'),
      stored('a', 2),
      'the newest version, as it was',
    )
    t.equal((await readBaselines(client, 1)).length, 1)
  }),
)

t.test('a store that fails says so', async (t) => {
  const { client } = stubClient(() => {
    throw new Error('no space left')
  })
  await t.rejects(writeBaselines(client, [stored('a')]), { name: 'StoreError' })
})
