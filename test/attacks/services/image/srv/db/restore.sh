#!/bin/bash
# A backup is one when it was restored: copies the running cluster, starts the copy out of the archive, asks it, stops it.
set -eo pipefail
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
if [ "$(id -u)" = 0 ]; then
  install -d -m 0700 -o postgres /data/copy
  exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "${BASH_SOURCE[0]}"
fi
pg_basebackup --pgdata=/data/copy --checkpoint=fast --wal-method=fetch
touch /data/copy/recovery.signal
options="-p 5433 -k /tmp -c archive_mode=off -c restore_command='cp /backup/%f %p' -c recovery_target_action=promote"
pg_ctl -D /data/copy -o "$options" -w start >/dev/null
PGPORT=5433 psql -d shop -Atc 'select count(*) from orders'
pg_ctl -D /data/copy -m fast -w stop
