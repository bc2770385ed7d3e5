"""Words of the date grammars (folded), four languages: a pattern and its meaning are one table."""

import re
from collections.abc import Mapping
from functools import cached_property


class Words:
    """Words that stand for numbers.

    `table` gives each number an alternation of patterns without groups, so what `pattern` matches
    `number` can always read. Use `pattern` with a boundary behind it.
    """

    def __init__(self, table: Mapping[int, str]) -> None:
        self.table = table
        self.pattern = "(?:" + "|".join(table.values()) + ")"

    @cached_property
    def _forms(self) -> tuple[tuple[int, re.Pattern[str]], ...]:
        return tuple((number, re.compile(form)) for number, form in self.table.items())

    def number(self, word: str) -> int:
        """Return what a word that `pattern` matches stands for; else raise `KeyError`."""
        for number, form in self._forms:
            if form.fullmatch(word):
                return number
        raise KeyError(word)

    def __or__(self, other: "Words") -> "Words":
        """Return the words of both."""
        numbers = sorted({*self.table, *other.table})
        both = ((self.table.get(number), other.table.get(number)) for number in numbers)
        return Words(
            {
                number: "|".join(form for form in forms if form)
                for number, forms in zip(numbers, both, strict=True)
            }
        )


def _counted(words: str, start: int = 1) -> dict[int, str]:
    """Return the patterns of `words` by their place, counted from `start`."""
    return dict(enumerate(words.split(), start))


CODES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

_TAG = r"(?:ta(?:g|ch|gh)|da+(?:ch|g)|[dt]og|[dt]i(?:g|ch|sch))"
WEEKDAYS = Words(
    {
        0: rf"m(?:oo?|aa?e?|u)n+{_TAG}|ma?en+tig",
        1: rf"di(?:e|i)?n+g?s?{_TAG}|z(?:i+|y|ie)s?ch?tig",
        2: r"mi[td]{0,2}w[ou]+ch|mittwo[cg]h?|mitwo[cg]h?",
        3: rf"d(?:oe?|u)n+er?(?:sc?h?)?t?{_TAG}|d[ou]n+(?:s|sch)t(?:ag|ig)",
        4: rf"fr(?:ei|ai|ie|i+)e?{_TAG}",
        5: rf"sam?s(?:s|ch)?{_TAG}|samtag|sam?ch?tig|son+abend|saterdag",
        6: rf"s[ou]n+{_TAG}",
    }
)
SHORT_DAYS = Words(_counted("mo di mi do fr sa so", start=0))
PART_OF_DAY = (
    r"(?:vormittag|morgen|mittag|nachmittag|abend|nacht|frueh|morje|ovend|(?:voer|noh)?meddaach)"
)

EN_WEEKDAYS = Words(
    {
        0: "monday",
        1: "tuesday|tuseday",
        2: "wednesday|wensday|wednsday",
        3: "thursday|thurday",
        4: "friday",
        5: "saturday|saterday",
        6: "sunday",
    }
)
_TR_CASE = r"(?:[yns]?[aeiu]|[dt][ae]n?|nin|nun)?"
TR_WEEKDAYS = Words(
    {
        0: rf"pazartesi{_TR_CASE}",
        1: rf"sali{_TR_CASE}",
        2: rf"carsamba{_TR_CASE}",
        3: rf"persembe{_TR_CASE}",
        4: rf"cuma{_TR_CASE}",
        5: rf"cumartesi{_TR_CASE}",
        6: "pazar",
    }
)
UK_WEEKDAYS = Words(
    {
        0: r"понеділ(?:ок|ка|ку|ком|ки|ків|ках)",
        1: r"вівтор(?:ок|ка|ку|ком|ки|ків|ках)",
        2: r"серед(?:а|у|и|і|ою|ах)",
        3: r"четвер(?:га|гу|гом|ги|гах)?",
        4: r"п['ʼ ]?ятниц(?:я|ю|і|ею|ях)",
        5: r"субот(?:а|у|и|і|ою|ах)",
        6: r"неділ(?:я|ю|і|ею|ях)",
    }
)

