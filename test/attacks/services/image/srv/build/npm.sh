#!/bin/sh
# As a RUN line of a Dockerfile: installs a dependency of a file, and runs the project's own script.
set -e
project=$(mktemp -d)
mkdir "$project/tea"
echo '{ "name": "tea", "version": "1.0.0", "bin": "tea.js" }' >"$project/tea/package.json"
printf '#!/usr/bin/env node\nconsole.log("green")\n' >"$project/tea/tea.js"
echo '{ "name": "shop", "version": "1.0.0", "scripts": { "build": "tea" } }' >"$project/package.json"
cd "$project"
npm install --offline --no-audit --no-fund ./tea
npm run build
