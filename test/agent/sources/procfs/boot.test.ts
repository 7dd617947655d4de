import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  parseBootId,
  parseBootTime,
  parseUptime,
  readBootId,
  readBootTime,
  readUptimeNs,
  uptimeClock,
} from '#agent/sources/procfs/boot.ts'

t.test('boot id, uptime and boot time are exact or absent', async (t) => {
  const id = '0f9c2a8e-1b2c-4d3e-8f90-a1b2c3d4e5f6'
  t.equal(parseBootId(`${id}\n`), id)
  t.equal(parseBootId(id.slice(1)), undefined)
  t.equal(parseUptime('3234.61 6100.02\n'), 3_234_610_000_000)
  for (const text of ['', '1', '1.5 2', '-1.00 2', '1.00'])
    t.equal(parseUptime(text), undefined, text)
  t.equal(parseBootTime('cpu 1 2\nbtime 1755000000\nprocesses 7\n'), 1_755_000_000)
  t.equal(parseBootTime('xbtime 1'), undefined)
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      return (
        parseBootId(text) === undefined &&
        parseUptime(text) === undefined &&
        parseBootTime(text) === undefined
      )
    }),
  )
})

t.test('the real ones', async (t) => {
  t.match(readBootId('/proc'), /^[0-9a-f-]{36}$/)
  t.ok(Number(readUptimeNs('/proc')) > 0)
  t.ok(Number(readBootTime('/proc')) > 1_000_000_000)
})

t.test('the clock of boot time never runs backwards', async (t) => {
  const root = t.testdir({ uptime: '5.00 1.00\n' })
  const now = uptimeClock(root)
  t.equal(now(), 5e9)
  writeFileSync(`${root}/uptime`, '4.00 1.00\n')
  t.equal(now(), 5e9)
  writeFileSync(`${root}/uptime`, 'garbage')
  t.equal(now(), 5e9)
  writeFileSync(`${root}/uptime`, '6.50 1.00\n')
  t.equal(now(), 6.5e9)
  t.throws(() => uptimeClock(`${root}/none`), { code: 'format', message: /--proc-root/ })
})
