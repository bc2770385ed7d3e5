import re

import pytest
from sqlalchemy import select

from bot.inbound.models import AwaitedFile, RawItem
from bot.inbox.models import Message
from bot.staff.states import Role
from connectors.base import MISSING, TOO_LARGE
from tests.support import files
from tests.support.city import Citizen, City, Desk


@pytest.fixture(scope="module")
def citizen(city: City) -> Citizen:
    someone = city.citizen()
    someone.says(
        "Vier Dateien",
        attachments=(
            {"name": "bild ä.png", "media_type": "text/html", "content_base64": files.png()},
            {"name": 'a"b\r\n.pdf', "media_type": "image/png", "content_base64": files.pdf()},
            {"name": "x.png", "media_type": "image/png", "content_base64": files.html()},
            {"name": "stimme.oga", "media_type": "audio/ogg", "content_base64": files.ogg()},
        ),
    )
    someone.hears()
    return someone


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


def addresses(desk: Desk, citizen: Citizen) -> list[str]:
    page = desk.get(f"/desk/conversations/{citizen.conversation_id}").text
    return sorted(set(re.findall(r"/desk/attachments/\d+", page)))


def test_picture_is_shown_safely(citizen: Citizen, desk: Desk) -> None:
    picture = desk.get(addresses(desk, citizen)[0])
    assert picture.headers["content-type"] in {"image/png", "image/jpeg"}
    assert picture.headers["content-disposition"].startswith("inline;")
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.content.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def test_document_is_only_a_download(citizen: Citizen, desk: Desk) -> None:
    document = desk.get(addresses(desk, citizen)[1])
    assert document.headers["content-type"] == "application/pdf"
    assert document.headers["content-disposition"].startswith("attachment;")
    assert "\n" not in document.headers["content-disposition"]
    assert document.headers["content-security-policy"] == "sandbox; default-src 'none'"


def test_a_voice_is_played_in_place(citizen: Citizen, desk: Desk) -> None:
    address = addresses(desk, citizen)[2]
    page = desk.get(f"/desk/conversations/{citizen.conversation_id}")
    assert f'<audio controls preload="none" src="{address}"' in page.text
    assert f'<a class="file" href="{address}" download>' in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    voice = desk.get(address)
    assert voice.headers["content-type"] == "audio/ogg"
    assert voice.headers["content-disposition"].startswith("inline;")
    assert voice.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        ("bytes=0-1", 0, 2),  # how Safari begins
        ("bytes=4-", 4, None),
        ("bytes=-5", -5, None),
        ("bytes=-100000", 0, None),
        ("bytes=3-999999", 3, None),
        ("Bytes=3-3", 3, 4),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(
    citizen: Citizen, desk: Desk, wanted: str, begin: int, end: int | None
) -> None:
    address = addresses(desk, citizen)[2]
    whole = desk.get(address)
    assert whole.status_code == 200
    assert whole.headers["accept-ranges"] == "bytes"
    part = desk.client.get(address, headers={"range": wanted})
    assert part.status_code == 206
    assert part.content == whole.content[begin:end]
    asked = range(len(whole.content))[begin:end]
    told = f"bytes {asked[0]}-{asked[-1]}/{len(whole.content)}"
    assert part.headers["content-range"] == told
    assert part.headers["content-length"] == str(len(part.content))
    for name in ("content-type", "content-disposition", "content-security-policy"):
        assert part.headers[name] == whole.headers[name]


