"""Reading mails: who wrote what, in which thread; and what nobody may answer."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import TOO_LARGE, InboundMessage, ParseError, Sender
from connectors.email import items
from connectors.email.connector import CONNECTOR
from connectors.shapes import listing, obj, text
from tests.connectors.email.support import ME, item, message, read, source


def test_names_and_subjects_in_every_spelling() -> None:
    found = message(
        source(
            "Es klemmt.",
            From="=?iso-8859-1?q?M=FCller=2C_J=F6rg?= <Joerg@Example.ORG>",
            Subject="=?utf-8?b?VMO8ciBk?= =?utf-8?b?ZXIgU2NodWxl?=",
        )
    )
    assert found.sender == Sender("joerg@example.org", "Müller, Jörg")
    assert found.text == "Tür der Schule\n\nEs klemmt."


def test_a_subject_that_is_repeated_or_answered_is_not_said_twice() -> None:
    assert message(source("Schlagloch vor der Tür", Subject="Schlagloch")).text == (
        "Schlagloch vor der Tür"
    )
    answer = source("Danke", Subject="Termin", In_Reply_To="<a@city.test>")
    assert message(answer).text == "Danke"
    assert message(source("", Subject="Re: Ja bitte")).text == "Re: Ja bitte"


@pytest.mark.parametrize(
    ("headers", "thread"),
    [
        ({}, "m1@example.org"),
        ({"In_Reply_To": "<b@city.test>"}, "b@city.test"),
        ({"In_Reply_To": "<b@x>", "References": "<a@city.test>\n <b@x>"}, "a@city.test"),
        ({"To": "Stadt <Stadt+t.Tok-1@city.test>", "References": "<a@x>"}, "a@x"),
        ({"To": "stadt+werbung@city.test"}, "m1@example.org"),
    ],
)
def test_threads_follow_the_chain_and_not_the_subject(headers: dict[str, str], thread: str) -> None:
    raw = source("Hallo", **headers)
    assert message(raw).thread == item(raw).order_key == thread


@pytest.mark.parametrize(
    ("headers", "reference"),
    [
        ({}, None),
        ({"To": "Stadt <Stadt+t.Lev-1.k3@city.test>", "References": "<a@x>"}, "lev-1.k3"),
        ({"Cc": "stadt+t.x@city.test"}, "x"),
        ({"Delivered_To": "stadt+t.x@city.test"}, "x"),
        ({"To": "stadt+werbung@city.test"}, None),
        ({"To": "stadt+t.@city.test"}, None),
        ({"To": "bob+t.x@city.test"}, None),
        ({"To": "stadt+t.x@evil.test"}, None),
    ],
)
def test_an_address_with_a_plus_brings_back_a_reference(
    headers: dict[str, str], reference: str | None
) -> None:
    assert message(source("Hallo", **headers)).reference == reference


def test_the_answer_goes_where_it_is_wanted() -> None:
    form = source("Hallo", From="Formular <web@stadt.example>", Reply_To="bernd@example.org")
    assert message(form).sender == Sender("bernd@example.org")
    many = source("Hallo", Reply_To="a@example.org, b@example.org")
    assert message(many).sender.id == "anna@example.org"
    ours = source("Hallo", Reply_To=ME)
    assert message(ours).sender.id == "anna@example.org"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"Precedence": "List"},
        {"List_Id": "<nachbarn.example.org>"},
        {"List_Unsubscribe": "<mailto:weg@example.org>"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "OOF"},
        {"From": "MAILER-DAEMON@example.org"},
    ],
)
def test_what_a_program_wrote_is_shown_and_never_answered(headers: dict[str, str]) -> None:
    found = message(source("Ich bin bis Montag nicht da.", **headers))
    assert found.automatic
    assert found.text.endswith("Ich bin bis Montag nicht da.")


def test_people_are_no_programs() -> None:
    found = message(source("Hallo", Auto_Submitted="no", Return_Path="<anna@example.org>"))
    assert not found.automatic


@pytest.mark.parametrize("sender", [ME, "Stadt <STADT@city.test>", "stadt+t.x@city.test"])
def test_our_own_mails_bring_nothing(sender: str) -> None:
    assert read(source("Hallo", From=sender)) == []
    assert read(source("Hallo", From=sender, Reply_To="stadt+t.x@city.test")) == []
    assert read(source("Hallo", From=sender, Reply_To="a@example.org, b@example.org")) == []


@pytest.mark.parametrize("wanted", ["Erika <erika@web.example>", f"erika@web.example, {ME}"])
def test_a_form_of_the_city_itself_asks_for_somebody(wanted: str) -> None:
    found = message(source("Hallo", From=f"Stadt <{ME}>", Reply_To=wanted))
    assert found.sender.id == "erika@web.example"


BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: stadt@city.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.example.org>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

This is the mail system at host mx.example.org.
--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; Anna@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--=b
Content-Type: {kind}

From: stadt@city.test
To: anna@example.org
Message-ID: <k1@{domain}>
References: <m1@example.org> <m2@example.org>
Subject: Re: Anfrage

--=b--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_is_told_in_the_conversation_that_it_is_about(kind: str) -> None:
    found = message(BOUNCE.format(action="failed", kind=kind, domain="city.test"))
    assert (found.sender.id, found.thread) == ("anna@example.org", "m1@example.org")
    assert found.automatic
    assert found.unread == "bounce"
    assert found.text == (
        "Eine E-Mail an anna@example.org kam nicht an.\n5.1.1 smtp; 550 5.1.1 User unknown"
    )


def test_a_bounce_of_a_tickets_mail_brings_its_reference_back() -> None:
    raw = BOUNCE.format(action="delayed", kind="message/rfc822", domain="city.test")
    found = message(raw.replace("Subject: Re:", "Reply-To: stadt+t.x@city.test\nSubject: Re:"))
    assert (found.thread, found.reference) == ("m1@example.org", "x")
    assert found.text.startswith("Eine E-Mail an anna@example.org verspätet sich.")


def test_a_bounce_of_somebody_elses_mail_stays_with_its_server() -> None:
    found = message(BOUNCE.format(action="failed", kind="message/rfc822", domain="evil.test"))
    assert (found.sender.id, found.thread) == ("mailer-daemon@mx.example.org", "b1@mx.example.org")
    assert found.automatic


def test_what_was_delivered_or_read_is_no_message() -> None:
    raw = BOUNCE.format(action="delivered", kind="message/rfc822", domain="city.test")
    assert read(raw) == []
    assert read(raw.replace("delivery-status", "disposition-notification")) == []


def test_a_mail_from_nobody_cannot_be_read() -> None:
    with pytest.raises(ParseError):
        read(source("Hallo", From=""))
    with pytest.raises(ParseError):
        read(source("Hallo", From="undisclosed"))


def test_a_mail_without_a_name_of_its_own_has_one_all_the_same() -> None:
    one, same, other = (item(source(text, Message_ID="")) for text in ("a", "a", "b"))
    assert one.event_id == same.event_id != other.event_id
    assert message(source("a", Message_ID="")).native_id == one.event_id == one.about


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", "quoted-printable", "Gr=FC=DFe", "Grüße"),
        ("text/plain; charset=klingon", "8bit", "Grüße", "Grüße"),
        ("text/plain; charset=utf-8", "base64", "R3LDvMOfZQ", "Grüße"),
        ("text/plain; charset=utf-8", "base64", "!!!", ""),
        ("text/plain; charset=utf-8", "x-unknown", "Grüße", "Grüße"),
        ("text/plain; charset=unicode_escape", "8bit", r"Gr\ud800e", "Gr?e"),
        ("text/plain; charset=utf-8; format=flowed", "8bit", "Guten \nTag", "Guten Tag"),
        ("text/html; charset=utf-8", "8bit", "<p>Gr&uuml;&szlig;e</p>", "Grüße"),
        ("", "", "Grüße", "Grüße"),
    ],
)
def test_texts_in_every_spelling(content_type: str, encoding: str, body: str, text: str) -> None:
    raw = source(body, Subject="", Content_Type=content_type, Content_Transfer_Encoding=encoding)
    assert message(raw).text == text


def test_bytes_of_windows_are_read() -> None:
    raw = source("", Subject="", Content_Type="text/plain").encode() + "Grüße – 5 €".encode(
        "cp1252"
    )
    assert message(raw).text == "Grüße – 5 €"


def mixed() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "anna@example.org", ME, "<m1@example.org>"
    mail.set_content("Anbei das Bild.")
    mail.add_alternative('<p>Anbei das Bild. <img src="cid:logo"></p>', subtype="html")
    return mail


def test_a_text_in_two_ways_is_one_and_decoration_is_left_out() -> None:
    mail = mixed()
    page = mail.get_payload(1)
    assert isinstance(page, EmailMessage)
    page.add_related(b"\x89PNG" + b"x" * 100, "image", "png", cid="<logo>")
    page.add_related(b"\x89PNG" + b"x" * 20_000, "image", "png", cid="<foto>")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Größe.pdf")
    mail.add_attachment("Zeile", filename="notiz.txt")
    found = item(mail.as_bytes())
    assert [one.name for one in found.files] == ["Datei", "Größe.pdf", "notiz.txt"]
    (read_one,) = CONNECTOR.parse(found.payload)
    assert isinstance(read_one, InboundMessage)
    assert (read_one.text, read_one.files) == ("Anbei das Bild.", 3)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''Stra%C3%9Fe.pdf", "Straße.pdf"),
        ("attachment; filename*0*=utf-8''Stra%C3%9F; filename*1=e.pdf", "Straße.pdf"),
        ('attachment; filename="=?utf-8?q?Stra=C3=9Fe=2Epdf?="', "Straße.pdf"),
        ('attachment; filename="Straße.pdf"', "Straße.pdf"),
        (r'attachment; filename="..\\..\\C:\\x.pdf"', "x.pdf"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ("attachment", "Datei"),
    ],
)
def test_files_have_the_names_that_were_meant(disposition: str, name: str) -> None:
    raw = source("%PDF", Content_Type="application/pdf", Content_Disposition=disposition)
    assert [file.name for file in item(raw).files] == [name]


def test_all_that_was_written_in_a_mail_has_one_limit() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "anna@example.org", ME, "<m1@example.org>"
    mail["Content-Type"] = "multipart/mixed"
    for _ in range(50):
        one = EmailMessage()
        one.set_content("<p>Hallo</p>" * 2_000, subtype="html")
        mail.attach(one)
    found = item(mail.as_bytes())
    bodies = listing(found.payload["bodies"])
    assert sum(len(text(obj(one).get("html")) or "") for one in bodies) <= 256 * 1024
    (read_one,) = CONNECTOR.parse(found.payload)
    assert isinstance(read_one, InboundMessage)
    assert read_one.unread == TOO_LARGE


def test_a_mail_within_a_mail_and_an_invitation_are_files() -> None:
    mail = mixed()
    inner = EmailMessage()
    inner["Subject"] = "Innen"
    inner.set_content("Weitergeleitet")
    mail.add_attachment(inner)
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar")
    names = [(one.name, one.declared_type) for one in item(mail.as_bytes()).files]
    assert names == [("Nachricht.eml", "message/rfc822"), ("Termin.ics", "text/calendar")]


@pytest.mark.parametrize(
    ("content_type", "body", "unread"),
    [
        ("multipart/encrypted; boundary=b", "--b\n\nVersion: 1\n--b--", "encrypted"),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "x", "encrypted"),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\n\nx", "encrypted"),
        ("application/ms-tnef; name=winmail.dat", "x", "unknown"),
        ("multipart/mixed; boundary=b", "--b--", "unknown"),
    ],
)
def test_what_nobody_can_read_is_shown(content_type: str, body: str, unread: str) -> None:
    found = message(source(body, Content_Type=content_type, Subject=""))
    assert (found.text, found.unread) == ("", unread)


def test_a_signed_mail_is_read() -> None:
    body = (
        "--b\nContent-Type: text/plain\n\nHallo\n--b\nContent-Type: application/pgp-signature\n\nx"
    )
    raw = source(body, Content_Type="multipart/signed; boundary=b", Subject="")
    assert (message(raw).text, message(raw).files, message(raw).unread) == ("Hallo", 0, None)


def test_a_hundred_parts_within_one_another_end_somewhere() -> None:
    body = "".join(
        f"--b{level}\nContent-Type: multipart/mixed; boundary=b{level + 1}\n\n"
        for level in range(100)
    )
    raw = source(body, Content_Type="multipart/mixed; boundary=b0")
    assert message(raw).unread == "unknown"
    deeper = "".join(
        f"--b{level}\nContent-Type: multipart/mixed; boundary=b{level + 1}\n\n"
        for level in range(2000)
    )
    assert message(source(deeper, Content_Type="multipart/mixed; boundary=b0")).unread == "unknown"


def test_a_clock_that_goes_wrong_gives_way_to_when_it_came() -> None:
    came = datetime(2026, 11, 30, 7, tzinfo=UTC)
    for told in ("Mon, 30 Nov 2099 07:00:00 +0100", "Thu, 01 Jan 1970 00:00:00 +0000", "gestern"):
        raw = source("Hallo", Date=told).encode()
        found = items.item(raw, me=ME, most=1000, received_at=came)
        (read_one,) = CONNECTOR.parse(found.payload)
        assert isinstance(read_one, InboundMessage)
        assert read_one.sent_at == found.sent_at == came


def check(raw: bytes) -> None:
    """Whatever the bytes are, they are an item that can be stored, and events or a parse error."""
    found = item(raw)
    payload = json.loads(json.dumps(found.payload))
    assert "\\u0000" not in json.dumps(found.payload)
    json.dumps(found.payload, ensure_ascii=False).encode()
    try:
        events = CONNECTOR.parse(payload)
    except ParseError:
        return
    for event in events:
        assert isinstance(event, InboundMessage)
        assert event.native_id == found.about
        assert event.files == len(found.files)
        event.text.encode()
        assert len(event.thread) <= 255


_LINES = st.sampled_from(
    [
        b"From: a@b.c",
        b"From: =?x?q?=FF=00?= <\xff@b>",
        b"Subject: \xff\xfe",
        b"Date: \x00",
        b"To: <",
        b"References: <",
        b"Message-ID: <>",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=b",
        b"Content-Type: multipart/report",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=\xff",
        b"Content-Type: text/plain; charset*0*=x''%00; format=flowed",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=x'y'%ff%00",
        b"Final-Recipient: rfc822; x@y.z",
        b"begin 666 x",
        b"--b",
        b"--b--",
        b"",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    check(raw)
    check(b"From: anna@example.org\n" + raw)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(_LINES, st.binary(max_size=30)), max_size=25))
def test_any_lines_are_a_mail(lines: list[bytes]) -> None:
    check(b"\r\n".join(lines))
