from bot.staff.states import Role
from tests.support.city import City, Desk, value


def form(desk: Desk, **more: str) -> dict[str, str]:
    version = value(desk.get("/desk/texts/impressum").text, "version")
    text = {"title_de": "Impressum", "body_de": "Stadt", "title_en": "Imprint", "body_en": "City"}
    return text | {"version": version} | more


def test_texts_are_listed_with_who_checked_them(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk/texts").text
    for slug in ("impressum", "datenschutz", "barrierefreiheit"):
        assert f"/desk/texts/{slug}" in page
    assert "ungeprüft" in page
    assert desk.get("/desk/texts/gibtesnicht").status_code == 404
    assert desk.post("/desk/texts/gibtesnicht", {"title_de": "x"}).status_code == 404


def test_form_says_what_a_save_confirms(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    assert "Wer speichert, bestätigt" in desk.get("/desk/texts/datenschutz").text
    desk.post("/desk/texts/impressum", form(desk))
    assert "Wer speichert, bestätigt" not in desk.get("/desk/texts/impressum").text


def test_saving_both_languages(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    data = form(desk, body_de="Neue <b>Adresse</b>\r\n\r\nZwei", body_en="New address\0")
    assert desk.post("/desk/texts/impressum", data).headers["location"].startswith("/desk/texts")
    page = desk.get("/desk/texts/impressum").text
    assert "Neue &lt;b&gt;Adresse&lt;/b&gt;" in page
    assert "New address" in page
    assert desk.username.title() in desk.get("/desk/texts").text


def test_stale_text_is_stopped_and_kept(city: City) -> None:
    desk, other = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    mine = form(desk, body_de="Meine Fassung")
    other.post("/desk/texts/impressum", form(other, body_de="Andere Fassung"))
    page = desk.post("/desk/texts/impressum", mine)
    assert page.status_code == 409
    assert f"Inzwischen hat {other.username.title()}" in page.text
    assert "Meine Fassung" in page.text
    again = mine | {"version": value(page.text, "version")}
    assert desk.post("/desk/texts/impressum", again).status_code == 303
    assert "Meine Fassung" in desk.get("/desk/texts/impressum").text


def test_missing_parts_come_back_with_errors(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    page = desk.post("/desk/texts/impressum", form(desk, title_de=" ", body_en=""))
    assert page.status_code == 422
    assert "Der Titel fehlt" in page.text
    assert 'id="body_en-error"' in page.text
    assert "Imprint" in page.text
    long = desk.post("/desk/texts/impressum", form(desk, title_en="x" * 201))
    assert long.status_code == 422
