#!/bin/sh
# What the tests need from the system. Root installs it with apt; others are told what is left out.
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$missing"
    # shellcheck disable=SC2086  # a list of package names
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
    echo "apt-get could not install:$missing"
fi
echo "Left out, because the system does not have it:$missing"
echo "  chromium: browser tests; postgresql: the PostgreSQL half of the suite; wrk: 'make bench'."
exit 0
