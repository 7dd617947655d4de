#!/bin/sh
# As a RUN line of a Dockerfile: installs a package (of a file, as there is no network here), then cleans up.
set -e
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
cp -r /srv/build/package "$work/tea"
chmod 755 "$work/tea/DEBIAN" "$work/tea/DEBIAN/postinst"
dpkg-deb --root-owner-group --build "$work/tea" "$work/tea.deb"
chmod 755 "$work"
apt-get install -y --no-install-recommends "$work/tea.deb"
dpkg -l tea
apt-get clean && rm -rf /var/lib/apt/lists/* "$work"
