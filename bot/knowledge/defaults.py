"""What the obligatory pages say as long as the city has not written them."""

from dataclasses import dataclass

FALLBACK = "de"
OBLIGATORY = ("datenschutz", "impressum", "barrierefreiheit")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in text; `body` is Markdown."""

    language: str
    title: str
    body: str


_TITLES = {
    "datenschutz": {"de": "Datenschutz", "en": "Privacy"},
    "impressum": {"de": "Impressum", "en": "Legal notice"},
    "barrierefreiheit": {"de": "Barrierefreiheit", "en": "Accessibility"},
}
_MUST_NAME = {
    "datenschutz": {
        "de": """\
- wer verantwortlich ist, und wie Sie die Datenschutzbeauftragten erreichen
- zu welchen Zwecken und auf welcher Rechtsgrundlage Daten verarbeitet werden
- wer sie erhält und wann sie gelöscht werden
- welche Rechte Sie haben und bei welcher Aufsicht Sie sich beschweren können
- auf welchen anderen Wegen Sie die Stadt erreichen""",
        "en": """\
- who is responsible, and how to reach the data protection officer
- for which purposes and on which legal basis data are processed
- who receives them and when they are deleted
- which rights you have and to which authority you can complain
- in which other ways you can reach the city""",
    },
    "impressum": {
        "de": """\
- Name und Anschrift der Stadt und wer sie vertritt
- wie Sie sie schnell elektronisch und telefonisch erreichen
- wer für den Inhalt verantwortlich ist""",
        "en": """\
- name and address of the city and who represents it
- how to reach it quickly by electronic means and by phone
- who is responsible for the content""",
    },
    "barrierefreiheit": {
        "de": """\
- welche Teile nicht barrierefrei sind, warum, und welche Alternativen es gibt
- wie Sie Barrieren elektronisch melden können
- den Weg zur Ombudsstelle für barrierefreie Informationstechnik des Landes""",
        "en": """\
- which parts are not accessible, why, and which alternatives there are
- how you can report barriers electronically
- the way to the state's ombuds office for accessible information technology""",
    },
}
_FRAME = {
    "de": """\
**Diese Seite muss die Stadt noch ausfüllen.** Solange das nicht geschehen ist, soll dieser \
Dienst nicht öffentlich betrieben werden.

Hier muss stehen:

{must}
""",
    "en": """\
**The city has yet to fill in this page.** Until that is done, this service should not be run \
in public.

It must name:

{must}
""",
}


def page(slug: str, language: str) -> BuiltIn | None:
    """Return the built-in text in English or else German; None for any other slug."""
    if slug not in OBLIGATORY:
        return None
    spoken = language if language in _FRAME else FALLBACK
    body = _FRAME[spoken].format(must=_MUST_NAME[slug][spoken])
    return BuiltIn(spoken, _TITLES[slug][spoken], body)
