import t from 'tap'
import { capabilitiesOf, capabilityMask, SeenProcess } from '#collector/detection/seen-process.ts'

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
