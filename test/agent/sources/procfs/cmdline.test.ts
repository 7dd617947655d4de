import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { parseCmdline, readCmdline } from '#agent/sources/procfs/cmdline.ts'

t.test('an argument area is cut to what is kept, and keeps its length', async (t) => {
  const bytes = Buffer.from('a\0bc\0')
  t.strictSame(parseCmdline(bytes, 5), { bytes, length: 5 })
  t.strictSame(parseCmdline(bytes, 2), { bytes: Buffer.from('a\0'), length: 5 })
  t.strictSame(parseCmdline(new Uint8Array(), 2), { bytes: new Uint8Array(), length: 0 })
})

t.test('a real process with odd and large arguments', async (t) => {
  const odd = ['', 'a\nb', '\u001b[31m', 'x'.repeat(100_000), '']
  const child = spawn('sh', ['-c', 'echo; cat', ...odd], { stdio: ['pipe', 'pipe', 'ignore'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const area = Buffer.from(['sh', '-c', 'echo; cat', ...odd].map((word) => `${word}\0`).join(''))
  const pid = child.pid ?? 0
  t.strictSame(readCmdline('/proc', pid, { keptBytesMax: 1 << 20, areaLength: 0 }), {
    bytes: area,
    length: area.length,
  })
  t.strictSame(readCmdline('/proc', pid, { keptBytesMax: 9, areaLength: 0 }), {
    bytes: area.subarray(0, 9),
    length: area.length,
  })
})

t.test('beyond one megabyte the length is what the kernel says elsewhere', async (t) => {
  const root = t.testdir({ 7: {} })
  writeFileSync(`${root}/7/cmdline`, Buffer.alloc((1 << 20) + 5, 97))
  t.match(readCmdline(root, 7, { keptBytesMax: 4, areaLength: 3 << 20 }), {
    length: 3 << 20,
    bytes: { length: 4 },
  })
  t.match(
    readCmdline(root, 7, { keptBytesMax: 4, areaLength: 0 }),
    { length: (1 << 20) + 1 },
    'at least',
  )
  t.equal(readCmdline(root, 8, { keptBytesMax: 4, areaLength: 0 }), undefined)
})
