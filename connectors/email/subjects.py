"""What threads are about: a part does not say it, and an answer without a subject looks odd."""

from collections import OrderedDict

from connectors.base import RawItem
from connectors.email import ids
from connectors.email.mime import header
from connectors.shapes import listing, obj, text

_MOST = 5000  # names; what is older is looked up


class Subjects:
    """Remembers the subjects of the last mails, by their names and their threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def learn(self, item: RawItem) -> None:
        """Remember what a mail is about."""
        values = listing(obj(item.payload.get("headers")).get("subject"))
        subject = header(text(values[0]) or "") if values else ""
        if subject and item.about:
            self.remember(item.about, subject)
            self.remember(item.order_key, subject)

    def remember(self, name: str, subject: str) -> None:
        """Remember the subject of a mail or a thread."""
        self._known[name] = subject
        self._known.move_to_end(name)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def of(self, *names: str | None) -> str | None:
        """Return the first subject that is known, None where none is."""
        return next((self._known[name] for name in names if name and name in self._known), None)


def known_as(message_id: str | None) -> str | None:
    """Return what a mail can be looked up by."""
    return message_id if message_id and ids.is_real(message_id) else None
