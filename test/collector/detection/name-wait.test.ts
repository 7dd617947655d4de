import t from 'tap'
import { maxNameWaitMs, NameWait } from '#collector/detection/name-wait.ts'
import { ProcessMemory } from '#collector/detection/processes.ts'
import { exec, timelineBase } from '#test/fixtures/timeline-events.ts'

const view = new ProcessMemory()
const at = (seq: number, containerId = 'a', agent = 'node-1') =>
  exec({}, { ...timelineBase, agent, seq, containerId })

const site = (maxWaiting?: number) => {
  const named = new Set<string>()
  const judged: string[] = []
  let nowMs = 0
  const wait = new NameWait({
    clock: { monotonicMs: () => nowMs },
    isNamed: ({ containerId }) => named.has(containerId),
    judge: ({ agent, seq }) => judged.push(`${agent} ${seq}`),
    ...(maxWaiting !== undefined && { maxWaiting }),
  })
  const tick = (ms = 0): readonly string[] => {
    nowMs += ms
    wait.tick()
    return judged.splice(0)
  }
  return { named, judged, wait, tick }
}

t.test('what waits is judged when its container has names, and not before', async (t) => {
  const { named, wait, tick } = site()
  wait.add(at(1), view)
  t.strictSame(tick(), [])
  named.add('a')
  t.strictSame(tick(), ['node-1 1'])
  t.strictSame(tick(), [], 'once')
})

t.test('of an epoch nothing overtakes what waits; others go their way', async (t) => {
  const { named, wait, tick } = site()
  wait.add(at(1), view)
  t.ok(wait.holds(at(2, 'b')))
  t.notOk(wait.holds(at(2, 'b', 'node-2')))
  named.add('b')
  wait.add(at(2, 'b'), view)
  wait.add(at(3, 'c'), view)
  wait.add(at(7, 'b', 'node-2'), view)
  t.strictSame([...wait.epochs].length, 2)
  t.strictSame(tick(), ['node-2 7'])
  named.add('a')
  t.strictSame(tick(), ['node-1 1', 'node-1 2'])
  named.add('c')
  t.strictSame(tick(), ['node-1 3'])
  t.strictSame([...wait.epochs], [])
})

t.test('names that never come are waited for a moment', async (t) => {
  const { wait, tick } = site()
  wait.add(at(1), view)
  t.strictSame(tick(maxNameWaitMs - 1), [])
  wait.add(at(2), view)
  t.strictSame(tick(1), ['node-1 1'])
  t.strictSame(tick(maxNameWaitMs), ['node-1 2'])
})

t.test('more than may wait, and the oldest is judged by what is known', async (t) => {
  const { judged, wait } = site(2)
  for (const seq of [1, 2, 3, 4]) wait.add(at(seq), view)
  t.strictSame(judged, ['node-1 1', 'node-1 2'])
  wait.flush()
  t.strictSame(judged.slice(2), ['node-1 3', 'node-1 4'])
  t.strictSame([...wait.epochs], [])
})
