/** Machines that work for somebody else. */
import { called, run, sh, type Technique } from '../technique.ts'

const lookUp = (pool: string) => run(pool, '/bin/nslookup', pool, '203.0.113.9')

export const mining: readonly Technique[] = [
  {
    name: 'miner',
    mitre: 'T1496',
    expected: 'high',
    seen: 3,
    variants: [
      called('by name', '/opt/xmrig'),
      run('renamed', '/bin/echo', '-o', 'stratum+tcp://127.0.0.1:3333'),
      run('by a flag', '/bin/echo', '--donate-level', '1'),
      called('kinsing', '/etc/kinsing'),
      called(
        'by its algorithm',
        '/opt/app',
        '--algo',
        'rx/0',
        '-u',
        '48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD',
      ),
      called(
        'by its pool',
        '/opt/app',
        '-o',
        'pool.supportxmr.com:443',
        '-u',
        'x',
        '-p',
        'x',
        '--tls',
      ),
      called(
        'stratum with a version',
        '/usr/bin/java',
        '-jar',
        'a.jar',
        'stratum2+tcp://203.0.113.9:3333',
      ),
    ],
  },
  {
    name: 'mining pool asked for',
    mitre: 'T1071.004',
    expected: 'high',
    variants: [
      lookUp('pool.supportxmr.com'),
      lookUp('xmr-eu1.nanopool.org'),
      lookUp('gulf.moneroocean.stream'),
      lookUp('xmr.kryptex.network'),
      lookUp('rx.unmineable.com'),
      lookUp('xmr.2miners.com'),
    ],
  },
  {
    name: 'connection to a port of mining pools',
    mitre: 'T1496',
    expected: 'medium',
    reason: 'a port alone is no proof: other services have these ports too',
    variants: [
      {
        name: 'a program of its own',
        args: ['/opt/app', '203.0.113.9', '3333'],
        programs: { '/opt/app': 'intruder' },
      },
      sh('nc', '/bin/nc -w 1 203.0.113.9 14444 </dev/null; exit 0'),
      {
        name: 'of the image',
        args: ['/usr/bin/python3', '203.0.113.9', '45700'],
        programs: { '/usr/bin/python3': 'intruder' },
      },
    ],
  },
]
