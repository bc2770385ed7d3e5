"""An understander that knows a few words, so that tests know what it understands."""

import re
from collections.abc import Callable

from nlp.types import Category, Context, Decision, Entity, Evidence, Flag, Intent, Understanding

# Of several wishes the one that stands first here is the first.
_INTENTS = {
    "notfall": "emergency",
    "vermisst": "emergency",  # one that nothing flags
    "stand": "ticket_status",
    "laterne": "report_defect",
    "müll": "report_defect",
    "mangel": "report_defect",
    "markt": "market_hours",
    "mensch": "human_handoff",
    "bescheid": "letter_question",
    "auskunft": "city_info",
    "hallo": "greeting",
    "danke": "thanks",
}
_FLAGS = {"notfall": Flag.EMERGENCY, "idiot": Flag.ABUSE, "gewinn": Flag.SPAM}
_SMALL = {"greeting", "thanks"}
_CATEGORIES = {"laterne": "street_light", "müll": "illegal_dumping"}
_LANGUAGES = {"EN": "en", "TR": "tr", "UK": "uk", "FR": "und"}  # by the first letters
_ADDRESS = re.compile(r"in der (\w+) (\d+)")


class Words:
    """Understands by words; "vielleicht" makes it ask, "womöglich" unsure, "krach" makes it break.

    "idiot" is abuse to it, "gewinn" is spam, "pfui" disapproves. `before` is called before each
    text, as long work would let time pass.
    """

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.heard: list[tuple[str, Context]] = []
        self._before = before

    def understand(self, text: str, context: Context) -> Understanding:
        self._before()
        self.heard.append((text, context))
        words = text.casefold()
        if "krach" in words:
            raise RuntimeError("this text breaks it")
        flagged = {word: flag for word, flag in _FLAGS.items() if word in words}
        wishes = [intent for word, intent in _INTENTS.items() if word in words]
        intents = [*(flag.value for flag in flagged.values()), *wishes]
        intents = list(dict.fromkeys(intents))
        guess = next((known for word, known in _CATEGORIES.items() if word in words), "other")
        return Understanding(
            language=_LANGUAGES.get(text[:2], "de"),
            intents=tuple(Intent(name, 0.9) for name in intents or ["off_topic"]),
            category=(Category(guess, guess, 0.2 if "mangel" in words else 0.9),),
            entities=_entities(text),
            decision=_decision(words, intents),
            flags=tuple(flagged.values()),
            evidence=_evidence(text, flagged, wishes),
            model="words",
            negative="idiot" in words or "pfui" in words,
            besides=_decision(words, wishes) if flagged and set(wishes) - _SMALL else None,
        )


def _evidence(text: str, flagged: dict[str, Flag], wishes: list[str]) -> tuple[Evidence, ...]:
    found = [Evidence(wishes[0], "lexicon", text[:9], 0, 9)] if wishes else []
    for word, flag in flagged.items():
        start = text.casefold().index(word)
        end = start + len(word)
        found.append(Evidence(flag, "rule", text[start:end], start, end))
    return tuple(found)


def _decision(words: str, intents: list[str]) -> Decision:
    if not intents or "womöglich" in words:
        return Decision.HAND_OVER
    return Decision.ASK if "vielleicht" in words else Decision.ACT


def _entities(text: str) -> tuple[Entity, ...]:
    found = _ADDRESS.search(text)
    if found is None:
        return ()
    street, number = found.group(1), found.group(2)
    return (
        Entity("street", street, found.start(1), found.end(1), street),
        Entity("house_number", number, found.start(2), found.end(2), number),
    )
