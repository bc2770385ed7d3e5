"""What programs ask of the Bluesky that stands in for the real one: its server and its AppView."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.text import graphemes
from tests.fakes.bluesky import POST, Bluesky, Notice, Object, Person, XrpcError, cid_of, iso

Query = Mapping[str, list[str]]


class Api:
    """Answers methods (XRPC) out of a network."""

    def __init__(self, network: Bluesky) -> None:
        self._network = network

    def answer(self, nsid: str, query: Query, body: bytes, bearer: str, host: str) -> Object:
        """Answer a request; raises `XrpcError`."""
        with self._network.lock:
            self._network.asked.append(nsid)
            if self._network.refusals:
                raise self._network.refusals.pop(0)
            if nsid in self._network.refusals_of:
                raise self._network.refusals_of[nsid]
            found = self._answered(nsid, query, body, bearer, host)
            self._network.answers.append((nsid, found))
            return found

    def _answered(self, nsid: str, query: Query, body: bytes, bearer: str, host: str) -> Object:
        if nsid == "com.atproto.server.createSession":
            return self._create_session(json.loads(body))
        if nsid == "com.atproto.server.refreshSession":
            return self._refresh_session(bearer)
        me = self._who(self._network.access, bearer)
        methods: dict[str, Callable[[], Object]] = {
            "com.atproto.server.getSession": lambda: {"did": me.did, "handle": me.handle},
            "com.atproto.repo.uploadBlob": lambda: self._upload(body),
            "com.atproto.repo.putRecord": lambda: self._put(me, json.loads(body)),
            "com.atproto.repo.deleteRecord": lambda: self._delete(json.loads(body)),
            "com.atproto.repo.getRecord": lambda: self._get_record(query),
            "app.bsky.notification.listNotifications": lambda: self._list(me, query),
            "app.bsky.feed.getPosts": lambda: self._get_posts(me, query, host),
            "app.bsky.actor.getProfile": lambda: self._profile(query["actor"][0], me),
        }
        if nsid not in methods:
            raise XrpcError(501, "MethodNotImplemented")
        return methods[nsid]()

    def _upload(self, content: bytes) -> Object:
        if content in self._network.broken_images:
            raise XrpcError(500, "InternalServerError")
        return {"blob": self._network.blob("image/jpeg", content)}

    def _delete(self, asked: Mapping[str, str]) -> Object:
        self._network.remove(f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}")
        return {"commit": {"cid": cid_of(b"", 0x71), "rev": "3kfake2222222"}}

    def _get_posts(self, me: Person, query: Query, host: str) -> Object:
        assert len(query["uris"]) <= 25
        return {"posts": [view for uri in query["uris"] for view in self._views(me, uri, host)]}

    def _create_session(self, asked: Mapping[str, str]) -> Object:
        for one in self._network.people.values():
            is_them = asked["identifier"] in {one.handle, one.did}
            if (
                is_them
                and asked["password"] == one.password
                and one.did not in self._network.locked_out
            ):
                return self._session(one)
        raise XrpcError(401, "AuthenticationRequired", "Invalid identifier or password")

    def _refresh_session(self, bearer: str) -> Object:
        who = self._who(self._network.refresh, bearer)
        del self._network.refresh[bearer]
        return self._session(who)

    def _session(self, who: Person) -> Object:
        number = next(self._network.numbers)
        access, refresh = f"access-{number}", f"refresh-{number}"
        self._network.access[access] = self._network.refresh[refresh] = who.did
        return {"did": who.did, "handle": who.handle, "accessJwt": access, "refreshJwt": refresh}

    def _who(self, tokens: Mapping[str, str], bearer: str) -> Person:
        if not bearer:
            raise XrpcError(401, "AuthMissing", "Authentication Required")
        if bearer not in tokens:
            raise XrpcError(400, "ExpiredToken", "Token has expired")
        return self._network.by_did(tokens[bearer])

    def _put(self, me: Person, asked: Object) -> Object:
        self._network.posted.append(asked)
        collection, value = str(asked["collection"]), asked["record"]
        assert isinstance(value, dict)
        if asked["repo"] != me.did:
            raise XrpcError(401, "AuthenticationRequired")
        if collection == POST:
            self._demand_valid(value)
        before = self._network.records.get(f"at://{me.did}/{collection}/{asked['rkey']}")
        cid = before.cid if before else None
        if "swapRecord" in asked and asked["swapRecord"] != cid:
            raise XrpcError(400, "InvalidSwap", f"Record was at {cid}")
        record = self._network.publish(me, collection, value, str(asked["rkey"]))
        return {"uri": record.uri, "cid": record.cid, "validationStatus": "valid"}

    def _demand_valid(self, value: Object) -> None:
        text = str(value["text"])
        if graphemes(text) > 300 or len(text.encode()) > 3000:
            raise XrpcError(400, "InvalidRequest", "string too big at $.record.text")
        embed = value.get("embed")
        for one in embed["images"] if isinstance(embed, dict) else ():
            size = one["image"]["size"]
            if size > self._network.largest:
                most = f"blob too big (maximum {self._network.largest}, got {size})"
                raise XrpcError(400, "InvalidRequest", f"Invalid {POST} record: {most}")

    def _get_record(self, query: Query) -> Object:
        repo, collection, rkey = (query[name][0] for name in ("repo", "collection", "rkey"))
        found = self._network.records.get(f"at://{repo}/{collection}/{rkey}")
        if found is None:
            raise XrpcError(400, "RecordNotFound", "Could not locate record")
        return {"uri": found.uri, "cid": found.cid, "value": found.value}

    def _list(self, me: Person, query: Query) -> Object:
        """Return a page of what happened before the instant that is the cursor."""
        if self._network.is_endless:
            return {"notifications": [], "cursor": f"page-{next(self._network.numbers)}"}
        limit, cursor = int(query["limit"][0]), query.get("cursor", [None])[0]
        before = datetime.fromisoformat(cursor).timestamp() * 1000 if cursor else float("inf")
        there = [
            one
            for one in self._network.notices
            if one.did == me.did
            and one.at < before
            and (one.raw or one.uri in self._network.records)
        ]
        page = sorted(there, key=lambda one: (-one.at, -one.number))[:limit]
        shown = [one.raw or self._notification(one) for one in page]
        more: Object = {"cursor": iso(page[-1].at)} if page else {}
        return {"notifications": shown} | more

    def _notification(self, notice: Notice) -> Object:
        record = self._network.records[notice.uri]
        subject: Object = {"reasonSubject": notice.subject} if notice.subject else {}
        return {
            "uri": record.uri,
            "cid": record.cid,
            "author": self._profile(record.author),
            "reason": notice.reason,
            "record": record.value,
            "isRead": False,
            "indexedAt": iso(notice.at),
            "labels": [],
        } | subject

    def _views(self, me: Person, uri: str, host: str) -> list[Object]:
        found = self._network.records.get(uri)
        if found is None or {(found.author, me.did), (me.did, found.author)} & self._network.blocks:
            return []
        view: Object = {
            "uri": uri,
            "cid": found.cid,
            "author": self._profile(found.author),
            "record": found.value,
            "indexedAt": iso(found.at),
            "viewer": {"replyDisabled": True} if uri in self._network.closed else {},
            "labels": [],
        }
        embed = found.value.get("embed")
        if isinstance(embed, dict) and embed["$type"] == "app.bsky.embed.images":
            links = [one["image"]["ref"]["$link"] for one in embed["images"]]
            shown = [
                {"thumb": u, "fullsize": u, "alt": ""} for u in (f"{host}/img/{x}" for x in links)
            ]
            view["embed"] = {"$type": "app.bsky.embed.images#view", "images": shown}
        return [view]

    def _profile(self, did: str, viewer: Person | None = None) -> Object:
        who = self._network.by_did(did)
        bot = {"src": did, "uri": f"at://{did}/app.bsky.actor.profile/self", "val": "bot"}
        blocked = viewer is not None and (did, viewer.did) in self._network.blocks
        return {
            "did": did,
            "handle": who.handle,
            "displayName": who.name.title(),
            "labels": [bot | {"cts": iso(0)}] if who.is_bot else [],
        } | ({"viewer": {"blockedBy": blocked}} if viewer else {})
