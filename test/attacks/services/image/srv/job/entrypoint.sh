#!/bin/sh
# What entry points do before they become the service: users, files, certificates, templates, waiting, fewer rights.
set -eu
envsubst <"/srv/job/app.conf.template" >/srv/job/app.conf
sed -i -e 's/debug = false/debug = true/' /srv/job/app.conf
sed -i "s/^$APP_USER:\(.*\):[^:]*$/$APP_USER:\1:\/bin\/sh/" /etc/passwd
# The volume's owner becomes the service's user.
usermod -o -u 1001 "$APP_USER"
update-ca-certificates >/dev/null 2>&1
# The program's file is the image's still, but a copy of it now.
chown root:"$APP_USER" /usr/bin/busybox
mkdir -p /run/app && chown -R "$APP_USER": /run/app && chmod 0750 /run/app
ln -sf /dev/stdout /var/log/app.log
cp /srv/job/app.conf /run/app/ && grep -q "$DATABASE" /run/app/app.conf
getent hosts localhost >/dev/null
# Others' rights: fewer by su and runuser, and one more by ping, whose file has the capability.
su -s /bin/sh "$APP_USER" -c 'id -un'
runuser -u "$APP_USER" -- test -r /run/app/app.conf
setpriv --reuid="$APP_USER" --regid="$APP_USER" --clear-groups ping -q -c 1 127.0.0.1
exec setpriv --reuid="$APP_USER" --regid="$APP_USER" --clear-groups "$@"
