/** Looking around, for secrets and for ways on; and accounts of one's own. */
import { called, run, sh, type Technique } from '../technique.ts'

export const credentials: readonly Technique[] = [
  {
    name: 'password file',
    mitre: 'T1003.008',
    expected: 'medium',
    variants: [
      run('cat', '/bin/cat', '/etc/shadow'),
      run('grep', '/bin/grep', 'root', '/etc/shadow'),
      sh('cp', '/bin/cp /etc/shadow /tmp/s; exit 0'),
      called('unshadow', '/usr/sbin/unshadow', '/etc/passwd', '/etc/shadow'),
      run('the node’s', '/bin/cat', '/host/etc/shadow'),
      run('awk', '/bin/awk', '-F:', '{print $2}', '/etc/shadow'),
    ],
  },
  {
    name: 'search for keys and passwords',
    mitre: 'T1552.001',
    expected: 'medium',
    variants: [
      run('find id_rsa', '/bin/find', '/opt', '-name', 'id_rsa'),
      run('grep for keys', '/bin/grep', '-r', 'BEGIN RSA PRIVATE KEY', '/opt'),
      run('AWS', '/bin/cat', '/root/.aws/credentials'),
      run('find certificates', '/bin/find', '/opt', '-type', 'f', '-name', '*.pem'),
      run('a kubeconfig', '/bin/cat', '/root/.kube/config'),
      run('grep for passwords', '/bin/grep', '-rin', 'password', '/etc'),
      run('an SSH key', '/bin/cat', '/root/.ssh/id_ed25519'),
    ],
  },
  {
    name: 'environment of other processes',
    mitre: 'T1552.001',
    expected: 'medium',
    variants: [
      run('cat', '/bin/cat', '/proc/1/environ'),
      run('strings', '/bin/strings', '/proc/1/environ'),
      sh('all of them', 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; exit 0'),
      run('grep', '/bin/grep', '-az', 'SECRET', '/proc/1/environ'),
      sh('a redirection', '/bin/xargs -0 -n1 </proc/1/environ; exit 0'),
    ],
  },
  {
    name: 'search for setuid programs',
    mitre: 'T1083',
    expected: 'medium',
    variants: [
      run('-4000', '/bin/find', '/opt', '-perm', '-4000', '-type', 'f'),
      run('/6000', '/bin/find', '/opt', '-perm', '/6000'),
      run('-u=s', '/bin/find', '/opt', '-perm', '-u=s'),
      called('getcap', '/usr/sbin/getcap', '-r', '/'),
      sh('under a shell', 'find /opt -perm -2000 2>/dev/null; exit 0'),
    ],
  },
  {
    name: 'accounts and keys',
    mitre: 'T1136.001',
    expected: 'medium',
    seen: 3,
    variants: [
      called('adduser', '/opt/useradd', 'x'),
      sh('a line in passwd', 'true "echo x::0:0::/:/bin/sh >> /etc/passwd"; exit 0'),
      sh('a key', 'mkdir -p /root/.ssh; echo ssh-rsa A >> /root/.ssh/authorized_keys; exit 0'),
      called('usermod', '/usr/sbin/usermod', '-aG', 'sudo', 'www-data'),
      called('chpasswd', '/usr/sbin/chpasswd'),
      sh('sudoers', 'echo "x ALL=(ALL) NOPASSWD:ALL" >>/etc/sudoers; exit 0'),
      called('tee', '/usr/bin/tee', '-a', '/root/.ssh/authorized_keys'),
    ],
  },
  {
    name: 'network tools',
    mitre: 'T1046',
    expected: 'medium',
    seen: 3,
    variants: [
      called('nmap', '/usr/bin/nmap', '-sS'),
      called('masscan', '/opt/masscan'),
      called('tcpdump', '/usr/sbin/tcpdump'),
      called('rustscan', '/opt/rustscan', '-a', '10.0.0.0/24'),
      called('tshark', '/usr/bin/tshark', '-i', 'eth0'),
      run('a sweep with nc', '/bin/nc', '-z', '-w', '1', '10.81.0.3', '20-25'),
      called('responder', '/usr/bin/python3', '/opt/Responder.py', '-I', 'eth0'),
    ],
  },
]
