import re

import pytest
from structlog.testing import capture_logs

from bot.staff.states import Role
from tests.support.city import PASSWORD, City, log_in, refused_at

NEW = "vier grüne Laternen"


def test_other_devices_are_listed_and_ended(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    phone = city.client()
    phone.headers["user-agent"] = "Mozilla/5.0 Firefox/140.0"
    log_in(phone, desk.username)
    page = desk.get("/desk/account").text
    assert "Firefox" in page
    assert "dieses Gerät" in page
    revoke = re.search(r"/desk/account/sessions/\d+/revoke", page)
    assert revoke
    stranger = city.staff(Role.ADMIN)
    assert stranger.post(revoke.group()).status_code == 404
    assert phone.get("/desk").status_code == 200
    assert desk.post(revoke.group()).status_code == 303
    assert phone.get("/desk").status_code == 303
    assert desk.get("/desk").status_code == 200


def test_new_password_ends_the_other_sessions(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    phone = city.client()
    log_in(phone, desk.username)
    answer = desk.post("/desk/account/password", {"current": PASSWORD, "new": NEW})
    assert "Ihr neues Passwort gilt" in desk.get(answer.headers["location"]).text
    assert phone.get("/desk").status_code == 303
    assert log_in(city.client(), desk.username).status_code == 401
    assert log_in(city.client(), desk.username, NEW).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("falsch", NEW, "Das Passwort stimmt nicht."),
        (PASSWORD, "kurz", "mindestens 15 Zeichen"),
        (PASSWORD, "x" * 300, "höchstens 256 Zeichen"),
        (PASSWORD, "stadtdraht 2026", "beim Raten zuerst"),
        (PASSWORD, "Leverkusen 2026", "beim Raten zuerst"),
        (PASSWORD, PASSWORD, "ein anderes als das bisherige"),
    ],
)
def test_bad_password_is_explained(city: City, current: str, new: str, sentence: str) -> None:
    desk = city.staff(Role.VIEWER)
    page = desk.post("/desk/account/password", {"current": current, "new": new})
    assert page.status_code == 422
    assert sentence in page.text
    assert PASSWORD not in page.text


def test_guessing_the_password_inside_is_stopped_too(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    with capture_logs() as lines:
        for _ in range(10):
            desk.post("/desk/account/password", {"current": "falsch", "new": NEW})
        page = desk.post("/desk/account/password", {"current": PASSWORD, "new": NEW})
    assert refused_at(lines) == ["/desk/account/password"] * 11
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0


def test_language_of_the_desk(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    desk.post("/desk/account/language", {"language": "en"})
    assert "Inbox" in desk.get("/desk").text
    assert desk.post("/desk/account/language", {"language": "xx"}).status_code == 422
    desk.post("/desk/account/language", {"language": "de"})
    assert "Posteingang" in desk.get("/desk").text


def test_colours_come_from_the_browser(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    for cookie, theme in [("dark", "dark"), ("light", "light"), ('"><x', "auto"), ("", "auto")]:
        page = desk.client.get("/desk", headers={"cookie": f"theme={cookie}; {_jar(desk.client)}"})
        assert f'data-theme="{theme}"' in page.text


def _jar(client: object) -> str:
    cookies = getattr(client, "cookies", {})
    return "; ".join(f"{name}={value}" for name, value in dict(cookies).items())