MONTHS = Words(
    {
        1: "januar|jaenner|jenner",
        2: "februar|feber|feb?ruar",
        3: "maerz|maers",
        4: "april",
        5: "mai",
        6: "juni|juno",
        7: "juli|julei",
        8: "august",
        9: "september",
        10: "oktober",
        11: "november",
        12: "dezember",
    }
)
SHORT_MONTHS = Words(_counted("jan feb mrz|maer apr mai jun jul aug sept? okt nov dez"))
EN_MONTHS = Words(
    _counted(
        r"january|jan\.? february|feb\.? march|mar\.? april|apr\.? may june july august|aug\.?"
        r" september|sept?\.? october|oct\.? november|nov\.? december|dec\.?"
    )
)
EN_ORDINALS = Words(
    _counted(
        "first second third fourth fifth sixth seventh eighth nine?th tenth eleventh twel[fv]th"
        " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        " twenty[\\s-]first twenty[\\s-]second twenty[\\s-]third twenty[\\s-]fourth"
        " twenty[\\s-]fifth twenty[\\s-]sixth twenty[\\s-]seventh twenty[\\s-]eighth"
        " twenty[\\s-]ninth thirtieth thirty[\\s-]first"
    )
)
TR_MONTHS = Words(
    _counted("ocak subat mart nisan mayis haziran temmuz agustos eylue?l ekim kasim aralik")
)
UK_MONTHS = Words(
    {
        1: "січ(?:ень|ня|ні)",
        2: "лют(?:ий|ого|ому)",
        3: "берез(?:ень|ня|ні)",
        4: "квіт(?:ень|ня|ні)",
        5: "трав(?:ень|ня|ні)",
        6: "черв(?:ень|ня|ні)",
        7: "лип(?:ень|ня|ні)",
        8: "серп(?:ень|ня|ні)",
        9: "верес(?:ень|ня|ні)",
        10: "жовт(?:ень|ня|ні)",
        11: "листопада?|листопаді",
        12: "груд(?:ень|ня|ні)",
    }
)

_CARDINALS = _counted(
    "ein zwei drei vier fuenf sechs sieben acht neun zehn elf zwoelf dreizehn vierzehn fuenfzehn"
    " sechzehn siebzehn achtzehn neunzehn zwanzig einundzwanzig zweiundzwanzig dreiundzwanzig"
    " vierundzwanzig fuenfundzwanzig sechsundzwanzig siebenundzwanzig achtundzwanzig"
    " neunundzwanzig dreissig einunddreissig"
)
_GERMAN = Words(_CARDINALS)
HOURS = Words({**{n: word for n, word in _CARDINALS.items() if n <= 12}, 1: "eins?", 2: "zwei|zwo"})
NUMBERS = (
    _GERMAN
    | Words(
        {
            1: "eine[mnr]?|'?ne[mnr]?|eins|one|a|bir",
            2: "zwo|two|iki|два|дві",
            3: "three|uee?c|uc|три",
        }
    )
    | Words({4: "four|doert|чотири", 5: "five|bes|п['ʼ]ять", 6: "six|alti|шість"})
    | Words({7: "seven|yedi|сім", 8: "eight|sekiz|вісім", 9: "nine|dokuz", 10: "ten|on|десять"})
    | Words({11: "eleven", 12: "twelve", 14: "fourteen"})
)


def count(word: str) -> int:
    """Return what figures or a word of `NUMBERS` count."""
    return int(word) if word.isdigit() else NUMBERS.number(word)


_ORDINALS = _counted(
    "erst zweit dritt viert fuenft sechst sieb(?:en)?t acht neunt zeh?nt elft zwoelft dreizehnt"
    " vierzehnt fuenfzehnt sechzehnt siebzehnt achtzehnt neunzehnt"
) | {number: f"{word}st" for number, word in _CARDINALS.items() if number > 19}
ORDINALS = Words({number: f"{stem}(?:e[nrs]?|n)" for number, stem in _ORDINALS.items()})

RELATIONS = Words(
    {
        2: r"ueber\s?n(?:ae|a)chste[nsrm]?",
        1: r"n(?:ae|a|e)(?:ch?s?t?|hcst|xt|sch?t)e[nsrm]?|kommende[nsrm]?|kommeden",
        0: r"dies(?:e[nsrm]?)?|disen|jetzige[nsrm]?",
        -1: r"letz?te[nsrm]?|vergangene[nsrm]?|vorige[nsrm]?|verganne[nsr]?",
        -2: r"vorletz?te[nsrm]?|vorvorige[nsrm]?",
    }
)
"""Relation words, by the weeks they point ahead."""

DAYS = Words(
    {
        0: r"heute?|huett?|hue(?:ck|k|d)|heit",
        1: r"morgen|morn|morjen?",
        2: (
            r"ueber\s?morge?n|uebermorn|ubermorgen|(?:ueber|oevver|oever|uever)m[oa]rje(?:n)?"
            r"|iebermorge?"
        ),
        3: r"ueberuebermorgen",
        -1: r"gestern|gester[tn]?|jestere?n?|geschter[nt]?|gischter",
        -2: r"vor\s?gestern?|vorjestere?n?|vorgeschter|ehegestern",
        -3: r"vorvorgestern",
    }
)
"""German words for days, by their distance from today."""

