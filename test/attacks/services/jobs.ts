/** What runs to its end: a job like cron's, an entry point that prepares an image for anybody, and builds of images. */
import { type Recording, sh } from './recording.ts'

export const jobs: readonly Recording[] = [
  {
    name: 'cron',
    needs: ['run-parts', 'busybox', 'curl', 'tar', 'gzip', 'rsync', 'python3'],
    server: ['busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv/shop'],
    probe: ['curl', '-fsS', 'http://127.0.0.1:8080/'],
    jobs: [
      sh(
        'date; tar -czf /backup/etc.tar.gz -C /etc . ; find /backup -name "*.old" -mtime +7 -delete; curl -fsS -o /tmp/page http://127.0.0.1:8080/',
      ),
      ['run-parts', '--report', '/srv/job/daily'],
      ['run-parts', '/srv/job/daily'],
      sh('rsync -a --delete /srv/shop/ /backup/shop/'),
      sh('curl -s http://127.0.0.1:8080/status.json | python3 -m json.tool >/backup/status.json'),
      sh('curl -s http://127.0.0.1:8080/ | sha256sum >/backup/page.sha256'),
    ],
    expected: ['/usr/bin/run-parts', '/usr/bin/tar', '/usr/bin/gzip', '/usr/bin/find'],
  },
  {
    name: 'crond',
    needs: ['cron', 'crontab', 'tar', 'gzip'],
    server: sh('crontab /srv/job/crontab && exec cron -f'),
    // The job has run when the container is as good as new.
    probe: sh('ls /backup/etc-*.tar.gz'),
    expected: ['/usr/sbin/cron', '/usr/bin/crontab', '/usr/bin/tar', '/usr/bin/gzip'],
  },
  {
    name: 'entrypoint',
    needs: ['setpriv', 'envsubst', 'busybox', 'usermod', 'update-ca-certificates', 'ping'],
    env: ['DATABASE=db.shop.svc', 'APP_USER=www-data'],
    jobs: [['/srv/job/entrypoint.sh', 'busybox', 'sleep', '0']],
    expected: [
      '/usr/bin/sed',
      '/usr/bin/setpriv',
      '/usr/sbin/usermod',
      '/usr/bin/su',
      '/usr/bin/ping',
    ],
    changed: ['/usr/bin/busybox'],
  },
  {
    name: 'build-apt',
    needs: ['dpkg-deb', 'apt-get'],
    jobs: [sh('/srv/build/apt.sh')],
    expected: ['/usr/bin/dpkg', '/usr/bin/apt-get'],
  },
  {
    name: 'build-make',
    needs: ['gcc', 'make'],
    jobs: [sh('/srv/build/make.sh')],
    expected: ['/usr/bin/make'],
  },
  {
    name: 'build-pip',
    needs: ['python3', 'pip3'],
    jobs: [sh('/srv/build/pip.sh')],
    expected: ['/usr/bin/python3.11'],
  },
  {
    name: 'build-npm',
    needs: ['npm'],
    jobs: [sh('/srv/build/npm.sh')],
    expected: ['/usr/local/bin/node'],
  },
]
