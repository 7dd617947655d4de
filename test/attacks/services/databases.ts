/** Databases at work: snapshots, archives, dumps, probes, and entry points that prepare a volume and drop their rights. */
import { type Recording, sh } from './recording.ts'

/** Debian has the server's programs in a directory of their version. */
const postgres = (script: string) => sh(`PATH=$(echo /usr/lib/postgresql/*/bin):$PATH; ${script}`)

export const databases: readonly Recording[] = [
  {
    name: 'redis',
    needs: ['redis-server', 'redis-cli', 'redis-benchmark', 'setpriv', 'gzip'],
    server: [
      ...['/srv/cache/entrypoint.sh', 'redis-server'],
      ...['--dir', '/data', '--save', '1 10', '--appendonly', 'yes'],
      ...['--repl-diskless-sync-delay', '0'],
    ],
    probe: sh('response=$(redis-cli -h localhost ping) && [ "$response" = PONG ]'),
    execs: [
      ['redis-cli', 'bgsave'],
      ['redis-cli', 'bgrewriteaof'],
    ],
    jobs: [
      ['redis-benchmark', '-q', '-n', '3000', '-c', '20', '-t', 'set,get,lpush'],
      sh('redis-cli info persistence | grep rdb_last && redis-cli dbsize'),
      sh('redis-cli --rdb /backup/dump.rdb && gzip -f /backup/dump.rdb && ls -l /backup'),
    ],
    expected: ['/usr/bin/redis-check-rdb', '/usr/bin/setpriv', '/usr/bin/chown'],
  },
  {
    name: 'postgresql',
    needs: ['psql', 'pgbench', 'pg_dump', 'setpriv', 'gzip'],
    env: ['PGDATA=/data/db', 'PGUSER=postgres', 'PGHOST=127.0.0.1'],
    server: [
      ...['/srv/db/entrypoint.sh', 'postgres', '-c', 'archive_mode=on'],
      ...['-c', 'archive_command=test ! -f /backup/%f && cp %p /backup/%f'],
      ...['-c', 'unix_socket_directories=/tmp', '-c', 'fsync=off'],
    ],
    probe: postgres('exec pg_isready -U postgres -d shop -h 127.0.0.1 -p 5432'),
    execs: [
      ['psql', '-d', 'shop', '-c', 'create table orders as select generate_series(1, 1000) id'],
      ['psql', '-d', 'shop', '-c', 'select pg_switch_wal()'],
      ['psql', '-d', 'shop', '-c', "alter system set work_mem = '8MB'"],
      ['psql', '-d', 'shop', '-c', 'select pg_reload_conf()'],
    ],
    jobs: [
      postgres('pgbench -i -q -s 1 shop && pgbench -c 4 -t 200 shop'),
      postgres('pg_dump shop | gzip >/backup/shop.sql.gz && gzip -t /backup/shop.sql.gz'),
      postgres('vacuumdb --analyze shop; psql -d shop -Atc "select pg_switch_wal()"; sleep 1'),
      sh('find /backup -type f -mtime +7 -delete; ls /backup; du -sh /backup'),
      ['/srv/db/restore.sh'],
    ],
    expected: ['/usr/lib/postgresql/15/bin/postgres', '/usr/bin/cp', '/usr/bin/dash'],
  },
]
