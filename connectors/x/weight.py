"""How X counts a text: letters of its ranges once, all others twice, links and emoji as a whole.

The rules are those of twitter-text 3 (docs.x.com, "Counting characters"; `config/v3.json`).
"""

import re
import unicodedata
from bisect import bisect_right

import regex

LIMIT = 280
_LINK = 23  # whatever its length: X puts t.co there
# Code points that weigh one; every other weighs two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_STARTS = tuple(first for first, _ in _LIGHT)
_CLUSTER = regex.compile(r"\X")
_IS_EMOJI = regex.compile(
    r"\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3"
)
# The countries' domains (IANA, November 2026), and the general ones that a city is likely to name:
# X has them all. A link that it sees and we do not is counted letter by letter, and mostly longer.
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs "
    "bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
    "eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk "
    "hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la "
    "lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my "
    "mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro "
    "rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk "
    "tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERAL = (
    "aero app arpa asia bayern berlin biz blog brussels bzh cat city cloud club cologne com coop "
    "dev digital earth edu email events family fm fun gallery gmbh gov green group gmx hamburg "
    "help house info ink int jobs koeln land legal life link live london ltd map media mil mobi "
    "museum name net network news ngo nrw one ong online org page paris post pro pub ruhr saarland "
    "school services shop site social software solutions space store studio support swiss systems "
    "team tech tel tickets tips tirol today top tours town travel university versicherung video "
    "vote web website wien wiki work works world xyz zone zuerich"
)
_TLD = "|".join(sorted((*_COUNTRIES.split(), *_GENERAL.split()), key=len, reverse=True))
_NAME = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_TAIL = r"(?::\d{1,5})?(?:[/?#][^\s<>]*)?"
_URL = re.compile(
    rf"(?<![@\w.#$/-])(?:https?://(?:{_NAME}\.)+[^\W\d_]{{2,63}}(?![\w-]){_TAIL}"
    rf"|(?:{_NAME}\.)+(?:{_TLD})(?![\w-]|\.\w|@){_TAIL})",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"„“”‘’…»«*"


def weigh(text: str) -> int:
    """Return what a text weighs; a post may weigh `LIMIT`."""
    text = unicodedata.normalize("NFC", text)
    total = 0
    end = 0
    for start, stop in links(text):
        total += _weigh_words(text[end:start]) + _LINK
        end = stop
    return total + _weigh_words(text[end:])


def links(text: str) -> list[tuple[int, int]]:
    """Return where links stand in a text that X would make clickable, with or without scheme."""
    found = []
    for match in _URL.finditer(text):
        start, end = match.span()
        while text[end - 1] in _TRAILING or (
            text[end - 1] == ")" and text.count("(", start, end) < text.count(")", start, end)
        ):
            end -= 1
        found.append((start, end))
    return found


def _weigh_words(text: str) -> int:
    return sum(
        2 if _IS_EMOJI.search(cluster) else sum(map(_weight, cluster))
        for cluster in _CLUSTER.findall(text)
    )


def _weight(letter: str) -> int:
    point = ord(letter)
    place = bisect_right(_STARTS, point) - 1
    return 1 if point <= _LIGHT[place][1] else 2
