import { statSync } from 'node:fs'
import t from 'tap'
import {
  capabilitiesOf,
  capabilityMask,
  hostNamespaceNumbers,
  hostNamespacesOf,
  SeenProcess,
} from '#collector/detection/seen-process.ts'

t.test('what is no mask and no capability', async (t) => {
  for (const mask of ['', '0xzz', '7', '0x', `0x${'f'.repeat(17)}`, '0X3'])
    t.strictSame(capabilitiesOf(mask), [], mask)
  t.throws(() => capabilityMask(['CAP_SYS_ADMIN']), /there is no capability "CAP_SYS_ADMIN"/)
})

t.test('capabilities by name, and back', async (t) => {
  t.strictSame(capabilitiesOf('0x3'), ['CHOWN', 'DAC_OVERRIDE'])
  t.equal(capabilitiesOf('0x1ffffffffff').length, 41)
  t.equal(capabilityMask([]), '0x0')
  t.equal(capabilityMask(capabilitiesOf('0xa80425fb')), '0xa80425fb')
})

t.test('the memory is asked once, and only for what the event does not tell', async (t) => {
  let asked = 0
  const remember = () => {
    asked += 1
    return { exe: '/bin/other', argv: ['sh', '-c', 'id'], uid: 7, tty: 'pts/0', runtime: true }
  }
  const seen = new SeenProcess({ exe: '/bin/sh', uid: null, cwd: '/' }, remember)
  t.strictSame([seen.exe, seen.name, seen.program, seen.cwd], ['/bin/sh', 'sh', 'sh', '/'])
  t.equal(asked, 0)
  t.strictSame([seen.command, seen.calledAs, seen.uid], ['sh -c id', 'sh', 7n])
  t.strictSame([seen.tty, seen.runtime, seen.script, seen.entry], ['pts/0', true, '', 'unknown'])
  t.equal(asked, 1)
})

t.test('who is unknown has everything empty', async (t) => {
  const seen = new SeenProcess({ exe: '' }, () => undefined)
  t.strictSame(
    [seen.name, seen.program, seen.calledAs, seen.command, seen.args, seen.sockets],
    ['', '', '', '', [], []],
  )
  t.strictSame([seen.uid, seen.origin, seen.capabilities, seen.runtime], [0n, 'unknown', [], false])
})

t.test(
  'namespaces of the node are known by the numbers that the kernel gives its first ones',
  async (t) => {
    const inode = (name: string) => statSync(`/proc/self/ns/${name}`).ino
    const names = ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup']
    const own = Object.fromEntries(names.map((name) => [name, inode(name)]))
    // Whatever runs this test may be in a container itself: at least it is asked on real numbers.
    const isFirst = own.pid === 0xeffffffc
    t.equal(hostNamespacesOf(own).includes('pid'), isFirst)
    const first = { pid: 0xeffffffc, ipc: 0xefffffff, uts: 0xeffffffe, user: 0xeffffffd }
    t.strictSame(hostNamespacesOf(first).toSorted(), ['ipc', 'pid', 'uts'])
    t.strictSame(hostNamespacesOf({ pid: 0xf0000001, mnt: 0xf0000000 }), [])
    t.strictSame(hostNamespacesOf({}), [])
    t.strictSame(hostNamespacesOf(hostNamespaceNumbers(['uts', 'mnt'])).toSorted(), ['mnt', 'uts'])
    t.throws(() => hostNamespaceNumbers(['user']), { message: /"user" is none of/ })
    t.strictSame(new SeenProcess({ exe: '/x', namespaces: { uts: 0xeffffffe } }).hostNamespaces, [
      'uts',
    ])
  },
)
