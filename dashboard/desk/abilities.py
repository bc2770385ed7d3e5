"""What a channel cannot do, said before somebody writes on it."""

from babel.numbers import format_decimal

from connectors.capabilities import Act, Capabilities, Visibility
from dashboard.desk.words import Words

FORBIDDEN = (
    "Kanäle dieser Art sind zurzeit nicht zugelassen. Ihre Antwort wartet, bis sie es wieder sind."
)
LONG = "Texte ab etwa %(most)s Zeichen gehen in mehreren Teilen hinaus."
NO_FILES = "Dateien lassen sich hier nicht senden."
NO_RETURN = "Gesendetes lässt sich hier nicht zurücknehmen."
NO_EDIT = "Gesendetes lässt sich hier nicht ändern, nur zurücknehmen."
SUMMONS = "Antworten darf die Stadt hier nur, wenn sie in der Nachricht erwähnt ist."
COSTS = "Eine Nachricht kostet hier bis zu %(plain)s US-Cent, mit einem Link bis zu %(link)s."
_LINK = "https://stadt.example"


def limits(
    can: Capabilities, visibility: Visibility, words: Words, *, is_allowed: bool = True
) -> tuple[str, ...]:
    """Return what whoever writes there should know, in their language."""
    found = [] if is_allowed else [words.say(FORBIDDEN)]
    if not can.own:
        found.append(words.say(LONG, most=can.max_text))
    found.append(words.say(NO_FILES))  # whatever the platform takes: the desk has no field for them
    if Act.DELETE not in can.acts:
        found.append(words.say(NO_RETURN))
    elif Act.EDIT not in can.acts:
        found.append(words.say(NO_EDIT))
    if can.summons and visibility is Visibility.PUBLIC:
        found.append(words.say(SUMMONS))
    if can.price is not None:
        plain, link = (
            format_decimal(can.price(text) / 10, locale=words.language) for text in ("", _LINK)
        )
        found.append(words.say(COSTS, plain=plain, link=link))
    return tuple(found)
