#!/bin/sh
# What the tests need from the system. Root installs it with apt; others are told what is left out.
cd "$(dirname "$0")/.." || exit 1
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
[ -x /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd"
[ -x /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-lmtpd"
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
# Only unpacked: installing them would start a web server and a monitoring on this machine.
unpacked=""
command -v caddy >/dev/null 2>&1 || [ -x .tools/usr/bin/caddy ] || unpacked="$unpacked caddy"
command -v promtool >/dev/null 2>&1 || [ -x .tools/usr/bin/promtool ] || unpacked="$unpacked prometheus"
[ -z "$missing$unpacked" ] && exit 0

install() {
    apt-get update -qq || return 1
    case "$missing" in  # the tests start their own; this machine shall not serve mail
        *dovecot*) [ ! -d /run/systemd/system ] || systemctl mask dovecot.service dovecot.socket ;;
    esac
    # shellcheck disable=SC2086  # lists of package names
    [ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing || return 1
    [ -z "$unpacked" ] && return 0
    mkdir -p .tools && cd .tools || return 1
    # shellcheck disable=SC2086
    apt-get download -qq $unpacked || return 1
    for package in *.deb; do
        dpkg --extract "$package" . && rm "$package" || return 1
    done
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Getting for the tests:$missing$unpacked"
    (install) >/dev/null 2>&1 && exit 0
    echo "apt-get could not get:$missing$unpacked"
fi
echo "Left out, because the system does not have it:$missing$unpacked"
echo "  chromium: browser tests; postgresql: the PostgreSQL half of the suite; wrk: 'make bench';"
echo "  dovecot: the tests of e-mail; gcc: the tests with a wrong clock;"
echo "  systemd: the check of the units; caddy: the reverse proxy; prometheus: the alerts."
exit 0
