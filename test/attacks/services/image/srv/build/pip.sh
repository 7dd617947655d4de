#!/bin/sh
# As a RUN line of a Dockerfile: installs a project, without the network that there is not.
set -e
project=$(mktemp -d)
mkdir "$project/tea"
echo 'kind = "green"' >"$project/tea/__init__.py"
printf 'from setuptools import setup\nsetup(name="tea", version="1.0", packages=["tea"])\n' >"$project/setup.py"
/usr/bin/pip3 install --no-index --no-build-isolation --break-system-packages --root-user-action=ignore "$project"
