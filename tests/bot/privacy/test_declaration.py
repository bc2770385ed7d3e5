"""Every column of every table says whether it is personal and how long it is kept."""

import pytest
from sqlalchemy.orm import Mapper

from bot.db import tables
from bot.db.base import Base, Retention
from bot.privacy import declaration, rules

MAPPERS: list[Mapper[object]] = sorted(Base.registry.mappers, key=str)


@pytest.mark.parametrize("mapper", MAPPERS, ids=lambda mapper: mapper.class_.__name__)
def test_every_column_is_declared(mapper: Mapper[object]) -> None:
    table = mapper.class_
    assert issubclass(table, Base)
    assert declaration.undeclared(table) == []


def test_no_table_is_left_out() -> None:
    mapped = {mapper.local_table.key for mapper in MAPPERS if hasattr(mapper.local_table, "key")}
    assert mapped == set(tables.METADATA.tables)


def test_what_is_wrong_is_named() -> None:
    found = declaration.problems(
        "Report",
        columns=("id", "text", "phone", "place"),
        plain=("id", "text", "text", "colour"),
        personal={"text": Retention.RAW, "place": Retention.TICKET, "fax": Retention.TICKET},
    )
    assert found == [
        "Report.phone is declared nowhere",
        "Report.text is declared twice",
        "Report.colour does not exist",
        "Report.fax does not exist",
    ]


def test_every_retention_has_a_period_and_a_source() -> None:
    assert set(rules.PERIODS) == set(Retention)
    assert all(period.since and period.source for period in rules.PERIODS.values())
