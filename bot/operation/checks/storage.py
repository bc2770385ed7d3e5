"""What the database must offer: an answer, this version's schema, UTF-8, durability, room."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot import clock
from bot.db import migrate, words
from bot.db.engine import POOL, Database
from bot.operation.checks import machine
from bot.operation.findings import Finding, Level, ok, warning, wrong

_DRIFT = timedelta(seconds=5)
_SPARE = 3  # connections for the operators' own commands
_MOUNTS = Path("/proc/self/mounts")
_SETTINGS = (
    "server_encoding",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "max_connections",
    "superuser_reserved_connections",
)


def check(database: Database) -> Iterator[Finding]:
    """Yield how the database stands; nothing more where it does not answer."""
    path = database.url.database
    if database.is_sqlite and path and not Path(path).exists():
        text = f"{path} is not there; the first start makes it."
        cure = "If this city ran before, set STADTDRAHT_DATABASE_URL or STADTDRAHT_DATA_DIR."
        yield warning("database", text, cure)
        return
    try:
        with database.engine.connect() as connection:
            yield ok("database", f"{database.url.get_backend_name()} answers.")
            yield schema(migrate.revision_of(connection))
            if not database.is_sqlite:
                yield from _postgresql(connection)
            elif path:
                yield file(Path(path).resolve())
            if database.is_sqlite and path and _MOUNTS.exists():
                mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
                yield machine.file_system(Path(path).resolve(), mounts)
    except words.ERRORS as error:
        yield wrong("database", words.of(error), _cure(database))


def is_usable(findings: list[Finding]) -> bool:
    """Tell whether the city's data can be looked at."""
    stands = {finding.check: finding.level for finding in findings}
    return stands.get("schema") is Level.OK


def schema(revision: str | None) -> Finding:
    """Judge the schema's revision."""
    if revision is None:
        text = "The database is empty; the first start makes the schema."
        return warning("schema", text, "If this city ran before, set STADTDRAHT_DATABASE_URL.")
    if not migrate.is_known(revision):
        text = "A newer version of Stadtdraht made this database."
        return wrong("schema", text, "Start that version, or restore an older backup.")
    if revision != migrate.head():
        text = "The database has the schema of an older version."
        return wrong("schema", text, "Run `stadtdraht upgrade`.")
    return ok("schema", "The schema is that of this version.")


def file(path: Path) -> Finding:
    """Judge who may read an SQLite file; a folder that others cannot enter is enough."""
    text = f"Other accounts of this machine may read {path}."
    is_entered = bool(path.parent.stat().st_mode & 0o011)
    found = machine.too_open("database_file", path, text, f"chmod 600 {path}*")
    return found if is_entered and found else ok("database_file", f"{path} is ours alone.")


def _postgresql(connection: Connection) -> Iterator[Finding]:
    shown = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in _SETTINGS}
    yield encoding(shown["server_encoding"])
    yield durability(shown)
    yield connections(shown)
    at = connection.scalar(select(func.clock_timestamp()))
    if at is not None:
        yield drift(at, clock.now())


def encoding(name: str) -> Finding:
    """Judge the encoding of the database; sorting and search do not depend on its locale."""
    if name != "UTF8":
        cure = "Make it anew with ENCODING 'UTF8' TEMPLATE template0, and restore a backup into it."
        return wrong("encoding", f"The database stores {name}: some names do not fit in.", cure)
    return ok("encoding", "The database stores UTF-8.")


def durability(shown: Mapping[str, str]) -> Finding:
    """Judge what PostgreSQL promises at a commit: what we acknowledge must survive."""
    names = ("fsync", "synchronous_commit", "full_page_writes")
    if off := [name for name in names if shown[name] == "off"]:
        text = f"PostgreSQL may lose what it has confirmed: {', '.join(off)} is off."
        return wrong("durability", text, f"Switch it on in postgresql.conf: {', '.join(off)}.")
    return ok("durability", "What is confirmed is on the disk.")


def connections(shown: Mapping[str, str]) -> Finding:
    """Judge how many processes PostgreSQL has room for: each takes a pool."""
    room = int(shown["max_connections"]) - int(shown["superuser_reserved_connections"]) - _SPARE
    processes = room // POOL
    text = f"PostgreSQL has room for {processes} processes ({POOL} connections each)."
    if processes < 1:
        cure = f"Raise max_connections to {POOL} for each process, and ten more."
        return wrong("connections", text, cure)
    return ok("connections", text)


def drift(theirs: datetime, ours: datetime) -> Finding:
    """Judge the difference between the clocks of database and machine."""
    apart = abs(theirs - ours)
    if apart > _DRIFT:
        text = f"The clocks of database and machine differ by {apart.total_seconds():.0f} s."
        return wrong("drift", text, "Switch time synchronisation on, on both machines.")
    return ok("drift", "The clocks of database and machine agree.")


def _cure(database: Database) -> str:
    if database.is_sqlite:
        return "Look at the path in STADTDRAHT_DATABASE_URL, its rights, and the disk."
    return "Look at STADTDRAHT_DATABASE_URL: host, port, user, password, and the database's name."
