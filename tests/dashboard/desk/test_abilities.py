"""What a channel cannot do stands below the text before it is sent."""

import pytest

from bot.staff.states import Role, StaffLanguage
from connectors import registry
from connectors.capabilities import Act, Capabilities, Visibility
from dashboard.desk.abilities import NO_EDIT, NO_FILES, NO_RETURN, SUMMONS, limits
from dashboard.desk.words import Words
from tests.support.city import City


def test_the_composer_says_what_is_not_possible(city: City) -> None:
    someone = city.citizen()
    someone.says("Hallo")
    someone.hears()
    page = city.staff(Role.MANAGER).get(f"/desk/conversations/{someone.conversation_id}").text
    assert f'id="limits">{NO_FILES} {NO_RETURN}</p>' in page
    assert 'aria-describedby="limits"' in page


@pytest.mark.parametrize("kind", registry.kinds())
def test_each_limit_is_one_of_the_channel(kind: str) -> None:
    can = registry.connector(kind).capabilities
    for language in StaffLanguage:
        told = limits(can, Visibility.PUBLIC, Words(language))
        said = " ".join(told)
        assert (str(can.max_text) in said) != can.own
        assert len(told) == len(set(told))
    german = limits(can, Visibility.PUBLIC, Words(StaffLanguage.DE))
    assert NO_FILES in german, "the desk has no field for them"
    assert (NO_RETURN in german) != (Act.DELETE in can.acts)
    assert (NO_EDIT in german) == (Act.DELETE in can.acts and Act.EDIT not in can.acts)


def test_what_a_message_costs_is_said_before_it_is_sent() -> None:
    can = Capabilities(max_text=280, price=lambda text: 200 if "://" in text else 15)
    told = limits(can, Visibility.PUBLIC, Words(StaffLanguage.DE))
    assert "Eine Nachricht kostet hier bis zu 1,5 US-Cent, mit einem Link bis zu 20." in told
    told = limits(can, Visibility.PUBLIC, Words(StaffLanguage.EN))
    assert "A message costs up to 1.5 US cents here, up to 20 with a link." in told


def test_a_summons_is_a_matter_of_public_talk() -> None:
    can = Capabilities(max_text=280, summons=True)
    words = Words(StaffLanguage.DE)
    assert SUMMONS in limits(can, Visibility.PUBLIC, words)
    assert SUMMONS not in limits(can, Visibility.PRIVATE, words)
