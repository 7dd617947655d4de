import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  attemptOf,
  containerOf,
  countOf,
  destinationOf,
  exeOf,
  isExternal,
  isOutbound,
  workloadOf,
} from '#collector/detection/statistics/subject.ts'
import { exec } from '#test/fixtures/timeline-events.ts'
import { close, connect, dns } from './events.ts'

t.test('who is external', async (t) => {
  const addresses: readonly (readonly [string, boolean])[] = [
    ['9.9.9.9', true],
    ['2620:fe::fe', true],
    ['127.0.0.1', false],
    ['::1', false],
    ['10.0.0.1', false],
    ['172.31.255.255', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['224.0.0.1', false],
    ['0.0.0.0', false],
    ['', false],
    ['not an address', false],
    ['9.9.9.9:80', false],
  ]
  for (const [address, expected] of addresses)
    for (const again of ['', ' again'])
      t.equal(isExternal(connect({ peer: { address } })), expected, `${address}${again}`)
})

t.test('a public address of somebody in the cluster is not external', async (t) => {
  for (const kind of ['node', 'service', 'pod', 'api-server', 'dns', 'metadata'] as const)
    t.equal(isExternal(connect({ peer: { kind } })), false, kind)
  t.equal(isExternal(connect({ peer: { kind: 'external' } })), true)
  const { peer: _peer, ...without } = connect()
  t.equal(isExternal(without), false)
})

t.test('what is no address is not external, and asking twice changes nothing', async (_t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (address) => {
      const event = connect({ peer: { address } })
      const [first, again] = [isExternal(event), isExternal(event)]
      return first === again && (isIP(address) !== 0 || !first)
    }),
  )
})

t.test('a workload is its names, else its pod, else its container', async (t) => {
  const one = connect()
  const other = connect({ pod: 'api-2', node: 'node-2', containerId: 'b'.repeat(64) })
  t.equal(workloadOf(one), workloadOf(other))
  t.not(containerOf(one), containerOf(other))
  t.not(workloadOf(one), workloadOf(connect({ container: 'sidecar' })))
  t.equal(workloadOf(connect({ workload: '', podUid: 'uid' })), 'uid')
  t.equal(workloadOf(connect({ workload: '' })), containerOf(one))
})

t.test('how an attempt ended', async (t) => {
  t.equal(attemptOf(connect()), 'success')
  for (const outcome of ['refused', 'reset', 'timeout', 'unreachable', 'aborted'] as const)
    t.equal(attemptOf(connect({ outcome })), 'failure', outcome)
  t.equal(attemptOf(connect({ outcome: 'unknown' })), undefined)
  t.equal(attemptOf(connect({ outcome: 'refused', transport: 'udp' })), undefined)
  t.equal(attemptOf(connect({ outcome: 'refused', snapshot: true })), undefined)
  t.equal(attemptOf(close()), undefined)
})

t.test('destinations, counts, executables and directions', async (t) => {
  t.equal(destinationOf(connect({ peer: { name: 'API.Example.COM.' } })), 'api.example.com')
  t.equal(destinationOf(connect()), '9.0.0.1')
  t.equal(destinationOf(connect({ peer: { name: 'x'.repeat(9_999) } })).length, 255)
  t.strictSame(
    [0, 1, 7].map((count) => countOf(connect({ count }))),
    [1, 1, 7],
  )
  t.equal(countOf(exec()), 1)
  t.equal(exeOf(connect({ exe: 'x'.repeat(9_999) })).length, 255)
  t.equal(exeOf({ ...connect(), process: null }), '')
  t.equal(isOutbound(connect()), true)
  t.equal(isOutbound(close()), true)
  t.equal(isOutbound(close({ direction: 'inbound' })), false)
  t.equal(isOutbound({ ...connect(), kind: 'accept' }), false)
  t.equal(exeOf(dns('a.example')), '/usr/bin/app')
})
