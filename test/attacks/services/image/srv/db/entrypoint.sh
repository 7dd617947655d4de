#!/bin/bash
# As the entry point of PostgreSQL's image: makes the cluster as its user, a database in it while nobody can reach it, then the server.
set -Eeo pipefail
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 00700 "$PGDATA"
  find "$PGDATA" /backup \! -user postgres -exec chown postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "${BASH_SOURCE[0]}" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --auth=trust --no-sync >/dev/null
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -k /tmp" -w start
  PGHOST=/tmp psql -v ON_ERROR_STOP=1 -d postgres -c 'create database shop'
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
