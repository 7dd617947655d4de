import t from 'tap'
import { GroupCommit } from '#agent/spool/group-commit.ts'
import type { Segment } from '#agent/spool/segment.ts'

const segment = (sync: () => Promise<void>) => ({ sync }) as Segment

t.test('many appends to one segment are one sync', async (t) => {
  let syncs = 0
  const commit = new GroupCommit({ intervalMs: 60_000, onError: t.fail })
  const one = segment(async () => {
    syncs += 1
  })
  for (let index = 0; index < 10; index += 1) commit.add(one)
  await commit.flush()
  await commit.flush()
  t.equal(syncs, 1)
  t.equal(commit.commits, 1)
})

t.test('a refusing disk is told; a file that is gone is not a fault', async (t) => {
  const errors: string[] = []
  const commit = new GroupCommit({
    intervalMs: 60_000,
    onError: ({ message }) => errors.push(message),
  })
  commit.add(segment(() => Promise.reject(new Error('EIO'))))
  commit.add(segment(() => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }))))
  await commit.flush()
  t.strictSame(errors, ['EIO'])
})
