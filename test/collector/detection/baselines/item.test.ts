import t from 'tap'
import { itemsOf, pairOf, peerValue } from '#collector/detection/baselines/item.ts'
import type { KnownProcess } from '#collector/detection/processes.ts'
import { exec } from '#test/fixtures/timeline-events.ts'
import { connect, dns } from '../statistics/events.ts'

const ancestor = (exe: string, entry: 'init' | 'exec' | 'child' = 'child') =>
  ({ exe, entry, argv: [exe] }) as unknown as KnownProcess

t.test('the first process is of the container itself', async (t) => {
  const event = exec({ exe: '/usr/sbin/nginx', argv: ['nginx', '-g', 'x'], entry: 'init' })
  t.strictSame(itemsOf(event, []), [
    { kind: 'exec', scope: 'main', value: '/usr/sbin/nginx', args: '-g x' },
    { kind: 'pair', scope: 'main', value: pairOf('(start)', '/usr/sbin/nginx'), args: '' },
  ])
})

t.test('a child is known with its parent, and an unknown parent is not judged', async (t) => {
  const event = exec({ exe: '/bin/date', argv: ['date'], entry: 'child' })
  t.match(itemsOf(event, [ancestor('/bin/sh')]), [
    { kind: 'exec', args: '' },
    { kind: 'pair', value: '/bin/sh → /bin/date' },
  ])
  t.match(itemsOf(event, []), [{ kind: 'exec' }])
  t.equal(itemsOf(event, []).length, 1)
})

t.test('a probe is known by exactly its arguments, and its children apart', async (t) => {
  const probe = exec({ exe: '/bin/sh', argv: ['sh', '-c', 'sleep 10'], entry: 'exec' })
  t.strictSame(itemsOf(probe, []), [
    { kind: 'exec', scope: 'exec', value: '/bin/sh', args: 'sh -c "sleep 10"' },
  ])
  const child = exec({ exe: '/bin/sleep', argv: ['sleep', '10'], entry: 'child' })
  t.match(itemsOf(child, [ancestor('/bin/sh', 'exec')]), [
    { kind: 'exec', scope: 'exec', args: '<n>' },
    { kind: 'pair', scope: 'exec' },
  ])
})

t.test('of a file that is many programs it is told which of them ran', async (t) => {
  const applet = (...argv: string[]) => exec({ exe: '/bin/busybox', argv, entry: 'child' })
  const shell = { ...ancestor('/bin/busybox'), argv: ['sh'] }
  t.match(itemsOf(applet('ls', '/tmp'), [shell]), [
    { kind: 'exec', value: '/bin/busybox ls', args: '/tmp' },
    { kind: 'pair', value: '/bin/busybox sh → /bin/busybox ls' },
  ])
  t.match(itemsOf(applet('rm', '/tmp'), []), [{ value: '/bin/busybox rm', args: '/tmp' }])
  t.match(itemsOf(applet('busybox', 'rm', '/tmp'), []), [{ value: '/bin/busybox rm' }])
  t.match(itemsOf(applet('-sh'), []), [{ value: '/bin/busybox sh' }])
  t.match(itemsOf(applet(), []), [{ value: '/bin/busybox busybox' }])
})

t.test('the runtime that sets a container up is nothing of its own', async (t) => {
  t.strictSame(itemsOf(exec({ exe: '/usr/bin/runc', runtime: true }), []), [])
})

const peers = [
  [
    'a name',
    { address: '10.0.0.7', port: 5432, name: 'DB.payments.svc.' },
    'db.payments.svc:5432/tcp',
  ],
  [
    'one of many names of a service',
    { address: '203.0.113.7', port: 443, name: 'shard12.example.com' },
    'shard<n>.example.com:443/tcp',
  ],
  ['a pod without a name', { address: '10.0.0.7', port: 5432, name: '' }, '(private):5432/tcp'],
  ['an address outside', { address: '9.0.0.1', port: 443, name: '' }, '9.0.0.0/24:443/tcp'],
  [
    'an IPv6 address outside',
    { address: '2a00:1450:4001:2::7', port: 443, name: '' },
    '2a00:1450:4001::/48:443/tcp',
  ],
  ['itself', { address: '127.0.0.1', port: 1, name: '', kind: 'loopback' }, undefined],
  ['a name server', { address: '10.0.0.10', port: 53, name: '', kind: 'dns' }, undefined],
  ['metadata', { address: '169.254.169.254', port: 80, name: '', kind: 'metadata' }, 'metadata'],
] as const
for (const [name, peer, value] of peers)
  t.test(`${name} as a peer`, async (t) => {
    t.equal(peerValue(connect({ peer })), value)
  })

t.test('what comes in is nobody that the workload chose', async (t) => {
  t.strictSame(itemsOf({ ...connect(), kind: 'accept' }, []), [])
  t.strictSame(itemsOf({ ...connect(), kind: 'close', direction: 'inbound' }, []), [])
})

t.test('ports that are served, those that a kernel chose as one', async (t) => {
  const at = (port: number) =>
    ({ ...connect(), kind: 'listen', local: { address: '0.0.0.0', port } }) as const
  t.match(itemsOf(at(8080), []), [{ kind: 'port', value: 'tcp/8080' }])
  t.match(itemsOf(at(40_123), []), [{ kind: 'port', value: 'tcp/(ephemeral)' }])
})

t.test('names that have an answer', async (t) => {
  const answered = { rcode: 'NOERROR', answers: ['9.0.0.1'] }
  t.match(itemsOf(dns('DB.example.com.', answered), []), [
    { kind: 'domain', value: 'db.example.com' },
  ])
  t.strictSame(itemsOf(dns('DB.example.com.', { ...answered, answers: [] }), []), [])
  t.strictSame(itemsOf(dns('DB.example.com.', { ...answered, rcode: 'NXDOMAIN' }), []), [])
})
