import t from 'tap'
import { ContainerEnds, type ToldEnd } from '#agent/containers/ends.ts'
import { parsePods } from '#agent/containers/pods.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import { makePod, type PodContainer } from '#test/stand-ins/kubelet-pods.ts'

const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const id = (digit: string): string => digit.repeat(64)
const killed = { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-07-01T15:00:00Z' }
const killedUs = Date.parse(killed.finishedAt) * 1000

const scene = (sinceUs = killedUs - 1) => {
  const time = manualTime()
  const told: ToldEnd[] = []
  const state = { asked: 0 }
  const ends = new ContainerEnds({
    clock: time.clock,
    kubelet: true,
    sinceUs,
    onEnd: (end) => told.push(end),
    onAwaited: () => {
      state.asked += 1
    },
  })
  const list = (...containers: PodContainer[]) =>
    ends.learn(parsePods([makePod({ name: 'web-1', uid, containers })]))
  return { time, told, state, ends, list }
}

t.test('a container that was killed for its memory', async (t) => {
  const { told, state, ends, list } = scene()
  ends.ended(id('a'), 77)
  t.equal(state.asked, 1, 'the kubelet is worth asking')
  t.equal(ends.demand(), 'young')
  list({ name: 'web', id: id('b'), previousId: id('a'), end: killed })
  t.strictSame(told, [
    {
      containerId: id('a'),
      podUid: uid,
      bootNs: 77,
      reason: 'OOMKilled',
      exitCode: 137,
      finishedUs: killedUs,
    },
  ])
  t.equal(ends.demand(), 'none')
})

t.test('it is told once, however often it is listed', async (t) => {
  const { told, list } = scene()
  for (let index = 0; index < 3; index += 1)
    list({ name: 'web', id: id('a'), terminated: true, end: killed })
  t.equal(told.length, 1)
  t.equal(told[0]?.bootNs, undefined, 'its cgroup went unseen')
})

t.test('what exits say of themselves is left to them', async (t) => {
  const { told, ends, list } = scene()
  ends.ended(id('a'), 77)
  for (const reason of ['Completed', 'Error'])
    list({ name: 'web', id: id('a'), terminated: true, end: { ...killed, reason } })
  t.strictSame(told, [])
  t.equal(ends.demand(), 'none', 'and no longer waited for')
})

t.test('an end of an earlier run is told by nobody again', async (t) => {
  const { told, ends, list } = scene(killedUs + 1)
  list({ name: 'web', id: id('b'), previousId: id('a'), end: killed })
  t.strictSame(told, [])
  ends.ended(id('a'), 77)
  list({ name: 'web', id: id('b'), previousId: id('a'), end: killed })
  t.equal(told.length, 1, 'unless it was seen to end: the clock of the kubelet is not ours')
})

t.test('a list that never names it is not waited for', async (t) => {
  const { time, ends, list } = scene()
  ends.ended(id('a'), 77)
  list({ name: 'web', id: id('b') })
  t.equal(ends.demand(), 'young')
  await time.advance(10_000)
  list({ name: 'web', id: id('b') })
  t.equal(ends.demand(), 'none')
})

t.test('without a kubelet nothing is remembered or asked', async (t) => {
  const asked: string[] = []
  const ends = new ContainerEnds({
    clock: manualTime().clock,
    kubelet: false,
    sinceUs: 0,
    onEnd: () => {},
    onAwaited: () => asked.push('asked'),
  })
  ends.ended(id('a'), 1)
  t.equal(ends.demand(), 'none')
  t.strictSame(asked, [])
})

t.test('garbage in the list is no end', async (t) => {
  const { told, ends } = scene(0)
  const terminated = (state: unknown) =>
    ends.learn(
      parsePods([
        {
          metadata: { name: 'web-1', namespace: 'shop', uid },
          spec: { containers: [{ name: 'web' }] },
          status: { containerStatuses: [{ name: 'web', state: { terminated: state } }] },
        },
      ]),
    )
  for (const state of [
    7,
    [],
    {},
    { containerID: 7 },
    { containerID: 'containerd://x', reason: {} },
  ])
    terminated(state)
  terminated({ containerID: `containerd://${id('a')}`, reason: 'OOMKilled', finishedAt: 'soon' })
  t.strictSame(told, [])
})
