#!/bin/sh
# As the entry points of web servers' images: fills templates, adjusts files in place, gives directories to the server's user.
set -eu
mkdir -p /var/log/nginx /run/web
find /srv/web -name '*.template' -print | sort | while read -r template; do
  envsubst '$SERVER_NAME' <"$template" >"/run/web/$(basename "$template" .template)"
done
sed -i "s/worker_processes .*/worker_processes $WORKERS;/" /srv/web/nginx.conf
chown -R www-data: /run/web
exec "$@"
