/** Web servers at work: nginx with reloads and rotated logs, CGI programs that are shell scripts, PHP. */
import { askByShell, type Recording, sh } from './recording.ts'

const load = (url: string, requests: number) =>
  ['curl', '-sS', '--parallel', '-o', '/dev/null', `${url}?[1-${requests}]`] as const

export const web: readonly Recording[] = [
  {
    name: 'nginx',
    needs: ['nginx', 'curl', 'envsubst', 'gzip', 'nc', 'wget'],
    env: ['SERVER_NAME=shop.test', 'WORKERS=2'],
    server: ['/srv/web/entrypoint.sh', 'nginx', '-c', '/srv/web/nginx.conf', '-g', 'daemon off;'],
    probe: ['wget', '-qO-', 'http://localhost:8080/healthz'],
    execs: [
      sh('nc -z 127.0.0.1 8080'),
      ['nginx', '-c', '/srv/web/nginx.conf', '-t'],
      ['nginx', '-c', '/srv/web/nginx.conf', '-s', 'reload'],
      // As logrotate's postrotate does.
      sh(
        'mv /var/log/nginx/access.log /var/log/nginx/access.log.1 && kill -USR1 "$(cat /run/nginx.pid)" && gzip /var/log/nginx/access.log.1',
      ),
      sh('for round in 1 2 3; do nginx -c /srv/web/nginx.conf -s reload; sleep 0.2; done'),
    ],
    typed: [
      'ls -la /etc/nginx',
      'ps aux',
      'cat /etc/hostname',
      'env',
      'df -h',
      'id',
      'curl -sI http://localhost:8080/',
      'exit',
    ],
    jobs: [
      load('http://127.0.0.1:8080/', 400),
      ['curl', '-fsS', 'http://127.0.0.1:8080/healthz'],
      load('http://127.0.0.1:8080/missing', 100),
    ],
    expected: ['/usr/sbin/nginx', '/usr/bin/curl', '/usr/bin/sed', '/usr/bin/envsubst'],
  },
  {
    name: 'cgi-busybox',
    needs: ['busybox', 'curl', 'wget'],
    server: ['busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv/shop'],
    probe: sh('wget -qO- http://localhost:8080/ >/dev/null || exit 1'),
    // What health checks do in images without a client: the shell connects, an applet reads the answer.
    execs: [askByShell('busybox head -n 1')],
    jobs: [
      load('http://127.0.0.1:8080/cgi-bin/order.sh', 30),
      ['curl', '-fsS', '-d', 'item=tea&count=2', 'http://127.0.0.1:8080/cgi-bin/order.sh'],
    ],
    expected: ['/usr/bin/busybox', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    name: 'cgi-nginx',
    needs: ['nginx', 'fcgiwrap', 'curl', 'wget'],
    server: sh(
      'fcgiwrap -f -c 2 -s tcp:127.0.0.1:9000 & exec nginx -c /srv/web/cgi.conf -g "daemon off;"',
    ),
    probe: ['wget', '-qO-', 'http://127.0.0.1:8080/'],
    jobs: [
      load('http://127.0.0.1:8080/cgi-bin/order.sh', 30),
      ['curl', '-fsS', '-d', 'item=tea&count=2', 'http://127.0.0.1:8080/cgi-bin/order.sh'],
    ],
    expected: ['/usr/sbin/fcgiwrap', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    name: 'cgi-lighttpd',
    needs: ['lighttpd', 'curl', 'wget'],
    server: ['lighttpd', '-D', '-f', '/srv/lighttpd/lighttpd.conf'],
    probe: ['wget', '-qO-', 'http://127.0.0.1:8080/'],
    jobs: [load('http://127.0.0.1:8080/cgi-bin/order.sh', 30)],
    expected: ['/usr/sbin/lighttpd', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    // Python's own server gives a CGI program the connection itself.
    name: 'cgi-python',
    needs: ['python3', 'curl', 'wget'],
    server: [
      'python3',
      '-m',
      'http.server',
      '--cgi',
      '--bind',
      '127.0.0.1',
      '-d',
      '/srv/shop',
      '8080',
    ],
    probe: ['wget', '-qO-', 'http://127.0.0.1:8080/'],
    jobs: [load('http://127.0.0.1:8080/cgi-bin/order.sh', 10)],
    expected: ['/usr/bin/python3.11', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    name: 'inetd',
    needs: ['inetd', 'curl', 'wget'],
    server: ['inetd', '-i', '/srv/inetd/inetd.conf'],
    probe: ['wget', '-qO-', 'http://127.0.0.1:8080/'],
    jobs: [load('http://127.0.0.1:8080/', 10)],
    expected: ['/usr/sbin/inetd', '/usr/bin/dash', '/usr/bin/mawk'],
  },
  {
    name: 'php',
    needs: ['nginx', 'php-cgi', 'curl', 'wget'],
    env: ['PHP_FCGI_CHILDREN=2'],
    server: sh('php-cgi -b 127.0.0.1:9000 & exec nginx -c /srv/web/php.conf -g "daemon off;"'),
    probe: ['curl', '-fsS', 'http://127.0.0.1:8080/page.php'],
    jobs: [
      load('http://127.0.0.1:8080/page.php', 30),
      // Runs a program, as those do that convert images or send mail.
      ['curl', '-fsS', 'http://127.0.0.1:8080/report.php'],
    ],
    expected: ['/usr/bin/php-cgi8.2', '/usr/bin/dash'],
  },
]
