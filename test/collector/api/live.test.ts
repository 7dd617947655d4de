import t from 'tap'
import { LiveEvents, matchesQuery } from '#collector/api/live.ts'
import { NameCache } from '#collector/names.ts'
import type { EventQuery } from '#collector/store/store.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { wireConnect } from '#test/fixtures/socket-events.ts'
import {
  chunkOf,
  containerId,
  exec,
  gap,
  wireContainer,
  wireExec,
} from '#test/fixtures/timeline-events.ts'

const curl = exec({ exe: '/usr/bin/curl', argv: ['curl', '-d', 'Secret Thing'] })

const cases: readonly (readonly [string, Partial<EventQuery>, TimelineEvent, boolean])[] = [
  ['nothing asked lets everything through', {}, curl, true],
  ['namespace', { namespace: 'payments' }, curl, true],
  ['another namespace', { namespace: 'payment' }, curl, false],
  ['workload', { workload: 'web' }, curl, false],
  ['pod', { pod: 'api-7d9f' }, curl, true],
  ['node', { node: 'node-2' }, curl, false],
  ['kind', { kinds: ['exit'] }, curl, false],
  ['container by name', { container: 'web' }, curl, true],
  ['container by id', { container: containerId }, curl, true],
  ['container by six digits of its id', { container: '3f2a1b' }, curl, true],
  ['five digits are too few', { container: '3f2a1' }, curl, false],
  ['text in the executable, in any case', { text: 'BIN/cURL' }, curl, true],
  ['text across arguments', { text: '-d secret' }, curl, true],
  ['text that is nowhere', { text: 'wget' }, curl, false],
  ['text of something without a process', { text: 'x' }, gap({ containerId }), true],
  ['a gap of the node, whatever pod is asked', { pod: 'x', text: 'y' }, gap(), true],
  ['a gap of another node', { node: 'node-2' }, gap(), false],
  ['a gap of another container', { container: 'other' }, gap({ containerId }), false],
  ['a gap where only execs are asked', { kinds: ['exec'] }, gap(), false],
]
for (const [name, query, event, expected] of cases) {
  t.test(name, async (t) => {
    t.equal(matchesQuery({ limit: 1, ...query }, event), expected)
  })
}

t.test('followers learn where the API server is', async (t) => {
  const peer = { address: '10.96.0.1', port: 443 }
  const live = new LiveEvents(new NameCache(), peer)
  const seen: TimelineEvent[] = []
  live.subscribe((event) => seen.push(event))
  live.publish(chunkOf(wireConnect({ peer })))
  t.match(seen, [{ kind: 'connect', peer: { ...peer, kind: 'api-server' } }])
})

t.test('followers see events with names as known now, until they leave', async (t) => {
  const names = new NameCache()
  const live = new LiveEvents(names)
  const seen: TimelineEvent[] = []
  live.publish(chunkOf(wireExec()))
  const leave = live.subscribe((event) => seen.push(event))
  t.equal(live.subscribers, 1)
  live.publish(chunkOf(wireExec()))
  names.learnFrom('node-1', [wireContainer()])
  live.publish(chunkOf(wireExec()))
  leave()
  live.publish(chunkOf(wireExec()))
  t.strictSame(
    seen.map(({ workload }) => workload),
    ['', 'api'],
  )
})
