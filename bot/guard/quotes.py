"""Words of a ticket in a text: a quotation, the whole of something short, an address. Pure."""

from collections.abc import Iterable, Iterator

from bot.guard.folding import MASK, Folded, Span, Word, plain, words

_RUN = 5  # so many words in a row are a quotation, when some of them mean something
_MEANING = 2
_MEANING_ALONE = 3  # of something shorter: "Laterne defekt" is what anybody would write
_SHORTEST = 4  # letters of a word that means something
# Courtesy and times, which everybody writes and nobody owns.
_COURTESY = frozenset(
    plain(
        "sehr geehrte geehrter damen herren liebe lieber hallo guten tag morgen abend mit"
        " freundlichen grüßen freundliche grüße viele beste schöne vielen herzlichen danke dank"
        " besten gruß im voraus für ihre ihren ihrer ihnen hilfe mühe nachricht hinweis hinweise"
        " anfrage antwort rückmeldung meldung bitte gerne haben habe wurde wurden werden wird sind"
        " eine einen einer eines diese dieser dieses auch nicht noch schon oder aber dass weil wenn"
        " kann können könnte könnten möchte würde würden bald möglich stadt leider melden meldet"
        " dear kind regards thank thanks many please your have been with this that there would"
        " could will from about best wishes hello good morning evening message report help"
        " montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar märz"
        " april juni juli august september oktober november dezember"
        " monday tuesday wednesday thursday friday saturday sunday january february march june july"
        " october december"
        " teşekkür ederim ederiz için lütfen merhaba дякую добрий день будь ласка вітання"
    )
)


def quoted(folded: Folded, texts: Iterable[str], places: Iterable[str]) -> Iterator[Span]:
    """Return where a text quotes one of `texts`, or names one of `places` with its number."""
    said = words(folded)
    if not said:
        return
    for text in texts:
        whole = plain(text)
        short = len(whole) < _RUN
        runs, needed = ({whole}, _MEANING_ALONE) if short else (_runs(whole, _RUN), _MEANING)
        yield from _found(folded, said, {run for run in runs if _meaning(run) >= needed})
    yield from _found(folded, said, {address for place in places for address in _addresses(place)})


def _runs(whole: tuple[str, ...], length: int) -> Iterator[tuple[str, ...]]:
    return (whole[place : place + length] for place in range(len(whole) - length + 1))


def _found(folded: Folded, said: list[Word], wanted: set[tuple[str, ...]]) -> Iterator[Span]:
    for length in {len(run) for run in wanted}:
        for place, run in enumerate(_runs(tuple(word.text for word in said), length)):
            span = said[place].span[0], said[place + length - 1].span[1]
            if run in wanted and MASK not in folded.text[slice(*span)]:
                yield span


def _meaning(run: tuple[str, ...]) -> int:
    return sum(word.isalpha() and len(word) >= _SHORTEST and word not in _COURTESY for word in run)


def _addresses(place: str) -> Iterator[tuple[str, ...]]:
    """Return the streets with a number: a square or a stop alone is nobody's address."""
    for piece in place.split(","):
        found = plain(piece)
        if any(word[0].isdigit() for word in found) and any(word.isalpha() for word in found):
            yield found
