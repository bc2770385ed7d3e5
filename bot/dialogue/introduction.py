"""What stands behind an answer: who speaks, what for, the other way, and that this is a demo."""

from bot.city.rules import CityFacts
from bot.dialogue.texts import say
from bot.skills.base import Surroundings


def complete(text: str, language: str, surroundings: Surroundings, *, first: bool) -> str:
    """Return `text` as it goes out; the first one on a channel introduces the assistant.

    The notice covers Art. 13 GDPR and Art. 50 AI Regulation. In the demo city every answer says
    that it is one, lest somebody believes that a lamp was reported.
    """
    city = surroundings.facts.city
    parts = [text]
    if first:
        notice = say(
            "introduction",
            language,
            city=city.name,
            privacy_url=f"{surroundings.base_url}/datenschutz",
            alternative=_alternative(city, language),
        )
        parts.append(notice)
    if city.demo:
        parts.append(say("demo", language))
    return "\n\n".join(parts)


def _alternative(city: CityFacts, language: str) -> str:
    """Name the other way than this channel: the city's own sentence, its telephone, or the hall."""
    if city.alternative_contact and language == "de":
        return city.alternative_contact
    if city.phone:
        return say("alternative_phone", language, phone=city.phone)
    return say("alternative_default", language)
