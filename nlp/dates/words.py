"""Words of the date grammars (folded): weekdays, months, numbers, relations, four languages."""

from collections.abc import Iterable

CODES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

WEEKDAY = (
    r"(?:mon+ta(?:g|ch)|monntag|moondaach|dien?sta(?:g|ch)|dingsdaach|mitt?woch|mittwuch|midwoch"
    r"|don+ers?ta(?:g|ch)|donerstag|dunn?erst?daach|don+stag|frei?ta(?:g|ch)|fraitag|friedaach"
    r"|sam?s?sta(?:g|ch)|samsdaach|samtag|son+abend|son+ta(?:g|ch)|sunndaach"
    r"|mae?ntig|maentig|ziischtig|zischtig|don+sch?tig|friitig|fritig|samsch?tig|sun+tig)"
)
PART_OF_DAY = r"(?:vormittag|morgen|mittag|nachmittag|abend|nacht|frueh)"

_WEEKDAY_STARTS = (
    (0, ("mon", "moo", "mae", "man", "пон")),
    (1, ("die", "din", "zii", "zis", "tue", "sal", "вів")),
    (2, ("mit", "mid", "wed", "car", "сер")),
    (3, ("don", "dun", "thu", "per", "чет")),
    (4, ("fre", "fra", "fri", "cuma", "п'я", "пят", "п я", "пʼя")),
    (5, ("sam", "sonna", "sona", "sat", "cumart", "суб")),
    (6, ("son", "sun", "pazar", "нед")),
)

EN_WEEKDAY = r"(?:monday|tuesday|wednesday|wensday|thursday|friday|saturday|sunday)"
TR_WEEKDAY = r"(?:pazartesi|sali|carsamba|persembe|cumartesi|cuma|pazar)"
UK_WEEKDAY = (
    r"(?:понеділ(?:ок|ка|ку)|вівтор(?:ок|ка)|серед(?:а|у|и)|четвер(?:га)?|п['ʼ]?ятниц(?:я|ю|і)"
    r"|субот(?:а|у|и)|неділ(?:я|ю|і))"
)


def weekday(word: str) -> int:
    """Return 0 (Monday) to 6 for a folded weekday of any of the languages."""
    if word.startswith("pazart"):
        return 0
    best = max(
        (len(start), number)
        for number, starts in _WEEKDAY_STARTS
        for start in starts
        if word.startswith(start)
    )
    return best[1]


_MONTHS = {
    1: "januar jaenner jan january ocak січня січні січень",
    2: "februar feber feb february subat лютого лютому лютий",
    3: "maerz maer mrz march mar mart березня березні березень",
    4: "april apr nisan квітня квітні квітень",
    5: "mai may mayis травня травні травень",
    6: "juni jun june haziran червня червні червень",
    7: "juli jul july temmuz липня липні липень",
    8: "august aug agustos серпня серпні серпень",
    9: "september sept sep eyluel eylul вересня вересні вересень",
    10: "oktober okt october oct ekim жовтня жовтні жовтень",
    11: "november nov kasim листопада листопаді листопад",
    12: "dezember dez december dec aralik грудня грудні грудень",
}
MONTH_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}


def _alternatives(names: Iterable[str]) -> str:
    listed = sorted(names, key=len, reverse=True)
    return "(?:" + "|".join(listed) + ")"


MONTH = _alternatives(MONTH_NUMBER)
DE_MONTH_LONG = (
    r"(?:januar|jaenner|februar|maerz|april|mai|juni|juli|august|september|oktober"
    r"|november|dezember)"
)
EN_MONTH_LONG = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
TR_MONTH = r"(?:ocak|subat|mart|nisan|mayis|haziran|temmuz|agustos|eyluel|eylul|ekim|kasim|aralik)"
UK_MONTH = (
    r"(?:січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листопад|груд)"
    r"(?:ня|ні|ень|ого|ому|ий|а|і)?"
)

NUMBERS = {
    "ein": 1, "eine": 1, "einem": 1, "einer": 1, "eins": 1, "zwei": 2, "zwo": 2, "drei": 3,
    "vier": 4, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwoelf": 12, "dreizehn": 13, "vierzehn": 14, "one": 1, "a": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "bir": 1, "iki": 2, "ueç": 3, "uec": 3, "uc": 3, "два": 2, "дві": 2, "три": 3,
}  # fmt: skip
NUMBER = _alternatives(NUMBERS)
HOUR_WORD = r"(?:eins|ein|zwei|zwo|drei|vier|fuenf|sechs|sieben|acht|neun|zehn|elf|zwoelf)"

_ORDINAL_TEXT = (
    "erst zweit dritt viert fuenft sechst siebt acht neunt zehnt elft zwoelft dreizehnt vierzehnt"
    " fuenfzehnt sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst einundzwanzigst"
    " zweiundzwanzigst dreiundzwanzigst vierundzwanzigst fuenfundzwanzigst sechsundzwanzigst"
    " siebenundzwanzigst achtundzwanzigst neunundzwanzigst dreissigst einunddreissigst"
)
ORDINALS = {
    stem + ending: number
    for number, stem in enumerate(_ORDINAL_TEXT.split(), start=1)
    for ending in ("e", "en", "er")
}
ORDINAL = _alternatives(ORDINALS)

NEXT = r"(?:naechste[nsrm]?|nachste[nsrm]?|kommende[nsrm]?|kommender|nexte[nsr]?)"
AFTER_NEXT = r"(?:uebernaechste[nsrm]?|ueber ?naechste[nsrm]?)"
LAST = r"(?:letzte[nsrm]?|vergangene[nsrm]?|vorige[nsrm]?|verganne[nsr]?)"
THIS = r"(?:diese[nsrm]?|disen)"
RELATION = rf"(?:{AFTER_NEXT}|{NEXT}|{LAST}|{THIS})"

PAST = (
    r"\b(?:war|waren|wurde|wurden|hatte|hatten|gab es|kam|gewesen|passiert|gemeldet|gesehen|bemerkt"
    r"|angerufen|geschrieben|bekommen|erhalten|eingegangen|beantragt|bestellt|eingeworfen|gefunden"
    r"|entsorgt worden|vergessen worden|stand|standen|fehlte|sprach|was|were|had|did|reported|saw"
    r"|noticed|called|wrote|seit|since|був|була|було|oldu|idi)\b"
)
