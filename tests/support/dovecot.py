"""A real IMAP server (Debian's Dovecot) in a folder, on free ports of 127.0.0.1.

Mail comes in by LMTP, as it does from an SMTP server. Without Dovecot these tests are left out.
"""

import base64
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.postgres import free_port

DOMAIN = "city.test"
_LIBRARIES = Path("/usr/lib/dovecot")
_READY_WITHIN = 20.0
_MAIL_USER = "mail"  # Dovecot delivers no mail as root


def installed() -> bool:
    """Tell whether there is a Dovecot with IMAP and LMTP."""
    return program() is not None and all((_LIBRARIES / name).exists() for name in ("imap", "lmtp"))


def program() -> str | None:
    """Return where Dovecot is."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Dovecot:
    """A server with users who have a password each."""

    def __init__(self, folder: Path, *, tls: tuple[Path, Path] | None = None) -> None:
        self.port, self.tls_port, self._lmtp = free_port(), free_port(), free_port()
        self._folder = folder
        self._passwords: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        for name in ("run", "state", "mail"):
            (folder / name).mkdir(exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder / "mail", _MAIL_USER, _MAIL_USER)
        self._write_passwords()
        (folder / "dovecot.conf").write_text(self._settings(tls), "utf-8")

    def start(self) -> None:
        """Start, and wait until both services greet."""
        command = [program() or "dovecot", "-F", "-c", str(self._folder / "dovecot.conf")]
        with (self._folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError):
                for port in (self.port, self._lmtp):
                    with socket.create_connection(("127.0.0.1", port), 2) as line:
                        assert line.recv(1)
                return
            time.sleep(0.02)
        logs = (self._folder / name for name in ("out.log", "log"))
        raise RuntimeError("".join(log.read_text("utf-8") for log in logs if log.exists())[-3000:])

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)

    def user(self, name: str, password: str) -> None:
        """Make a user, or give one another password; sessions that are open stay so.

        Dovecot looks at the file once a second, so this waits until it has.
        """
        if self._passwords.get(name) == password:
            return
        self._passwords[name] = password
        self._write_passwords()
        deadline = time.monotonic() + _READY_WITHIN
        while "succeeded" not in self._doveadm("auth", "test", name, password, may_fail=True):
            assert time.monotonic() < deadline, "the new password is not accepted"
            time.sleep(0.1)

    def kick(self, name: str) -> None:
        """End somebody's sessions."""
        self._doveadm("kick", name, may_fail=True)  # where there is none

    def deliver(self, name: str, content: bytes, *, to: str | None = None) -> None:
        """Deliver a mail; `to` is the address on its envelope."""
        with smtplib.LMTP("127.0.0.1", self._lmtp) as lmtp:
            lmtp.sendmail("bounces@example.org", [to or name], content)

    def save(self, name: str, content: bytes, *, folder: str = "INBOX") -> None:
        """Put a mail into a folder as it is, nothing added."""
        self._doveadm("save", "-u", name, "-m", folder, given=content)

    def remove(self, name: str, *query: str) -> None:
        """Delete mails."""
        self._doveadm("expunge", "-u", name, *query)

    def make(self, name: str, folder: str) -> None:
        """Make a folder."""
        self._doveadm("mailbox", "create", "-u", name, folder)

    def drop(self, name: str, folder: str) -> None:
        """Remove a folder with all that is in it."""
        self._doveadm("mailbox", "delete", "-u", name, folder)

    def renumber(self, name: str) -> None:
        """Give a mailbox another UIDVALIDITY and its mails other numbers, as after a move."""
        self.kick(name)
        for path in (self._folder / "mail" / name).glob("dovecot*"):
            path.unlink()

    def flags(self, name: str, folder: str = "INBOX") -> list[str]:
        """Return the flags of the mails in a folder."""
        told = self._doveadm("fetch", "-u", name, "flags", "mailbox", folder)
        return [line.removeprefix("flags: ").strip() for line in told.splitlines() if line.strip()]

    def _doveadm(self, *words: str, given: bytes | None = None, may_fail: bool = False) -> str:
        command = ["doveadm", "-c", str(self._folder / "dovecot.conf"), *words]
        done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=30)
        assert may_fail or done.returncode == 0, (words, done.stderr)
        return done.stdout.decode("utf-8")

    def _write_passwords(self) -> None:
        lines = (
            f"{name}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}::::::\n"
            for name, password in self._passwords.items()
        )
        fresh = self._folder / "passwords.new"
        fresh.write_text("".join(lines), "utf-8")
        fresh.chmod(0o644)
        fresh.rename(self._folder / "passwords")

    def _settings(self, tls: tuple[Path, Path] | None) -> str:
        me = pwd.getpwuid(os.getuid()).pw_name
        people = ("dovecot", "dovenull", _MAIL_USER) if os.getuid() == 0 else (me, me, me)
        owner = pwd.getpwnam(people[2])
        secured = f"ssl = yes\nssl_cert = <{tls[0]}\nssl_key = <{tls[1]}\n" if tls else "ssl = no\n"
        login = f"""service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if tls else 0}
    ssl = yes
  }}
}}
"""
        return f"""base_dir = {self._folder}/run
state_dir = {self._folder}/state
log_path = {self._folder}/log
listen = 127.0.0.1
protocols = imap lmtp
default_internal_user = {people[0]}
default_login_user = {people[1]}
default_internal_group = {"dovecot" if os.getuid() == 0 else pwd_group(me)}
first_valid_uid = 1
mail_uid = {owner.pw_uid}
mail_gid = {owner.pw_gid}
mail_location = maildir:{self._folder}/mail/%u
mail_max_userip_connections = 100
recipient_delimiter = +
auth_username_format = %Ln
auth_cache_size = 0
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {self._folder}/passwords
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={self._folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self._lmtp}
  }}
}}
{login}{secured}"""


def pwd_group(name: str) -> str:
    """Return the name of somebody's first group."""
    import grp  # noqa: PLC0415 (only where the tests do not run as root)

    return grp.getgrgid(pwd.getpwnam(name).pw_gid).gr_name


@contextmanager
def running(*, tls: tuple[Path, Path] | None = None) -> Iterator[Dovecot]:
    """Run a server."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="stadtdraht-dovecot-", dir=where) as folder:
        dovecot = Dovecot(Path(folder), tls=tls)
        try:
            dovecot.start()
            yield dovecot
        finally:
            dovecot.close()
