"""What the guard finds in public texts, and what it lets pass."""

import datetime as dt
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.city.rules import Emergency
from bot.dialogue import texts
from bot.guard import rules
from bot.guard.rules import Kind, Published, Secrets

PUBLISHED = Published(
    fixed=texts.emergencies(Emergency()),
    contacts=(
        "0214 406-0",
        "info@leverkusen.example",
        "Friedrich-Ebert-Platz 1, 51373 Leverkusen",
        "Der Betreiber ist unter 02171 99887 und markt@betreiber.example zu erreichen.",
        "Konto der Stadtkasse: DE02 1203 0000 0000 2020 51",
    ),
    names=("Leverkusen", "Friedrich-Ebert-Platz 1, 51373 Leverkusen", "Wochenmarkt Opladen"),
)
NICKNAMES = ("Radfahrer", "Kita Mama", "Ampel Retter", "Baustelle Nervt")
SECRETS = Secrets(
    names=frozenset(
        {"Karla Komet", "Jörg Müßig", "Friedrich Ebert", "pia_92", "Олена Зірка", *NICKNAMES}
    ),
    texts=frozenset(
        {
            "Sehr geehrte Damen und Herren, vor meinem Haus liegen seit Wochen alte Reifen.",
            "Dame ist bekannt, nicht mehr anrufen",
            "Laterne flackert furchtbar",
            "Laterne defekt",
            "Hauptstraße 12, Montag 8 Uhr",
            "Die Abfuhr war am Montag, 12. Dezember um 8 Uhr versprochen.",
            "Danke",
        }
    ),
    places=frozenset({"Dorfstraße 5b, Wiesdorf", "Marktplatz", "Friedrich-Ebert-Platz 1"}),
    keys=frozenset({"CDF346", "tok_en-1234567890"}),
)


def found(text: str) -> list[tuple[Kind, str]]:
    findings = rules.findings(text, SECRETS, PUBLISHED)
    assert all(one.words == text[one.start : one.end] for one in findings)
    return [(one.kind, one.words) for one in findings]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.EMAIL, "karla@komet.example"),
        (Kind.EMAIL, "karla@@komet.example karla@komet.example"),
        (Kind.EMAIL, "https://stadt.example/karla@komet.example"),
        (Kind.EMAIL, "karla.k+stadt@mail.komet.example"),
        (Kind.EMAIL, "karla (at) komet.example"),
        (Kind.EMAIL, "karla[at]komet[punkt]example"),
        (Kind.EMAIL, "karla at komet dot example"),
        (Kind.EMAIL, "mail＠komet.example"),
        (Kind.PHONE, "0171 1234567"),
        (Kind.PHONE, "0171/1234567"),
        (Kind.PHONE, "0171-123 45 67"),
        (Kind.PHONE, "0171.123.45.67"),
        (Kind.PHONE, "(0214) 123456"),
        (Kind.PHONE, "(02 14) 12 34 56"),
        (Kind.PHONE, "0214 / 12 34-56"),
        (Kind.PHONE, "+49 (0) 171 / 123 45 67"),
        (Kind.PHONE, "+49(0)171-1234567"),
        (Kind.PHONE, "(+49) 171 1234567"),
        (Kind.PHONE, "0049 171 1234567"),
        (Kind.PHONE, "49 171 1234567"),
        (Kind.PHONE, "+1 (555) 123-4567"),
        (Kind.PHONE, "+90 212 555 12 34"),
        (Kind.PHONE, "0 171 1 2 3 4 5 6 7"),
        (Kind.PHONE, "０１７１ １２３４５６７"),
        (Kind.PHONE, "0\u200b171\u00a01234567"),
        (Kind.PHONE, "0️⃣1️⃣7️⃣1️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣"),
        (Kind.PHONE, "https://wa.me/491711234567"),
        (Kind.PHONE, "Tel. 555123"),
        (Kind.PHONE, "mein Handy: 171 1234567"),
        (Kind.PHONE, "am 01.12.2026 0171 1234567 anrufen"),
        (Kind.PHONE, "tel:+491711234567"),
        (Kind.PHONE, "https://stadt.example/amt 0171 1234567"),
        (Kind.PHONE, "Telefon 0214/2012"),
        (Kind.PHONE, "zur Vorlage: 0171 1234567"),
        (Kind.PHONE, "Az. 12/2026 0171 1234567"),
        (Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
        (Kind.IBAN, "de89370400440532013000"),
        (Kind.IBAN, "GB82 WEST 1234 5698 7654 32"),
        (Kind.NAME, "Liebe Karla, danke!"),
        (Kind.NAME, "KARLA KOMET"),
        (Kind.NAME, "karla komet"),
        (Kind.NAME, "Komets Meldung"),
        (Kind.NAME, "Karla-Komet"),
        (Kind.NAME, "Hallo Joerg"),
        (Kind.NAME, "Herr Mueßig"),
        (Kind.NAME, "Jo\u0308rg"),
        (Kind.NAME, "Guten Tag Frau Sommer"),
        (Kind.NAME, "Sehr geehrter Herr Dr. Winter"),
        (Kind.NAME, "Familie Herbst"),
        (Kind.NAME, "Familie Dr. Sommer"),
        (Kind.NAME, "Kita Mama"),
        (Kind.NAME, "von Fr. Sommer"),
        (Kind.NAME, "Mrs Summer called"),
        (Kind.NAME, "Ayşe Hanım"),
        (Kind.NAME, "Олена"),
        (Kind.NAME, "Hallo pia_92"),
        (Kind.NAME, "Friedrich Ebert hat geschrieben"),
        (Kind.TICKET, "Vor meinem Haus liegen seit Wochen alte Reifen"),
        (Kind.TICKET, "liegen seit Wochen alte Reifen?"),
        (Kind.TICKET, "dame ist bekannt, nicht MEHR anrufen"),
        (Kind.TICKET, "Die Laterne flackert furchtbar"),
        (Kind.TICKET, "in der Dorfstr. 5b"),
        (Kind.TICKET, "Dorfstrasse 5b"),
        (Kind.LINK, "https://stadt.example/t/abcDEF_123"),
        (Kind.LINK, "stadt.example/T/abc"),
        (Kind.LINK, "/t/abc"),
        (Kind.LINK, "%2Ft%2Fabc"),
        (Kind.LINK, "https%3A%2F%2Fstadt.example%2f%74%2fabc"),
        (Kind.LINK, "stadt.example%252Ft%252Fabc"),
        (Kind.LINK, "stadt.example//t//abc"),
        (Kind.LINK, "Prüfcode cdf-346"),
        (Kind.LINK, "tok_en-1234567890"),
    ],
)
def test_it_is_found_alone_and_within_a_sentence(kind: Kind, text: str) -> None:
    for said in (text, f"Guten Tag, {text}, bis bald.", f"Guten Tag.\n({text})"):
        assert kind in {one for one, _ in found(said)}, said


