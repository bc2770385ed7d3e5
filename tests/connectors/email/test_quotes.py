"""What somebody wrote now, without what they quote, in the words of the programs in use."""

import pytest

from connectors.email import html, quotes
from tests.connectors.email.support import message, source

NOW = "Ja, am Montag passt es.\nVielen Dank!"
QUOTED = {
    "Thunderbird": "Am 30.11.26 um 10:15 schrieb Stadt Musterhausen:\n> Passt es?\n> Grüße",
    "Gmail, wrapped": "Am Mo., 30. Nov. 2026 um 10:15 Uhr schrieb Stadt Musterhausen <\n"
    "stadt@city.test>:\n\n> Passt es?\n>\n> Grüße",
    "iPhone": "Am 30.11.2026 um 10:15 schrieb Stadt <stadt@city.test>:\n\n\ufeffPasst es?\n\nGrüße",
    "English": "On Mon, 30 Nov 2026 at 10:15, City <a@city.test> wrote:\n\n> Passt es?\n> Grüße",
    "name first": "Stadt Musterhausen schrieb am 30.11.2026 10:15 <stadt@city.test>:\n\nPasst es?",
    "hat geschrieben": "Stadt <stadt@city.test> hat am 30.11.2026 10:15 CET geschrieben:\n\nPasst?",
    "Outlook": "________________________________\nVon: Stadt <stadt@city.test>\n"
    "Gesendet: Montag, 30. November 2026 10:15\nAn: Anna\nBetreff: AW: Termin\n\nPasst es?",
    "Outlook, bold": "*Von:* Stadt\n*Gesendet:* Montag\n*An:* Anna\n*Betreff:* Termin\n\nPasst es?",
    "Outlook, English": "From: City\nSent: Monday\nTo: Anna\nSubject: RE: Date\n\nPasst es?",
    "original": "-----Ursprüngliche Nachricht-----\nVon: Stadt\n\nPasst es?",
    "original, English": "-----Original Message-----\nFrom: City\n\nPasst es?",
    "bare": "> Passt es?\n> Grüße",
}


@pytest.mark.parametrize("way", QUOTED)
def test_what_is_quoted_is_folded_away(way: str) -> None:
    assert quotes.fold(f"{NOW}\n\n{QUOTED[way]}") == NOW


def test_an_answer_below_or_between_what_it_answers_stays() -> None:
    told = "Am 1.11.26 um 9:00 schrieb Stadt:\n> Wann?\nMontag\n> Wo?\nVor dem Haus"
    assert quotes.fold(told) == "Montag\nVor dem Haus"


@pytest.mark.parametrize("way", QUOTED)
def test_where_nothing_would_be_left_everything_stays(way: str) -> None:
    assert quotes.fold(QUOTED[way]) == QUOTED[way].strip()


@pytest.mark.parametrize(
    "text",
    [
        "Am Montag schrieb ich Ihnen:\nDer Müll liegt noch immer da.",
        "Mein Nachbar schrieb mir um 10:30 Uhr:\nes brennt",
        "Von: Hauptstraße 5 bis zur Ecke\nist alles dunkel.",
        "Guten Tag,\n\nDatum: Montag\nOrt: Marktplatz\nBetreff: Lärm",
        "Zur Info\n\n---------- Forwarded message ---------\nVon: Anna\n\nDer Baum fällt um!",
        "Siehe unten\n\n-------- Weitergeleitete Nachricht --------\n> Der Baum fällt um!",
    ],
)
def test_what_is_not_surely_quoted_stays(text: str) -> None:
    assert quotes.fold(text) == text


@pytest.mark.parametrize(
    "end", ["\n\n-- \nAnna\nTel. 0123", "\n\nVon meinem iPhone gesendet", "\n\nSent from my phone"]
)
def test_a_signature_is_cut(end: str) -> None:
    assert quotes.fold(NOW + end) == NOW


def test_a_line_between_two_parts_is_no_signature() -> None:
    text = "Eins\n--\n" + "\n".join(f"Punkt {number}" for number in range(20))
    assert quotes.fold(text) == text


def test_flowed_lines_are_joined_and_quotes_stay_quotes() -> None:
    text = "Das ist ein langer \nSatz.\n\n> Frage, die \n> weitergeht\n-- \nAnna"
    assert (
        quotes.unflow(text, delsp=False)
        == "Das ist ein langer Satz.\n\n> Frage, die weitergeht\n-- \nAnna"
    )
    assert quotes.unflow("Donaudampf \nschifffahrt", delsp=True) == "Donaudampfschifffahrt"


def test_html_is_read_as_a_reader_sees_it() -> None:
    page = """<html><head><title>x</title><style>p {color: red}</style></head><body>
    <!-- <p>unsichtbar</p> --><script>alert("<p>nein</p>")</script>
    <p>Guten&nbsp;Tag,<br>hier ist <b>L&auml;rm</b> &lt;laut&gt;.</p>
    <ul><li>Eins<li>Zwei</ul><table><tr><td>A</td><td>B</td></tr></table>
    <a href="https://city.test/plan?a=1&amp;b=2">Plan</a> <a href="javascript:x()">Trick</a>
    <a href="https://city.test/">city.test</a></body></html>"""
    assert html.to_text(page) == (
        "Guten Tag,\nhier ist Lärm <laut>.\n\n- Eins\n- Zwei\nA B\n"
        "Plan (https://city.test/plan?a=1&b=2) Trick city.test"
    )


def test_quotations_of_html_are_folded_too() -> None:
    page = (
        '<div dir="ltr">Ja, gern.</div><br><div class="gmail_quote"><div class="gmail_attr">'
        "Am Mo., 30. Nov. 2026 um 10:15 Uhr schrieb Stadt &lt;stadt@city.test&gt;:<br></div>"
        '<blockquote class="gmail_quote"><div>Passt es?<br>Grüße</div></blockquote></div>'
    )
    mail = source(page, Content_Type="text/html; charset=utf-8", References="<a@city.test>")
    assert message(mail).text == "Ja, gern."


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<a href='", "<style>", "<blockquote>", "&#", "<a href='http://x'>", "</"],
)
def test_html_of_tricks_is_read_in_one_pass(piece: str) -> None:
    assert len(html.to_text(piece * 30_000)) < 2_000_000


@pytest.mark.parametrize(
    "piece",
    ["> ", "Am ", "Von: x\n", "schrieb 10:30 @:\n", "----", "-- \n", "\n", "* ", "On hat wrote a:"],
)
def test_text_of_tricks_is_read_in_one_pass(piece: str) -> None:
    assert quotes.fold(piece * 30_000) is not None
