import t from 'tap'
import { hostFacts } from '#cli/support/host-facts.ts'

t.test('a host as it was laid out', async (t) => {
  const root = t.testdir({
    proc: {
      version: 'Linux version 6.1.0\n',
      self: {
        status: 'CapEff:\t0000008000000000\nCapBnd:\t0000000000000000\nSeccomp:\t2\n',
        mountinfo: [
          '22 1 254:0 / / rw - ext4 /dev/vda rw',
          '31 22 0:27 / /sys/fs/bpf rw - bpf bpf rw',
          '32 22 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
        ].join('\n'),
        limits: 'Max open files            1024                 4096                 files     \n',
      },
    },
    sys: { kernel: { btf: { vmlinux: 'btf' } } },
    etc: { 'os-release': 'ID=x\nPRETTY_NAME="Debian 12"\n' },
    usr: { lib64: { 'libbpf.so.1': 'elf' } },
    state: {},
  })
  t.match(hostFacts({ root, stateDirectories: ['/state', '/gone', '/state'] }), {
    kernel: { version: 'Linux version 6.1.0' },
    distribution: 'Debian 12',
    btf: { isThere: true, sizeBytes: 3 },
    bpffs: [{ at: '/sys/fs/bpf' }],
    cgroup: { version: 'v2' },
    capabilities: { effective: { ofInterest: ['CAP_BPF'] }, bounding: { ofInterest: [] } },
    seccomp: '2',
    lockdown: null,
    libbpf: '/usr/lib64/libbpf.so.1',
    limits: { openFiles: { soft: '1024', hard: '4096' } },
    stateDirectories: [
      { path: '/state', mount: { fileSystem: 'ext4' }, freeBytes: Number },
      { path: '/gone', mount: { fileSystem: 'ext4' }, freeBytes: null },
    ],
  })
})

t.test('a host of which nothing can be read is a list of nulls', async (t) => {
  t.match(hostFacts({ root: '/no/such/place', stateDirectories: [] }), {
    distribution: null,
    btf: { isThere: false, sizeBytes: null },
    bpffs: [],
    cgroup: { version: 'none' },
    capabilities: { effective: null },
    libbpf: null,
    limits: {},
  })
})