def test_everything_that_is_there_is_named() -> None:
    text = "Liebe Karla, Ihre Nummer 0171 1234567 und k@komet.example: https://x.example/t/abc"
    assert [kind for kind, _ in found(text)] == [Kind.NAME, Kind.PHONE, Kind.EMAIL, Kind.LINK]


HARMLESS = [
    *PUBLISHED.fixed,
    "Der Wochenmarkt Opladen ist am Dienstag und Freitag, 08:00 bis 13:00 Uhr.",
    "Geöffnet Mo–Fr 8–12 und 14–16 Uhr, Sa. 10.00-13.00 Uhr.",
    "Mo. bis Fr. Markt, sonntags geschlossen. Nächster Termin: Fr. 04.12.2026.",
    "Öffnungszeiten: 08.00-12.00/14.00-16.00 Uhr",
    "Telefonisch erreichbar Mo-Do 8.00-16.00 Uhr, Fr. 8.00-12.00 Uhr",
    "Am 05.12. 8-13 Uhr, am 24.12. 8-12 Uhr, am 31.12. nicht.",
    "Vom 01.12.–24.12.2026 täglich von 11:00 bis 21:00 Uhr",
    "Der Markt am 03.10. fällt auf den 02.10.2026.",
    "Heute, 01/12/2026, und am 2026-01-05 um 08:00 Uhr",
    "05.01.2027 08.00-13.00 Uhr, 06.01.2027 08.00-13.00 Uhr",
    "Sie finden uns am Friedrich-Ebert-Platz 1, 51373 Leverkusen.",
    "Das Bürgerbüro ist in der Hauptstraße 12-14, 51373 Leverkusen.",
    "Die Karla-Komet-Straße ist gesperrt, die Friedrich-Ebert-Straße auch.",
    "Sie erreichen die Stadt unter Telefon 0214 406-0.",
    "Rufen Sie uns an: +49 214 406-0, Mo bis Fr 8-16 Uhr",
    "Das Bürgerbüro hat die 0214/406-1234, in der Stadt 406 1234.",
    "Der Betreiber: 02171 / 99887 oder markt@betreiber.example",
    "Schreiben Sie an info@leverkusen.example oder INFO@Leverkusen.example.",
    "Die Stadtkasse hat die IBAN DE02120300000000202051.",
    "Im Notfall 112, Polizei 110, Behördennummer 115, Arzt 116117 oder 116 117.",
    "Hilfetelefon 116 016, Nummer gegen Kummer 116111, Telefonseelsorge 0800 111 0 222",
    "Ihre Meldung LEV-2026-000123 ist in Bearbeitung.",
    "Zu LEV-2026-004711 gibt es Neues: https://stadt.example/t",
    "Bitte schreiben Sie uns privat: https://stadt.example/chat",
    "Ein Kilo Äpfel kostet 2,50 €, drei Kilo 6.00 Euro, ein Bund 0,99 €.",
    "Der Haushalt hat 1.250.000.000 Euro, der Bau kostet 10 000 000 Euro.",
    "Die Gebühr ist 0.50 / 1.20 / 2.00 € je Stunde.",
    "In 01067 Dresden und 51375 Leverkusen gibt es 2 Märkte mit 120 Ständen.",
    "Sehr geehrte Damen und Herren, vielen Dank für Ihre Nachricht!",
    "Guten Tag Herr Bürgermeister, liebe Nachbarinnen und Nachbarn",
    "Frau Oberbürgermeisterin eröffnet den Markt am Marktplatz.",
    "Das Amt für Familie Jugend und Soziales ist umgezogen.",
    "Danke! Die Laterne wird morgen repariert.",
    "Alte Reifen nimmt der Wertstoffhof an, bis zu 4 Stück.",
    "Buslinie 201, 208 und 222 halten dort, Steig 12.",
    "Aktenzeichen 36-20-14, Satzung vom 12.03.2019, § 5 (2) Satz 1",
    "Es sind 20 °C, und der Park hat 24 h geöffnet: 51.0327, 6.9841",
    "Zimmer 0.14, 2. Stock, Raum 2.105",
    "Der Markt im Winterhalbjahr 2026/2027: 7.30 bis 12.30 Uhr",
    "The market is open from 8 am to 1 pm on Saturday, 5 December 2026.",
    "Pazar cumartesi günü saat 08:00-13:00 arasında açık.",
    "Ринок працює в суботу з 08:00 до 13:00.",
    "Mehr auf https://www.leverkusen.example/vorlagen/0123-4567890.pdf oder http://x.example/?id=0171234567",
    "Vorlage Nr. 0123/2026 und Drucksache 01/2026-4711, dazu 0815/2026.",
    "Aktenzeichen 03/2026-1234, Az.: 0221/4567-89, Flurstück 0123/45 678",
    "Folgen Sie @stadt@social.example und (@markt@fedi.leverkusen.example)!",
    "Themen: Kinder, Familie\nSprechstunden im Rathaus",
    "Familie Telefon: siehe unten. Familie Die Sprechstunde entfällt.",
    "Die Laterne defekt gemeldet: Sie wird repariert.",
    "Das Bürgerbüro, Hauptstraße 12, Montag 8 Uhr",
    "Der Markt ist am Montag, 12. Dezember um 8 Uhr.",
    "Für Radfahrer ist der Radweg offen, die Ampel an der Baustelle geht, die Kita auch.",
    "Mehr auf https://www.leverkusen.example/stadt/2026/12/markt-karla.html",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_answers_pass(text: str) -> None:
    assert found(text) == []


def test_what_the_assistant_says_in_public_passes() -> None:
    fields = {
        "chat": "https://stadt.example/chat",
        "link": "https://stadt.example/t",
        "number": "LEV-2026-000001",
        "city": "Leverkusen",
        "privacy_url": "https://stadt.example/datenschutz",
        "alternative": "Telefon 0214 406-0",
    }
    for language in ("de", "en", "tr", "uk"):
        for key in (
            *("public", "public_written", "public_withheld", "public_news", "introduction"),
            *("demo", "greeting", "thanks", "unread", "handback"),
        ):
            assert found(texts.say(key, language, **fields)) == [], (key, language)


def test_a_name_may_be_a_word_of_the_emergency_text() -> None:
    secrets = Secrets(names=frozenset({"Rufen Sie", "Polizei Unfall", "Feuer"}))
    [text, *_] = PUBLISHED.fixed
    assert rules.findings(text, secrets, PUBLISHED) == ()
    assert rules.findings("Ein Unfall im Ort", secrets, PUBLISHED) != ()


LONG = [
    *(
        "a" * 20_000,
        "A" * 400_000,
        "Aa-" * 100_000,
        "0 " * 10_000,
        "a.b" * 7_000,
        "\u33c2" * 20_000,
    ),
    *("/%2f" * 5_000, "Dr. " * 5_000),
    *("09.00-12.00 " * 1_600 + "1", "0.10 0.20 0.50 " * 1_300 + "9999"),
]


def test_long_texts_are_read_quickly_enough_to_end() -> None:
    for text in LONG:
        rules.findings(text, SECRETS, PUBLISHED)


def test_rows_of_dates_and_prices_may_be_long() -> None:
    dates = " ".join(f"{day:02}.{month:02}." for month in range(1, 6) for day in range(1, 31))
    prices = "0.10 0.20 0.50 " * 60
    hours = "09.00-12.00 " * 60
    assert found(f"Restmüll: {dates} 51373 Leverkusen") == []
    assert found(f"Gebühr: {prices}Euro, geöffnet {hours}Uhr") == []
    for row in (dates, prices, hours):
        assert {kind for kind, _ in found(f"{row} 0171 1234567")} == {Kind.PHONE}
        assert {kind for kind, _ in found(f"{row}9999 1")} == {Kind.PHONE}


GAPS = st.sampled_from(["", " ", "-", "/", ".", " / ", " - ", "\u00a0", "–", "_"])
AREAS = st.sampled_from(["171", "151", "1520", "214", "2171", "30", "40", "89", "800", "180"])
PREFIXES = st.sampled_from(["0", "(0", "+49 ", "+49", "+49 (0) ", "0049 ", "0049-(0)", "(+49) "])


@given(
    prefix=PREFIXES,
    area=AREAS,
    groups=st.lists(st.from_regex(r"[0-9]{2,4}", fullmatch=True), min_size=2, max_size=3),
    gaps=st.lists(GAPS, min_size=3, max_size=3),
    around=st.sampled_from(["{}", "Rufen Sie {} an.", "Kontakt:{}", "({})", "Am 3.5. unter {}!"]),
)
def test_any_spelling_of_a_telephone_number_is_found(
    prefix: str, area: str, groups: list[str], gaps: list[str], around: str
) -> None:
    closing = ")" if prefix == "(0" else ""
    number = f"{prefix}{area}{closing}"
    for gap, group in zip(gaps, groups, strict=False):
        number += gap + group
    dialled = re.sub(r"\D", "", number)
    said = found(around.format(number))
    if not dialled.endswith(("08001110111", "08001110222")):
        assert Kind.PHONE in {kind for kind, _ in said}, number


DAYS = st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2040, 12, 31))
TIMES = st.times()
HARMLESS_PIECES = st.one_of(
    st.builds(
        lambda day, form: day.strftime(form),
        DAYS,
        st.sampled_from(
            [
                "%d.%m.%Y",
                "%d.%m.",
                "%d.%m.%y",
                "%d. %m. %Y",
                "%Y-%m-%d",
                "%d/%m/%Y",
                "%d-%m-%Y",
                "%m/%Y",
            ]
        ),
    ),
    st.builds(lambda day: f"{day.day}.{day.month}.{day.year}", DAYS),
    st.builds(
        lambda time, form: time.strftime(form),
        TIMES,
        st.sampled_from(["%H:%M", "%H:%M Uhr", "%H.%M Uhr", "%H:%M:%S"]),
    ),
    st.builds(lambda a, b: f"{a:%H.%M}-{b:%H.%M} Uhr", TIMES, TIMES),
    st.builds(lambda a, b: f"{a:%H:%M}–{b:%H:%M}", TIMES, TIMES),
    st.builds(
        lambda euros, cents: f"{euros},{cents:02d} €", st.integers(0, 9999), st.integers(0, 99)
    ),
    st.builds(lambda euros: f"{euros:,} Euro".replace(",", "."), st.integers(0, 10**10)),
    st.builds(lambda code: f"{code:05d} Dorf", st.integers(1001, 99998)),
    st.builds(
        lambda year, count: f"LEV-{year}-{count:06d}",
        st.integers(2020, 2099),
        st.integers(1, 999_999),
    ),
)


@given(st.lists(HARMLESS_PIECES, min_size=1, max_size=3), st.sampled_from([", ", " und ", "; "]))
@example(["01.02.2026", "08.00-12.00 Uhr"], ", ")
def test_dates_times_prices_postcodes_and_ticket_numbers_never_are(
    pieces: list[str], between: str
) -> None:
    text = f"Am Markt: {between.join(pieces)}."
    assert found(text) == [], text
