/** What services do that looks like an intruder's work, each in a container of its own: no finding of medium or worse. */
import { sh, type Variant } from './technique.ts'

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
