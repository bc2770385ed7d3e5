"""What somebody wrote now, without what they quote and sign with. Pure.

Better a quotation too many than a sentence too few: what is not surely quoted stays.
"""

import re

_QUOTED = re.compile(r"\s*>")
_FORWARDED = re.compile(
    r"[-_*\s>]*(?:Weitergeleitete Nachricht|Forwarded message|Anfang der weitergeleiteten Nachricht"
    r"|Begin forwarded message)\b",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*-{3,}\s*(?:Urspr(?:ü|ue)ngliche (?:Nachricht|E-?Mail)"
    r"|Original[ -]?(?:Message|Nachricht)|Antwort an)\b.{0,80}",
    re.IGNORECASE,
)
_FROM = re.compile(r"[\s*]*(?:Von|From)\s*:[*\s]*\S", re.IGNORECASE)
_SENT = re.compile(r"[\s*]*(?:Gesendet|Datum|Sent|Date)(?: am)?\s*:[*\s]*\S", re.IGNORECASE)
_ABOUT = re.compile(r"[\s*]*(?:An|To|Betreff|Subject)\s*:", re.IGNORECASE)
_RULE = re.compile(r"\s*[_\-*]{5,}\s*")
_WROTE = re.compile(r"\b(?:schrieb|schrieben|geschrieben|wrote)\b", re.IGNORECASE)
_DATED = re.compile(r"\W*(?:Am|On|Den|Le)\b", re.IGNORECASE)
_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_LONGEST = 400  # characters of an attribution
_SIGNATURE = re.compile(r"-- ?")
_SIGNED = 15  # lines
_FOOTER = re.compile(
    r"(?:Von meinem \S{1,30}(?: \S{1,20})? gesendet|Gesendet (?:von|mit|über|aus) .{1,80}"
    r"|Diese Nachricht wurde von meinem .{1,80} gesendet|Sent from .{1,80}|Get Outlook for .{1,60}"
    r"|Outlook für .{1,40} (?:herunterladen|beziehen).{0,60})\.?",
    re.IGNORECASE,
)
_WRAPPED = 3  # lines of an attribution


def fold(text: str) -> str:
    """Return `text` without quotations and signature; all of it where nothing would be left.

    What somebody passes on from others is what they have to say: a forwarded mail stays.
    """
    lines = text.split("\n")
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if _FORWARDED.match(line):
            kept += lines[place:]
            break
        if _begins_original(lines, place):
            break
        if length := _attribution(lines, place):
            place += length
            if not _quotes_next(lines, place):
                break
            continue
        if not _QUOTED.match(line):
            kept.append(line)
        place += 1
    found = _without_signature(kept)
    return found or text.strip()


def unflow(text: str, *, delsp: bool) -> str:
    """Return `format=flowed` text with its lines joined (RFC 3676, 4.1)."""
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        shown = content[:-1] if flows and delsp else content
        if open_depth == depth and content != "-- ":
            lines[-1] += shown
        else:
            lines.append(f"{'>' * depth} {shown}" if depth else shown)
        open_depth = depth if flows else None
    return "\n".join(lines)


def _begins_original(lines: list[str], place: int) -> bool:
    """Tell whether from here on stands the mail that is answered, as Outlook puts it."""
    if _ORIGINAL.fullmatch(lines[place]):
        return True
    ahead = [line for line in lines[place : place + 8] if line.strip()]
    if ahead and _RULE.fullmatch(ahead[0]):
        ahead = ahead[1:]
    return bool(
        ahead
        and _FROM.match(ahead[0])
        and any(_SENT.match(line) for line in ahead[1:5])
        and any(_ABOUT.match(line) for line in ahead[1:5])
    )


def _attribution(lines: list[str], place: int) -> int:
    """Return how many lines say who wrote what is quoted next, 0 where none do."""
    if not lines[place].strip() or _QUOTED.match(lines[place]):
        return 0
    told = ""
    most = _WRAPPED if _DATED.match(lines[place]) else 1  # else it swallows what stands before
    for length in range(1, min(most, len(lines) - place) + 1):
        line = lines[place + length - 1]
        if not line.strip() or len(told) + len(line) > _LONGEST:
            return 0
        told += f" {line.strip()}"
        if told.endswith(":") and _WROTE.search(told):
            sure = bool(_TIME.search(told)) and ("@" in told or "<" in told)
            return length if sure or _quotes_next(lines, place + length) else 0
    return 0


def _quotes_next(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place : place + 4] if line.strip()), "")
    return _QUOTED.match(following) is not None


def _without_signature(lines: list[str]) -> str:
    for place, line in enumerate(lines):
        if _SIGNATURE.fullmatch(line) and (line == "-- " or len(lines) - place <= _SIGNED):
            lines = lines[:place]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or _FOOTER.fullmatch(lines[end - 1].strip())):
        end -= 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines[:end])).strip()
