import t from 'tap'
import { type HolderLife, Holders, maxAddresses, readHolders } from '#collector/store/peers.ts'
import type { ContainerEvent } from '#proto/event.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  openTestStore,
  t0,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'
import { stubClient } from './stub-client.ts'

const never = Number.POSITIVE_INFINITY
const life = (workload: string, fromUs: number, toUs: number, namespace = 'shop'): HolderLife => ({
  kind: 'pod',
  namespace,
  workload,
  fromUs,
  toUs,
})
const address = '10.0.0.5'
const nodeLife = (node: string, fromUs: number): HolderLife => ({
  kind: 'node',
  node,
  fromUs,
  toUs: never,
})
const holders = (...lives: readonly HolderLife[]) => new Holders(new Map([[address, lives]]))
const at = (timeUs: number) => ({ address, timeUs })
const pod = (workload: string, namespace = 'shop') => ({ kind: 'pod', namespace, workload })

t.test('an address belongs to the pod that had it at that time', async (t) => {
  const two = holders(life('old', 10, 20), life('new', 30, never))
  t.strictSame(two.at(at(9)), { kind: 'unknown' })
  t.strictSame(two.at(at(10)), pod('old'))
  t.strictSame(two.at(at(20)), pod('old'))
  t.strictSame(two.at(at(25)), { kind: 'unknown' }, 'nobody had it')
  t.strictSame(two.at(at(31)), pod('new'))
  t.strictSame(two.at({ address: '10.0.0.6', timeUs: 15 }), { kind: 'unknown' })
})

t.test('several workloads at once mean none of them', async (t) => {
  t.strictSame(holders(life('a', 0, 9), life('b', 0, 9)).at(at(5)), { kind: 'shared' })
  t.strictSame(holders(life('a', 0, 9), life('a', 0, 9, 'other')).at(at(5)), { kind: 'shared' })
  t.strictSame(holders(life('a', 0, 9), life('a', 3, 9)).at(at(5)), pod('a'), 'two containers')
  t.strictSame(holders(life('', 0, 9), life('a', 3, 9)).at(at(5)), pod('a'), 'one without names')
  t.strictSame(holders(life('', 0, 9)).at(at(5)), pod(''), 'a pod nobody named yet')
})

t.test('a node has its address until it is another’s', async (t) => {
  const node = (name: string) => ({ kind: 'node', node: name })
  const two = holders(nodeLife('new', 30), nodeLife('old', 10))
  t.strictSame(two.at(at(9)), { kind: 'unknown' })
  t.strictSame(two.at(at(29)), node('old'))
  t.strictSame(two.at(at(30)), node('new'))
  t.strictSame(two.throughout([at(10), at(29)]), node('old'))
  t.strictSame(two.throughout([at(10), at(30)]), { kind: 'unknown' })
  const reused = holders(life('before', 1, never), nodeLife('n', 10), life('after', 20, 30))
  t.strictSame(reused.at(at(5)), pod('before'))
  t.strictSame(reused.at(at(15)), node('n'), 'the end of the pod was not seen')
  t.strictSame(reused.at(at(25)), pod('after'), 'the end of the node is never seen')
  t.strictSame(reused.at(at(31)), node('n'))
  const unnamed = holders(nodeLife('n', 10), life('', 20, never))
  t.strictSame(unnamed.at(at(25)), node('n'), 'it may be on the host’s network')
})

t.test('over a stretch of time only who had it all along is meant', async (t) => {
  const two = holders(life('old', 10, 20), life('new', 30, never))
  t.strictSame(two.throughout([at(10), at(20)]), pod('old'))
  t.strictSame(two.throughout([at(15), at(25)]), pod('old'), 'its end is told late')
  t.strictSame(two.throughout([at(15), at(35)]), { kind: 'unknown' })
  t.strictSame(two.throughout([at(25)]), { kind: 'unknown' })
  t.strictSame(two.throughout([]), { kind: 'unknown' })
})

