import t from 'tap'
import { openBootClock } from '#agent/boot-clock.ts'
import { uptimeClock } from '#agent/sources/procfs/boot.ts'

t.test('the clock agrees with /proc/uptime and runs forward', async (t) => {
  const now = openBootClock('/proc')
  const before = uptimeClock('/proc')()
  const first = now()
  const second = now()
  const after = uptimeClock('/proc')()
  t.ok(first >= before && second > first)
  // uptime is cut to 10 ms.
  t.ok(after + 10_000_000 >= second)
})
