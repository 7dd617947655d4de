import t from 'tap'
import { ClientLimits, type Entered } from '#collector/identity/client-limits.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

const leave = (entered: Entered | undefined): void => {
  if (entered?.kind === 'entered') entered.leave()
}

t.test('so many at once, each client for itself', async (t) => {
  const limits = new ClientLimits({ clock: manualTime().clock, concurrent: 2 })
  const inside = [limits.enter('a'), limits.enter('a'), limits.enter('b')]
  t.strictSame(
    inside.map(({ kind }) => kind),
    ['entered', 'entered', 'entered'],
  )
  t.equal(limits.enter('a').kind, 'concurrency')
  leave(inside[0])
  leave(inside[0])
  t.equal(limits.enter('a').kind, 'entered')
  t.equal(limits.enter('a').kind, 'concurrency', 'leaving twice leaves once')
})

t.test('so many per second, each client for itself', async (t) => {
  const time = manualTime()
  const limits = new ClientLimits({
    clock: time.clock,
    concurrent: 100,
    rate: { perSecond: 1, burst: 2 },
  })
  const kinds = (client: string, times: number) =>
    Array.from({ length: times }, () => limits.enter(client).kind)
  t.strictSame(kinds('a', 3), ['entered', 'entered', 'rate'])
  t.strictSame(kinds('b', 1), ['entered'])
  await time.advance(1_000)
  t.strictSame(kinds('a', 2), ['entered', 'rate'])
})

t.test('who has left is forgotten', async (t) => {
  const limits = new ClientLimits({ clock: manualTime().clock, concurrent: 1 })
  for (let client = 0; client < 10_000; client += 1) leave(limits.enter(`client ${client}`))
  t.equal(limits.clients, 0)
})