t.test('lives are read from what agents told', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const store = await openTestStore(dataDir)
  const word = (letter: string, change: Partial<ContainerEvent>) =>
    container({ containerId: containerId(letter), podIps: [], workload: '', ...change })
  const ip = '10.5.0.1'
  await store.insert([
    chunk(1, [
      word('1', { timeUs: t0, nameSource: 'cgroup' }),
      word('1', { timeUs: t0 + 50, phase: 'named', workload: 'early', podIps: [ip, 'fd00::5'] }),
      word('1', { timeUs: t0 + 100, phase: 'ended', nameSource: 'cgroup' }),
      word('2', { timeUs: t0 + 200, workload: 'late', podIps: [ip] }),
      word('3', { timeUs: t0, workload: 'elsewhere', podIps: ['10.5.0.2', "'"] }),
    ]),
  ])
  await store.close()
  await withEngine(dataDir, async (client) => {
    const times = [t0, t0 + 100, t0 + 150, t0 + 1e9]
    const asked = times.map((timeUs) => ({ address: ip, timeUs }))
    const found = await readHolders(client, [
      ...asked,
      { address: 'fd00::5', timeUs: t0 },
      { address: "'", timeUs: t0 },
      { address: '', timeUs: t0 },
    ])
    t.strictSame(
      asked.map((one) => found.at(one)),
      [
        pod('early', 'payments'),
        pod('early', 'payments'),
        { kind: 'unknown' },
        pod('late', 'payments'),
      ],
      'the address was told after the start, and holds for the whole life',
    )
    t.match(found.at({ address: 'fd00::5', timeUs: t0 }), { workload: 'early' })
    t.match(found.at({ address: "'", timeUs: t0 }), { workload: 'elsewhere' })
    t.strictSame((await readHolders(client, [])).at(at(t0)), { kind: 'unknown' })
  })
})

t.test('nodes are read from what their pods told', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const store = await openTestStore(dataDir)
  const word = (letter: string, change: Partial<ContainerEvent>) =>
    container({ containerId: containerId(letter), podIps: [], hostIps: [], ...change })
  const [one, oneMore, two, alone] = ['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.3'] as const
  const onHost = { hostNetwork: true, podIps: [one, oneMore], hostIps: [one] }
  await store.insert([
    chunk(1, [
      word('1', { timeUs: t0, nameSource: 'cgroup', workload: '' }),
      word('1', { timeUs: t0 + 50, phase: 'named', ...onHost, workload: 'proxy' }),
      word('1', { timeUs: t0 + 99, phase: 'ended', ...onHost, workload: 'proxy' }),
      word('2', { timeUs: t0 + 10, podIps: ['10.5.0.1'], hostIps: [one], workload: 'web' }),
      // Its runtime knows the address, and nobody whose network it is.
      word('3', { timeUs: t0 + 20, podIps: [one], nameSource: 'oci', workload: '' }),
    ]),
    chunk(
      1,
      [
        word('4', { timeUs: t0 + 5, podIps: ['10.5.0.2'], hostIps: [two, "'"], workload: 'web' }),
        word('5', {
          ...{ timeUs: t0 + 60, workload: 'exporter' },
          ...{ hostNetwork: true, podIps: [two, alone] },
        }),
        // What a weaker source says later says nothing of the network.
        word('5', { timeUs: t0 + 70, phase: 'named', podIps: [two, alone], nameSource: 'oci' }),
      ],
      { agent: 'agent-2', node: 'node-2' },
    ),
    chunk(1, [word('6', { hostIps: ['192.0.2.4'] })], { agent: 'agent-3', node: '' }),
  ])
  await store.close()
  await withEngine(dataDir, async (client) => {
    const late = t0 + 1_000
    const asked = [one, oneMore, two, alone, '10.5.0.1', '10.5.0.2', "'", '192.0.2.4']
    const found = await readHolders(
      client,
      asked.map((address) => ({ address, timeUs: late })),
    )
    const who = (address: string, timeUs = late) => found.at({ address, timeUs })
    t.strictSame(who(one), { kind: 'node', node: 'node-1' }, 'one workload shares it, no more')
    t.strictSame(who(one, t0), { kind: 'node', node: 'node-1' }, 'since its first pod, named later')
    t.strictSame(who(one, t0 - 1), { kind: 'unknown' })
    t.strictSame(who(oneMore), { kind: 'node', node: 'node-1' }, 'its second address')
    t.strictSame(who(two), { kind: 'node', node: 'node-2' })
    t.strictSame(who(alone), { kind: 'node', node: 'node-2' }, 'no hostIP was told')
    t.strictSame(who("'"), { kind: 'node', node: 'node-2' })
    t.strictSame(who('10.5.0.1'), pod('web', 'payments'))
    t.strictSame(who('10.5.0.2'), pod('web', 'payments'))
    t.strictSame(who('192.0.2.4'), { kind: 'unknown' }, 'a node without a name')
  })
})

t.test('many addresses are asked for in statements that a server takes', async (t) => {
  const { client, statements } = stubClient()
  const longest = (index: number) =>
    `2001:db8:ffff:ffff:ffff:ffff:ffff:${(index + 0x1000).toString(16)}`
  const sightings = Array.from({ length: maxAddresses + 1 }, (_, index) => ({
    address: longest(index),
    timeUs: t0,
  }))
  await readHolders(client, sightings)
  t.equal(statements.length, 2)
  for (const { length } of statements) t.ok(length < 256 * 1024, 'below max_query_size')
})
