"""The city of the tests of privacy: what is kept of judgements has an end as well."""

from tests.bot.privacy.conftest import in_step, place

__all__ = ["in_step", "place"]
