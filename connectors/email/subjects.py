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
        """Remember what a mail is about, and its thread; not where several begin the same one."""
        values = listing(obj(item.payload.get("headers")).get("subject"))
        subject = header(text(values[0]) or "") if values else ""
        if subject and item.about:
            self.remember(item.about, subject)
            known = self._known.get(item.order_key, subject)
            begins = ids.message_id(item.about) == item.order_key
            self.remember(item.order_key, "" if begins and known != subject else known)

    def remember(self, name: str, subject: str) -> None:
        """Remember the subject of a mail or a thread."""
        self._known[name] = subject
        self._known.move_to_end(name)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def of(self, *names: str) -> str | None:
        """Return the first subject that is known, None where none is."""
        return next((self._known[name] for name in names if name in self._known), None)