_FINITE = (
    r"war(?:en|s)?(?! noch ?ma)|wurden?|wurd|hatten?|gabs?|kam(?:en)?|stand(?:en)?|lag(?:en)?"
    r"|fehlten?|sprach(?:en)?|fiel(?:en)?|lief(?:en)?|ging(?:en)?|brannten?|verliess(?:en)?"
    r"|brach(?:en)?|rief(?:en)?|schrieb(?:en)?|sah(?:en)?|nahm(?:en)?|begann(?:en)?|blieb(?:en)?"
    r"|fuhr(?:en)?|mussten?|konnten?|passierte|zeigten?|meldeten?|stellten?|endete|klingelten?"
    r"|(?:ist|is|schon|laengst) vorbei|wor(?:en)?|woren|were|had"
    r"|did(?:n't)?|came|went|fell|got|broke|promised|reported|saw|noticed|called|wrote|happened|був|була|було|були|сталося|забрали|впал[ао]|oldu|idi"
    r"|vardi|alinmadi|gelmedi"
)
_PARTICIPLE = (
    r"gewesen|passiert|gemeldet|gesehen|bemerkt|angerufen|geschrieben|bekommen|erhalten|gesagt"
    r"|eingegangen|beantragt|bestellt|eingeworfen|gefunden|entsorgt|vergessen|(?:ab)?geholt"
    r"|geleert|entleert|mitgenommen|geklaut|gestohlen|beschaedigt|zerstoert|gefallen|gestuerzt"
    r"|ge(?:kracht|knallt|boellert|ballert|hoert|brannt|standen|legen|schossen|worfen|schmissen)"
    r"|ge(?:sprochen|laufen|bissen|rammt|sprayt|macht|tan|streift|feiert|klingelt|rissen|zogen)"
    r"|ge(?:gangen|kommen|nommen|kauft|zahlt|schickt|sendet|strichen|schneit|regnet|stuermt)"
    r"|ge(?:streut|raeumt|kehrt|stolpert|rutscht|pinkelt|graben|faellt|wartet|fahren)"
    r"|(?:hin|rein|um|aus|ab|ein|weg)ge(?:fahren|stuerzt|kippt|knickt|rutscht|fallen|zogen|laden"
    r"|legt|stellt|brochen|schlagen|treten|worfen|reicht|geben)"
    r"|be(?:obachtet|zahlt|schwert|schmiert)|ver(?:letzt|sprochen|schickt|loren|passt)"
    r"|(?:voll|kaputt|rum|herum|nieder|zusammen)ge\w+(?:t|en)|fotografiert|repariert|randaliert|uebernachtet|zugesagt|angezuendet"
)
PAST = re.compile(rf"\b(?:{_FINITE})\b")
"""A verb that tells that its sentence speaks of the past, English, Turkish, Ukrainian too."""
WAS = re.compile(r"\bwas\b(?![^.!?\n]*\bwould\b)")
"""The same, but for German."""
PARTICIPLE = re.compile(rf"\b(?:{_PARTICIPLE})\b")
"""What has happened, unless `AHEAD` stands beside it."""
AHEAD = re.compile(
    r"\b(?:k[oa]nn|koennen|koennte|moechten?|will|wollen|solle?n?|sollten?|muss|muessen|darf"
    r"|duerfen|wird|werden|werde|bitte|haette gern)\b"
)
SINCE = re.compile(
    r"\b(?:sei[td]|since) (?:de[mnr]|the)(?: \w+){1,2}(?: am| vom| on)?(?:$|\s)"
    r"|\b(?:sei[td]|siet|zick|sick|since|wie)(?: schon)?"
    r"(?: dem| de[nrm]| letzte[nmr]| the)?(?:$|\s)"
)
"""What makes the day behind it a past one: "seit dem Sturm am", too."""
FROM = re.compile(
    r"\b(?:vom|von de[mrn]|(?:datiert|bescheid|schreiben|brief|rechnung)\b"
    r"(?:(?!\b(?:bis|soll\w*|muss)\b)[^.!?\n]){0,18})(?:$|\s)"
)
"""The same, unless `TO` follows or the talk is of an appointment that `MOVES`."""
UNTIL = re.compile(r"\b(?:bis|spaetestens)(?: zum| am| de[mn])*(?:$|\s)")
"""What makes the day behind it a deadline, where `AHEAD` stands before it."""
TO = re.compile(r"[^.!?\n]{0,6}\b(?:bis|auf)\b")
MOVED = re.compile(r"\b(?:vor|zurueck)?ver(?:leg|schieb|schob)\w*")
"""A day that something was moved to, or from, need not be past."""
MOVES = re.compile(
    r"\b(?:termin\w*|verschieb\w*|verleg\w*|umbuch\w*|absag\w*|stornier\w*|urlaub)\b"
)
