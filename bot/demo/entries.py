"""The demo city's YAML files, read and checked."""

from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.city.rules import CityFacts, Hours
from bot.knowledge.rules import ArticleFacts, Wording
from bot.markets.rules import MarketFacts, Rule
from bot.markets.states import HolidayPolicy
from bot.offices.states import OfficeKind, Publication
from bot.tickets.states import TicketKind

_FOLDER = Path(__file__).parent / "data"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

T = TypeVar("T")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficeEntry(_Entry):
    """An office."""

    slug: str
    name: str
    kind: OfficeKind


class CategoryEntry(_Entry):
    """A category; `days` or `months` is its target."""

    id: str
    group: str
    office: str
    days: int | None = None
    months: int | None = None
    danger: bool = False
    publication: Publication = Publication.AFTER_RELEASE
    kind: TicketKind = TicketKind.REPORT
    de: str
    en: str
    plain: str


class RoutingEntry(_Entry):
    """Another office for a category in a district."""

    category: str
    district: str | None
    office: str


class ChannelEntry(_Entry):
    """A channel that needs no account."""

    kind: str
    slug: str
    name: str


class PageEntry(_Entry):
    """A page in one language; `body` is Markdown."""

    slug: str
    language: Literal["de", "en"]
    title: str
    body: str


class _WordingEntry(_Entry):
    title: str
    body: str
    questions: str = ""


class _ArticleEntry(_Entry):
    slug: str
    source: str
    source_url: str | None = None
    internal: bool = False
    de: _WordingEntry
    en: _WordingEntry | None = None


class _RuleEntry(_Entry):
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    from_time: str | None = Field(default=None, alias="from")
    until: str | None = None


class _MarketEntry(_Entry):
    slug: str
    name: str
    district: str
    place: str
    operator: str | None = None
    policy: HolidayPolicy = HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED
    source: str
    source_url: str | None = None
    as_of: str
    rules: tuple[_RuleEntry, ...]


class _CityEntry(_Entry):
    name: str
    ticket_prefix: str
    demo: bool
    phone: str
    address: str
    alternative_contact: str
    handback_after_minutes: int
    desk_hours: tuple[tuple[str, str] | None, ...]


@cache
def offices() -> tuple[OfficeEntry, ...]:
    """Return the offices."""
    return _read("offices", TypeAdapter(tuple[OfficeEntry, ...]))


@cache
def categories() -> tuple[CategoryEntry, ...]:
    """Return the ticket categories in the order in which people choose."""
    return _read("categories", TypeAdapter(tuple[CategoryEntry, ...]))


@cache
def routing() -> tuple[RoutingEntry, ...]:
    """Return the routing rules."""
    return _read("routing", TypeAdapter(tuple[RoutingEntry, ...]))


@cache
def channels() -> tuple[ChannelEntry, ...]:
    """Return the channels."""
    return _read("channels", TypeAdapter(tuple[ChannelEntry, ...]))


@cache
def pages() -> tuple[PageEntry, ...]:
    """Return the pages."""
    return _read("pages", TypeAdapter(tuple[PageEntry, ...]))


@cache
def articles() -> tuple[ArticleFacts, ...]:
    """Return the knowledge articles; none of them is checked."""
    return tuple(
        ArticleFacts(
            slug=entry.slug,
            wordings={
                language: Wording(words.title, _unwrapped(words.body), words.questions.strip())
                for language, words in (("de", entry.de), ("en", entry.en))
                if words
            },
            source=entry.source,
            source_url=entry.source_url,
            internal=entry.internal,
        )
        for entry in _read("articles", TypeAdapter(tuple[_ArticleEntry, ...]))
    )


@cache
def markets() -> tuple[MarketFacts, ...]:
    """Return the weekly markets; none of them is verified."""
    return tuple(
        MarketFacts(
            slug=entry.slug,
            name=entry.name,
            district=entry.district,
            place=entry.place,
            policy=entry.policy,
            as_of=entry.as_of,
            rules=tuple(
                Rule(_WEEKDAYS.index(rule.day), rule.from_time, rule.until) for rule in entry.rules
            ),
            operator=entry.operator,
            source=entry.source,
            source_url=entry.source_url,
        )
        for entry in _read("markets", TypeAdapter(tuple[_MarketEntry, ...]))
    )


@cache
def city() -> CityFacts:
    """Return the facts of the city."""
    entry = _read("city", TypeAdapter(_CityEntry))
    return CityFacts(
        name=entry.name,
        ticket_prefix=entry.ticket_prefix,
        demo=entry.demo,
        phone=entry.phone,
        address=entry.address,
        alternative_contact=entry.alternative_contact,
        desk_hours=tuple(Hours(*day) if day else None for day in entry.desk_hours),
        handback_after_minutes=entry.handback_after_minutes,
    )


def _unwrapped(text: str) -> str:
    """Return a text with a line for each paragraph, as somebody would type it; lists stay."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(
        one if one.startswith("- ") else " ".join(one.split("\n")) for one in paragraphs
    )


def _read(name: str, adapter: TypeAdapter[T]) -> T:
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return adapter.validate_python(yaml.safe_load(text))