@pytest.mark.parametrize("wanted", ["bytes=100000-", "bytes=99999-100000", "bytes=-0"])
def test_what_a_sound_does_not_have_is_refused(citizen: Citizen, desk: Desk, wanted: str) -> None:
    address = addresses(desk, citizen)[2]
    answer = desk.client.get(address, headers={"range": wanted})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(desk.get(address).content)}"
    assert not answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1,3-4"},
        {"range": "bytes=5-2"},
        {"range": "bytes=-"},
        {"range": "bytes=" + "9" * 5000 + "-"},
        {"range": "bytes=x-y"},
        {"range": "lines=0-1"},
        {"range": "bytes=0-1", "if-range": '"old"'},
    ],
    ids=lambda headers: headers["range"][:16],
)
def test_what_is_no_single_range_gets_the_whole(
    citizen: Citizen, desk: Desk, headers: dict[str, str]
) -> None:
    address = addresses(desk, citizen)[2]
    answer = desk.client.get(address, headers=headers)
    assert answer.status_code == 200
    assert answer.content == desk.get(address).content


def test_pictures_and_documents_come_whole(citizen: Citizen, desk: Desk) -> None:
    for address in addresses(desk, citizen)[:2]:
        answer = desk.client.get(address, headers={"range": "bytes=0-1"})
        assert answer.status_code == 200
        assert "accept-ranges" not in answer.headers


def test_what_was_refused_is_named_and_not_there(citizen: Citizen, desk: Desk) -> None:
    found = addresses(desk, citizen)
    assert len(found) == 3
    page = desk.get(f"/desk/conversations/{citizen.conversation_id}").text
    assert "x.png: nicht angenommen" in page
    refused = int(found[1].rsplit("/", 1)[1]) + 1
    assert desk.get(f"/desk/attachments/{refused}").status_code == 404


def test_only_who_reads_the_conversation_gets_it(city: City, citizen: Citizen, desk: Desk) -> None:
    address = addresses(desk, citizen)[0]
    assert city.client().get(address).status_code == 303
    assert city.staff(Role.VIEWER).get(address).status_code == 200
    assert city.staff(Role.OFFICE, office="tbl").get(address).status_code == 404
    assert desk.get("/desk/attachments/999999999").status_code == 404


def test_a_missing_file_is_named_and_can_be_asked_for_again(city: City) -> None:
    someone = city.citizen()
    native_id = someone.says("Hier ist es")
    someone.hears()
    desk = city.staff(Role.MANAGER)
    page = f"/desk/conversations/{someone.conversation_id}"
    with city.database.unit_of_work() as session:
        message = session.scalars(select(Message).where(Message.native_id == native_id)).one()
        item = session.scalars(select(RawItem).where(RawItem.event_id == native_id)).one()
        item.about = native_id
        message.unread = MISSING
        session.add(
            AwaitedFile(raw_item_id=item.id, channel_id=item.channel_id, tries=13, due_at=None)
        )
        address = f"{page}/messages/{message.id}/fetch"
    shown = desk.get(page).text
    assert "Eine Datei fehlt" in shown
    assert address in shown
    assert address not in city.staff(Role.VIEWER).get(page).text
    assert desk.post(address).headers["location"] == page
    shown = desk.get(page).text
    assert "Eine Datei fehlt noch" in shown
    assert address not in shown
    with city.database.read() as session:
        awaited = session.get_one(AwaitedFile, item.id)
        assert (awaited.tries, awaited.due_at is None) == (0, False)
    assert desk.post(f"{page}/messages/999999999/fetch").status_code == 404


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("sticker", "Sticker"),
        ("poll", "Umfrage"),
        ("call", "Anruf"),
        ("encrypted", "Verschlüsselte Nachricht"),
        (TOO_LARGE, "Datei zu groß"),
        ("brand_new", "Unbekannter Inhalt"),
    ],
)
def test_what_cannot_be_shown_is_named_as_what_it_is(city: City, code: str, kind: str) -> None:
    someone = city.citizen()
    native_id = someone.says("Hallo")
    someone.hears()
    with city.database.unit_of_work() as session:
        message = session.scalars(select(Message).where(Message.native_id == native_id)).one()
        message.unread = code
    page = city.staff(Role.MANAGER).get(f"/desk/conversations/{someone.conversation_id}").text
    assert f"<strong>{kind}</strong>" in page
