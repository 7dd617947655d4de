import fc from 'fast-check'
import t from 'tap'
import {
  capabilitiesOf,
  cgroupVersion,
  mountOf,
  parseLimits,
  parseMounts,
  statusField,
} from '#cli/support/proc-text.ts'

const mountinfo = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '30 22 0:26 / /sys/fs/cgroup ro,nosuid shared:9 - cgroup2 cgroup2 rw',
  '31 22 0:27 / /srv/a\\040b rw master:1 shared:2 - cifs //alice:hunter2@nas/x rw,password=hunter2',
  'cut',
  '',
].join('\n')

t.test('mounts without where they come from, which may hold a password', async (t) => {
  t.strictSame(parseMounts(mountinfo), [
    { at: '/', fileSystem: 'ext4', isReadOnly: false },
    { at: '/sys/fs/cgroup', fileSystem: 'cgroup2', isReadOnly: true },
    { at: '/srv/a b', fileSystem: 'cifs', isReadOnly: false },
  ])
})

t.test('a path is on the longest mount above it', async (t) => {
  const mounts = parseMounts(mountinfo)
  t.equal(mountOf('/srv/a b/c', mounts)?.fileSystem, 'cifs')
  t.equal(mountOf('/srv/a bc', mounts)?.fileSystem, 'ext4')
  t.equal(mountOf('/sys/fs/cgroup', mounts)?.fileSystem, 'cgroup2')
  t.equal(mountOf('/x', []), undefined)
  const over = [...mounts, { at: '/', fileSystem: 'overlay', isReadOnly: false }]
  t.equal(mountOf('/x', over)?.fileSystem, 'overlay', 'of two at one place the later is seen')
})

t.test('limits by their columns', async (t) => {
  const text = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max open files            1024                 1048576              files     ',
    'Max locked memory         unlimited            unlimited            bytes     ',
    'Max nice priority         0                    0                    ',
  ].join('\n')
  t.strictSame(parseLimits(text), {
    openFiles: { soft: '1024', hard: '1048576' },
    lockedMemoryBytes: { soft: 'unlimited', hard: 'unlimited' },
  })
})

t.test('capabilities that matter, by their numbers', async (t) => {
  t.strictSame(capabilitiesOf('000000c000001004'), [
    'CAP_DAC_READ_SEARCH',
    'CAP_NET_ADMIN',
    'CAP_PERFMON',
    'CAP_BPF',
  ])
  t.equal(capabilitiesOf('000001ffffffffff').length, 8)
  for (const mask of ['0000000000000000', '', 'x', '0x1']) t.strictSame(capabilitiesOf(mask), [])
})

t.test('a field of a status', async (t) => {
  t.equal(statusField('Name:\tx\nSeccomp:\t2\n', 'Seccomp'), '2')
  t.equal(statusField('Name:\tSeccomp:\n', 'Seccomp'), undefined)
})

t.test('the version of cgroups', async (t) => {
  const mounted = (...all: string[]) =>
    cgroupVersion(all.map((fileSystem) => ({ at: '/', fileSystem, isReadOnly: false })))
  t.strictSame(
    [mounted(), mounted('cgroup'), mounted('cgroup2'), mounted('cgroup', 'cgroup2')],
    ['none', 'v1', 'v2', 'hybrid'],
  )
})

t.test('any text at all', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const mounts = parseMounts(text)
      parseLimits(text)
      statusField(text, text)
      return mounts.every(({ at }) => typeof at === 'string') && capabilitiesOf(text).length <= 8
    }),
  )
  t.pass()
})
