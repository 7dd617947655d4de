import fc from 'fast-check'
import t from 'tap'
import { buildTree, isHost, type TreeNode } from '#cli/render/tree.ts'
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'
import { containerStarted, exec, exit, gap, processInfo } from '#test/fixtures/timeline-events.ts'

/** `pid(child child)`, other events by kind. */
const sketch = (nodes: readonly TreeNode[]): string =>
  nodes
    .map((node) => {
      if (node.kind === 'event') return node.event.kind
      if (node.kind === 'connection') return node.events.map(({ kind }) => kind).join('+')
      const { pid } = node.process
      return `${pid}${node.children.length > 0 ? `(${sketch(node.children)})` : ''}`
    })
    .join(' ')

const draw = (...events: readonly TimelineEvent[]): string =>
  buildTree(events)
    .map(({ roots }) => sketch(roots))
    .join(' | ')

const peerOf = ({ peer, local }: TimelineConnection) => ({ local, ...(peer && { peer }) })

const child = (pid: number, parentPid: number) => ({
  pid,
  parentId: `b00t-${parentPid}-0`,
  parentPid,
})

t.test('children hang below the process that started them', async (t) => {
  t.equal(
    draw(
      exec({ pid: 1 }),
      exec(child(2, 1)),
      exec(child(3, 2)),
      exit(child(3, 2)),
      exec(child(4, 1)),
    ),
    '1(2(3) 4)',
  )
})

t.test('a parent that only forked is known at its end, after its children', async (t) => {
  t.equal(draw(exec({ pid: 1 }), exec(child(3, 2)), exit(child(2, 1), { forked: true })), '1(2(3))')
})

t.test('a parent that is not here makes a root', async (t) => {
  t.equal(draw(exec(child(2, 99)), exec(child(3, 2))), '2(3)')
})

t.test('a parent in another container is not a parent here', async (t) => {
  const other = { containerId: 'f'.repeat(64) }
  t.equal(draw(exec({ pid: 1 }), exec(child(2, 1), other), exec(child(3, 2), other)), '1 | 2(3)')
})

t.test(
  'processes that claim each other as parents, or themselves, are still all there',
  async (t) => {
    t.equal(draw(exec(child(1, 2)), exec(child(2, 1)), exec(child(3, 3))), '2(1) 3')
  },
)

t.test('containers and gaps stand at their time', async (t) => {
  t.equal(draw(containerStarted(), exec({ pid: 1 }), exec(child(2, 1))), 'container 1(2)')
  t.equal(
    draw(exec({ pid: 1 }), gap({ containerId: exec().containerId }), exec({ pid: 2 })),
    '1 gap 2',
  )
})

t.test('a hole of the whole node stands with its only container, else by itself', async (t) => {
  const other = { containerId: 'f'.repeat(64) }
  t.equal(draw(exec({ pid: 1 }), gap(), exec({ pid: 2 })), '1 gap 2')
  t.equal(draw(exec({ pid: 1 }), gap(), exec({ pid: 2 }, other)), '1 | gap | 2')
  t.equal(draw(gap()), 'gap')
})

t.test('a process that executes twice is one process', async (t) => {
  const [group] = buildTree([
    exec({ pid: 1, argv: ['a'] }),
    exec({ pid: 1, argv: ['b'] }),
    exit({ pid: 1 }),
  ])
  const [node] = group?.roots ?? []
  t.ok(node?.kind === 'process' && node.execs.length === 2 && node.exit)
})

const did = (pid: number) => ({ process: processInfo({ pid, exe: `/bin/p${pid}` }) })

t.test('what a process did hangs below it, its connections as one each', async (t) => {
  t.equal(
    draw(
      exec({ pid: 1 }),
      dns(did(1)),
      connect({ ...did(1), socket: 7 }),
      connect({ ...did(1), socket: 8 }),
      exec(child(2, 1)),
      close({ ...did(1), socket: 7, ongoing: true }),
      listen(did(1)),
      close({ ...did(1), socket: 7 }),
      close(did(1)),
      close({ ...did(1), socket: 0 }),
    ),
    '1(dns connect+close+close connect 2 listen close close)',
  )
})

t.test('a process that only its connections tell of is shown, with its later exit', async (t) => {
  t.equal(draw(connect(did(5)), dns(did(6)), exit({ ...child(5, 1) })), '5(connect) 6(dns)')
  const [group] = buildTree([connect(did(5)), exit({ pid: 5 })])
  const [node] = group?.roots ?? []
  t.match(node, { time: connect().time, process: { exe: '/bin/p5' }, exit: { exitCode: 0 } })
  t.equal(draw(connect({ process: null })), 'connect')
})

t.test('an accepted connection is its listener’s until the worker closes it', async (t) => {
  const opened = accept({ ...did(1), socket: 9 })
  t.equal(draw(opened, close({ ...did(2), socket: 9, ...peerOf(opened) })), '2(accept+close)')
  t.equal(
    draw(exec({ pid: 1 }), opened, accept({ ...did(1), socket: 10 }), exec(child(2, 1))),
    '1(accept accept 2)',
  )
  t.equal(
    draw(
      exec({ pid: 1 }),
      exec(child(2, 1)),
      opened,
      close({ ...did(2), socket: 9, ...peerOf(opened) }),
    ),
    '1(2(accept+close))',
  )
  t.equal(draw(opened, close({ process: null, socket: 9, ...peerOf(opened) })), '1(accept+close)')
})

t.test('the fullest names win, whenever they came', async (t) => {
  const bare = { namespace: '', pod: '', container: '', workload: '' }
  const [group] = buildTree([exec({ pid: 1 }, bare), exec({ pid: 2 })])
  t.equal(group?.names.workload, 'api')
  t.notOk(group && isHost(group))
})

t.test('whatever sockets and processes are claimed, every event appears exactly once', async () => {
  const facts = fc.record({
    socket: fc.nat({ max: 3 }),
    pid: fc.nat({ max: 3 }),
    container: fc.constantFrom('a', 'b'),
    ongoing: fc.boolean(),
    snapshot: fc.boolean(),
    kind: fc.constantFrom('connect', 'accept', 'close', 'listen'),
  })
  const seen = (nodes: readonly TreeNode[]): readonly TimelineEvent[] =>
    nodes.flatMap((node) => {
      if (node.kind === 'event') return [node.event]
      return node.kind === 'connection' ? node.events : seen(node.children)
    })
  fc.assert(
    fc.property(fc.array(facts), (all) => {
      const events = all.map(({ pid, container, ...rest }) =>
        close({ ...rest, ...did(pid), containerId: container.repeat(64) }),
      )
      const shown = buildTree(events).flatMap(({ roots }) => seen(roots))
      return shown.length === events.length && new Set(shown).size === events.length
    }),
  )
})

t.test('whatever the parents claim, every process appears exactly once', async () => {
  const pids = fc.array(fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })))
  const count = (nodes: readonly TreeNode[]): number =>
    nodes.reduce((sum, node) => sum + 1 + (node.kind === 'process' ? count(node.children) : 0), 0)
  fc.assert(
    fc.property(pids, (pairs) => {
      const events = pairs.map(([pid, parent]) => exec(child(pid, parent)))
      const shown = buildTree(events).reduce((sum, { roots }) => sum + count(roots), 0)
      return shown === new Set(pairs.map(([pid]) => pid)).size
    }),
  )
})
