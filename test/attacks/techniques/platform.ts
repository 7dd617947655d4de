/** What reaches for the node, the cluster or the cloud. */
import {
  bash,
  called,
  debian,
  intruder,
  run,
  sh,
  type Technique,
  type Variant,
} from '../technique.ts'

/** Where Kubernetes puts a pod's credentials. */
const token = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Asks a server with a real perl, which has no curl and no shell about it. */
const perlTo = (address: string, port: number): Variant =>
  debian(
    'perl',
    '/usr/bin/perl',
    '-MIO::Socket',
    '-e',
    `IO::Socket::INET->new("${address}:${port}")`,
  )

/** By a program of no known name, from a pod that shares the pids of its node. */
const entering = (names: string): Variant => ({
  name: names,
  args: ['/opt/app', 'enter', 'NODEPID', names, '/bin/true'],
  programs: { '/opt/app': 'intruder' },
  capabilities: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'],
  hostPid: true,
})

export const platform: readonly Technique[] = [
  {
    name: 'leaving the container',
    mitre: 'T1611',
    expected: 'high',
    seen: 3,
    variants: [
      called('nsenter', '/usr/bin/nsenter', '-t', '1', '-m', '/bin/true'),
      run('chroot', '/bin/chroot', '/host', '/bin/true'),
      run('a disk', '/bin/mount', '/dev/sda1', '/mnt'),
      run('the root of process 1', '/bin/chroot', '/proc/1/root', '/bin/true'),
      debian('Debian’s nsenter', '/usr/bin/nsenter', '--target', '1', '--all', '--', 'id'),
      run('a look through process 1', '/bin/ls', '/proc/1/root/etc'),
      run('a bind mount', '/bin/mount', '--bind', '/proc/1/root', '/mnt'),
      called('debugfs', '/sbin/debugfs', '-w', '/dev/sda1'),
      debian('a user namespace', '/usr/bin/unshare', '-Urm', '/bin/true'),
    ],
  },
  {
    name: 'the node’s namespaces entered',
    mitre: 'T1611',
    expected: 'high',
    variants: [entering('uts'), entering('ipc'), entering('ipc,uts')],
  },
  {
    // Said, not done: what is written there would hold for the whole machine.
    name: 'the kernel told to run a program',
    mitre: 'T1611',
    expected: 'high',
    variants: [
      sh(
        'release_agent',
        'true "echo /x > /tmp/c/release_agent; echo 1 > /tmp/c/x/notify_on_release"; exit 0',
      ),
      run('a cgroup hierarchy', '/bin/mount', '-t', 'cgroup', '-o', 'rdma', 'cgroup', '/mnt'),
      called('sysctl', '/opt/sysctl', '-w', 'kernel.core_pattern=|/tmp/x'),
      sh('core_pattern', 'true "echo \'|/tmp/x\' > /proc/sys/kernel/core_pattern"; exit 0'),
      sh('uevent_helper', 'true "echo /tmp/x > /sys/kernel/uevent_helper"; exit 0'),
      called('tee', '/usr/bin/tee', '/proc/sys/kernel/modprobe'),
    ],
  },
  {
    name: 'kernel module',
    mitre: 'T1547.006',
    expected: 'high',
    seen: 3,
    variants: [
      run('insmod', '/bin/insmod', '/x.ko'),
      run('modprobe', '/bin/modprobe', 'x'),
      // By its path: within its own shell busybox runs its applets without executing anything.
      sh('under a shell', '/bin/insmod /x.ko; exit 0'),
      called('kmod', '/usr/bin/kmod', 'insmod', '/x.ko'),
      called('bpftool', '/usr/sbin/bpftool', 'prog', 'load', 'x.o', '/sys/fs/bpf/x'),
      run('by busybox itself', '/bin/busybox', 'modprobe', 'x'),
    ],
  },
  {
    name: 'the container runtime’s socket',
    mitre: 'T1610',
    expected: 'medium',
    variants: [
      debian(
        'curl',
        '/usr/bin/curl',
        '-s',
        '--unix-socket',
        '/var/run/docker.sock',
        'http://d/containers/json',
      ),
      called(
        'docker',
        '/usr/bin/docker',
        '-H',
        'unix:///host/run/docker.sock',
        'run',
        '--privileged',
        'alpine',
      ),
      called('ctr', '/usr/bin/ctr', '-a', '/run/containerd/containerd.sock', 'task', 'ls'),
      called('nc', '/bin/nc.openbsd', '-U', '/var/run/docker.sock'),
      called('crictl', '/usr/bin/crictl', '--runtime-endpoint', 'unix:///run/crio/crio.sock', 'ps'),
      called(
        'python',
        '/usr/bin/python3',
        '-c',
        'import socket;s=socket.socket(1);s.connect("/var/run/docker.sock")',
      ),
    ],
  },
  {
    name: 'Kubernetes client',
    mitre: 'T1613',
    expected: 'medium',
    variants: [
      called('kubectl', '/usr/local/bin/kubectl', 'get', 'secrets', '-A'),
      called('exec into another pod', '/opt/kubectl', 'exec', '-it', 'web-0', '--', 'sh'),
      called('helm', '/usr/local/bin/helm', 'list'),
      called('under another name', '/opt/k', 'get', 'secrets', '--all-namespaces'),
    ],
  },
  {
    name: 'Kubernetes API asked by a tool',
    mitre: 'T1613',
    expected: 'medium',
    variants: [
      run('nc', '/bin/nc', '-w', '1', '10.96.0.1', '443'),
      debian('curl', '/usr/bin/curl', '-skm1', 'https://10.96.0.1/api'),
      perlTo('10.96.0.1', 443),
      bash('bash', 'exec 3<>/dev/tcp/10.96.0.1/443; exit 0'),
      {
        name: 'wget',
        args: ['/usr/bin/wget', '10.96.0.1', '443'],
        programs: { '/usr/bin/wget': 'intruder' },
      },
      {
        name: 'a dropped client',
        args: ['/opt/i', 'drop', '/opt/i', '/k', '10.96.0.1', '443'],
        programs: intruder,
      },
    ],
  },
  {
    name: 'kubelet or etcd reached',
    mitre: 'T1613',
    expected: 'medium',
    variants: [
      run('nc to the kubelet', '/bin/nc', '-w', '1', '10.81.0.3', '10250'),
      debian('curl to the kubelet', '/usr/bin/curl', '-skm1', 'https://10.81.0.3:10250/pods'),
      run('nc to etcd', '/bin/nc', '-w', '1', '10.81.0.3', '2379'),
      perlTo('10.81.0.3', 10250),
      called(
        'etcdctl',
        '/usr/bin/etcdctl',
        '--endpoints=https://10.81.0.3:2379',
        'get',
        '/',
        '--prefix',
      ),
    ],
  },
  {
    name: 'cloud metadata',
    mitre: 'T1552.005',
    expected: 'medium',
    seen: 3,
    variants: [
      run('nc', '/bin/nc', '-w', '1', '169.254.169.254', '80'),
      sh('nc under a shell', '/bin/nc -w 1 169.254.169.254 80 </dev/null; exit 0'),
      {
        name: 'curl by name',
        args: ['/usr/bin/curl', '169.254.169.254', '80'],
        programs: { '/usr/bin/curl': 'intruder' },
      },
      debian('curl', '/usr/bin/curl', '-sm1', 'http://169.254.169.254/latest/meta-data/iam/'),
      perlTo('169.254.169.254', 80),
      bash('bash', 'exec 3<>/dev/tcp/169.254.169.254/80; exit 0'),
      {
        name: 'python',
        args: ['/usr/bin/python3.11', '169.254.169.254', '80'],
        programs: { '/usr/bin/python3.11': 'intruder' },
      },
    ],
  },
  {
    name: 'service account token',
    mitre: 'T1552.007',
    expected: 'medium',
    variants: [
      run('cat', '/bin/cat', token),
      sh('within a command', `true "Authorization: Bearer $(cat ${token})"; exit 0`),
      run('cp', '/bin/cp', token, '/tmp/t'),
      run('base64', '/bin/base64', '/run/secrets/kubernetes.io/serviceaccount/token'),
      run('grep', '/bin/grep', '-r', '.', '/var/run/secrets/kubernetes.io/serviceaccount'),
      called('python', '/usr/bin/python3', '-c', `print(open("${token}").read())`),
    ],
  },
  {
    name: 'debugger on another process',
    mitre: 'T1055.008',
    expected: 'medium',
    variants: [
      called('gdb', '/usr/bin/gdb', '-p', '1'),
      called('strace', '/usr/bin/strace', '-f', '-p', '1'),
      called('gcore', '/usr/bin/gcore', '1'),
      called('a long option', '/usr/bin/gdb', '--pid=1', '-batch'),
      called('ltrace', '/usr/bin/ltrace', '-p', '1'),
    ],
  },
  {
    name: 'packet filter',
    mitre: 'T1562.004',
    expected: 'medium',
    variants: [
      called('iptables', '/usr/sbin/iptables', '-F'),
      called('nft', '/usr/sbin/nft', 'flush', 'ruleset'),
      called('a policy', '/usr/sbin/xtables-nft-multi', 'iptables', '-P', 'INPUT', 'ACCEPT'),
      called('ufw', '/usr/sbin/ufw', 'disable'),
      called(
        'another table',
        '/usr/sbin/iptables-legacy',
        '-t',
        'nat',
        '-A',
        'PREROUTING',
        '-j',
        'DNAT',
      ),
    ],
  },
]
