"""Raw items: a mail taken apart, with what reading it needs. Pure."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from connectors.base import RawItem
from connectors.email import ids, mime


def item(
    raw: bytes, *, me: str, most: int, received_at: datetime | None = None, cut: bool = False
) -> RawItem:
    """Return the raw item of a mail; `most` bytes a file, `cut`: its end was left on the server.

    The same mail is the same item, however often and in which folder it lies. Its name goes with
    it, so that whoever reads it calls it the same.
    """
    mail = mime.take_apart(raw, most=most, cut=cut)
    digest = hashlib.sha256(raw).hexdigest()
    name = ids.native_id(mail.headers, digest)
    return RawItem(
        event_id=name,
        order_key=ids.thread(mail.headers, digest),
        payload={
            "me": me,
            "name": name,
            "digest": digest,
            "headers": mail.headers,
            "bodies": [asdict(one) for one in mail.bodies],
            "files": len(mail.files),
            "notes": sorted(mail.notes),
            "report": asdict(mail.report) if mail.report else None,
            "received_at": received_at.isoformat() if received_at else None,
        },
        files=tuple(mail.files),
        sent_at=received_at,
        about=name,
    )
