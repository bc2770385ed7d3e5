"""Loading the demo city into a database; what is already there stays as it is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.city import queries as city_queries
from bot.city import service as city
from bot.city.imports import street_key
from bot.city.models import CitySetting, District, Street
from bot.contacts.models import Contact
from bot.db import bulk
from bot.db.base import Base
from bot.demo import entries
from bot.inbound.models import RawItem
from bot.knowledge import service as knowledge
from bot.knowledge.models import Article, Page
from bot.markets import service as markets
from bot.markets.models import Market
from bot.offices.models import Category, Office, RoutingRule
from bot.staff.models import User
from nlp import gazetteer


def is_empty(session: Session) -> bool:
    """Tell whether the database holds no city yet: no facts, offices, categories, markets, texts.

    Staff accounts and channels that were added first do not count.
    """
    facts = select(CitySetting.name).where(CitySetting.name == city_queries.IDENTITY)
    keys = (Office.id, Category.id, Market.id, Page.id, Article.id)
    return not any(
        session.scalar(statement.limit(1)) is not None
        for statement in (facts, *(select(key) for key in keys))
    )


def is_untouched(session: Session) -> bool:
    """Tell whether nobody was here yet: no city, no account, no channel, and nothing said."""
    keys = (User.id, Channel.id, Contact.id, RawItem.id)
    return is_empty(session) and not any(
        session.scalar(select(key).limit(1)) is not None for key in keys
    )


def load(session: Session, *, now: datetime) -> None:
    """Load the demo city. Done twice, it adds what is missing and changes nothing else."""
    _load_offices(session, now)
    _load_markets(session, now)
    _load_streets(session)
    _load_articles(session, now)
    _insert(
        session,
        Channel,
        [
            {
                "kind": entry.kind,
                "slug": entry.slug,
                "name": entry.name,
                "state": ChannelState.ACTIVE,
                "settings": {},
                "feed_seq": 0,
                "acked_seq": 0,
                "fence": 0,
                "created_at": now,
            }
            for entry in entries.channels()
        ],
    )
    _insert(
        session,
        Page,
        [
            {
                "slug": entry.slug,
                "language": entry.language,
                "title": entry.title,
                "body": entry.body,
                "updated_at": now,
            }
            for entry in entries.pages()
        ],
    )
    if session.get(CitySetting, city_queries.IDENTITY) is None:
        city.save(session, entries.city(), actor=audit.SYSTEM, now=now)
    audit.note(session, audit.SYSTEM, "demo.loaded", "city", None, now=now)
    city.bump(session)


def _load_offices(session: Session, now: datetime) -> None:
    _insert(
        session,
        Office,
        [
            {"slug": entry.slug, "name": entry.name, "kind": entry.kind, "created_at": now}
            for entry in entries.offices()
        ],
    )
    keys = dict(session.execute(select(Office.slug, Office.id)).all())
    _insert(
        session,
        Category,
        [
            {
                "id": entry.id,
                "group_id": entry.group,
                "kind": entry.kind,
                "label_de": entry.de,
                "label_en": entry.en,
                "label_plain": entry.plain,
                "office_id": keys[entry.office],
                "target_days": entry.days,
                "target_months": entry.months,
                "danger": entry.danger,
                "publication": entry.publication,
                "position": position,
            }
            for position, entry in enumerate(entries.categories())
        ],
    )
    _insert(
        session,
        RoutingRule,
        [
            {
                "category_id": entry.category,
                "district": entry.district,
                "office_id": keys[entry.office],
            }
            for entry in entries.routing()
        ],
    )


def _load_markets(session: Session, now: datetime) -> None:
    known = set(session.scalars(select(Market.slug)))
    for position, facts in enumerate(entries.markets()):
        if facts.slug not in known:
            markets.create(session, facts, position=position, actor=audit.SYSTEM, now=now)


def _load_streets(session: Session) -> None:
    """Load well-known streets, marked as examples: nobody has checked their districts."""
    _insert(
        session,
        District,
        [
            {
                "slug": name.value,
                "name": name.label,
                "aliases": list(name.aliases),
                "outline": None,
                "is_example": True,
            }
            for name in gazetteer.demo().districts
        ],
    )
    _insert(
        session,
        Street,
        [
            {
                "key": street_key(name),
                "name": name,
                "district": district,
                "aliases": [],
                "is_example": True,
            }
            for district, names in gazetteer.demo_streets().items()
            for name in names
        ],
    )


def _load_articles(session: Session, now: datetime) -> None:
    known = set(session.scalars(select(Article.slug)))
    for facts in entries.articles():
        if facts.slug not in known:
            knowledge.add_article(session, facts, actor=audit.SYSTEM, now=now)


def _insert(session: Session, table: type[Base], rows: list[dict[str, object]]) -> None:
    session.execute(bulk.insert(session, table).on_conflict_do_nothing(), rows)
