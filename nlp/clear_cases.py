"""Wishes that words alone make clear: bare market questions, bare reports, "who are you"."""

import re
from collections.abc import Iterator

from nlp.folding import Folded
from nlp.lexicon import Hit
from nlp.place_words import MARKET_WORD, NOT_MARKET
from nlp.reading import Reading
from nlp.types import Evidence

_GOODS = re.compile(r"\b(?:was (?:gibt|gibts|gibt's|hat)|welche (?:staende|haendler))\b")
_SEASON = re.compile(
    r"\b(?:karneval|fasching|advent\w*|\w*ferien|brueckentag\w*|feiertag\w*|ostern|pfingsten"
    r"|weihnachten|easter|christmas|bayram\w*|великдень|різдво)\b"
)
_TIMES = frozenset({"date", "date_range", "weekday"})
_FILLED = _TIMES | {"time", "district", "market", "place", "street", "house_number"}
_LITTLE = (
    "ist is es gibt gibts gibs s t gibbet findet finden statt hat haben habt ihr der die das"
    " den dem"
    " ein eine einen einem einer am an auf im in zu zum zur ab bis von vom um und oder auch denn"
    " dann da dort hier heute wann wo wie was ob wohl noch schon trotz feiertag feiertags wegen"
    " irgendwo irgendein offen geoeffnet oeffnet auf kommt steht stehen sind wird werden sein bei"
    " bitte hallo hi hey moin guten tag morgen abend danke eigentlich mal wieder nun jetzt ja nein"
    " man kann ich wir mir wissen sagen sie weiss jemand faellt fallen aus verlegt verschoben statt"
    " regulaer normal normaler immer woche naechste naechsten naechster naechstes diese dieser"
    " welche welcher uhr zeit zeiten oeffnungszeiten leverkusen stadt trotzdem nicht kein keine"
    " eventuell vielleicht doch dieses jahr do does did there any are the a on at in of is be will"
    " when where what open opening hours time times please hello next this weekend week for and or"
    " you have we can i taking place held happening still usual markets market var mi mu ne zaman"
    " karneval fasching advent adventszeit ferien osterferien sommerferien herbstferien ostern"
    " pfingsten weihnachten brueckentag easter christmas bayramda kurulacak acilacak de da te ta"
    " великдень різдво"
    " acik kuruluyor olacak saat kacta hangi gun в у на чи є коли буде працює відкритий де який"
    " о котрій і та"
)
_LITTLE_WORDS = frozenset(_LITTLE.split())
_GREET = (
    r"\W*(?:(?:hallo|hi|hey|moin|guten (?:tag|morgen|abend)|hello|good (?:morning|evening)|servus"
    r"|merhaba|selam|привіт|добрий день|bitte|sorry|entschuldigung|excuse me|aeh|ähm|und|so"
    r"|also|na)\b\W*){0,2}"
)


def _either(*parts: str) -> str:
    return "(?:" + "|".join(parts) + ")"


_ASSISTANT = re.compile(
    _GREET
    + _either(
        r"was kann(?:st|t)? (?:du|er|der bot|dieser bot|das ding|man|ich|wir)(?: hier|"
        r" alles| denn"
        r"| so| eigentlich| dich| sie)*(?: machen| tun| fragen| schreiben| alles| so)?",
        r"was koennen sie(?: alles| fuer mich)?(?: tun| machen)?",
        r"was (?:machst|tust|bist|weisst) du(?: hier| so| alles| eigentlich| denn)*",
        r"wer (?:bist|seid|sind|ist) (?:du|ihr|sie|das|da)(?: eigentlich| denn| hier)*",
        r"wie heisst du(?: eigentlich)?|wie (?:heissen sie|ist dein name)",
        r"wie (?:funktioniert|geht) (?:das|der bot|dieser chat|der chat)(?: hier)?",
        r"wie (?:kannst|koennen) (?:du|sie|ihr) (?:mir )?helfen",
        r"(?:kannst|koennen|koennt) (?:du|sie|ihr) mir (?:bitte |mal |vielleicht )?helfen",
        r"(?:wobei|womit) (?:kannst|koennen|koennt) (?:du|sie|ihr) (?:mir )?helfen",
        r"(?:bist|seid) (?:du|ihr) (?:hier )?(?:echt |denn |eigentlich )?(?:ein|eine|'n"
        r"|n|nen|ne"
        r"|der|die)? ?(?:echter |richtiger )?(?:roboter|bot|chatbot|computer|maschine|ki"
        r"|automat"
        r"|programm|mensch|assistent|ai)(?: oder (?:ein |ne |n )?(?:mensch|echt|bot"
        r"|roboter|was))?",
        r"bin ich hier mit (?:einem|nem) (?:roboter|bot|computer|automaten|menschen) verbunden"
        r"|bist du echt(?: oder (?:ein |nur ein |ne |eine )?(?:computer|bot|roboter"
        r"|maschine))?",
        r"(?:sind sie|ist das|bin ich hier bei|ist da) (?:hier )?(?:ein|einem|eine|'n|n)"
        r" ?(?:echter"
        r" )?(?:roboter|bot|chatbot|computer|maschine|ki|automat|programm|mensch)"
        r"(?: oder (?:ein )?(?:mensch|bot))?",
        r"(?:sprichst|sprechen|sprecht|redest|verstehst|verstehen|kannst|koennen) (?:du"
        r"|sie|ihr)"
        r" (?:auch |hier |eigentlich )?(?:deutsch|englisch|tuerkisch|ukrainisch|russisch"
        r"|arabisch"
        r"|polnisch|franzoesisch|kurdisch|italienisch|rumaenisch|english|platt|koelsch)",
        r"(?:do|can) (?:you|u|i) (?:also )?(?:speak|understand|write|talk)(?: in)?(?: to"
        r" you in)?"
        r" (?:english|german|turkish|ukrainian|russian|arabic|french|polish)|english|in"
        r" english",
        r"(?:are|r) (?:you|u) (?:a |an )?(?:real )?(?:bot|robot|chatbot|machine|computer"
        r"|ai|program"
        r"|human|person)(?: or (?:a )?(?:human|bot|person|real))?|is this a (?:ro)?bot",
        r"what (?:can|do) (?:you|i) (?:do|ask|know)(?: here| for me)?|who are you|what are you"
        r"|what is this|how does (?:this|it) work|what'?s your name",
        r"(?:can|could) you help(?: me)?|how can you help(?: me)?|i need help",
        r"ich (?:brauche|braeuchte|moechte|will) (?:mal |bitte |kurz |deine |ihre )*hilfe",
        r"/?(?:hilfe|help|start|menu|menue|info|hauptmenue|befehle|commands|yardim|допомога"
        r"|меню|старт)",
        r"(?:t(?:u|ue)rk[c]e|ingilizce|almanca) (?:biliyor|konusuyor|anliyor) ?mus\w+"
        r"|(?:sen )?kimsin(?:iz)?|(?:sen )?(?:bir )?(?:bot|robot) musun(?:uz)?|ne"
        r" yapabilirsin\w*"
        r"|neler yapabil\w+|nasil calisiyor(?:sun)?|bana yardim (?:eder|edebilir) mis\w+",
        r"(?:ти|ви) (?:хто|бот|робот|людина)|хто (?:ти|ви)|що (?:ти|ви) (?:вмієш|вмієте|можеш"
        r"|можете|робиш)|(?:ви |ти )?(?:говорите|розмовляєте|говориш|розумієте) (?:українською"
        r"|англійською|німецькою|російською)|як це працює|(?:ви )?можете (?:мені )?допомогти",
    )
    + r"\b(?!\W*!)[\s\W]*(?:(?:bitte|danke|please|denn|eigentlich|hier|also)\W*)?"
)
_SOMETHING = (
    r"(?:(?:et)?was|einen? (?:mangel|schaden|problem|defekt|meldung|stoerung|missstand|anliegen"
    r"|sache|gefahrenstelle|hinweis|vorfall)|ein problem|maengel|mangel|schaden|schaeden|probleme?"
    r"|meldung|defekt|stoerung)"
)
_REPORT = re.compile(
    _GREET
    + _either(
        r"(?:(?:ich|wir) )?(?:(?:moechte|moechten|will|wollen|wollte|wollten|wuerde"
        r"|wuerden|muss"
        r"|muessen|haette|haett|hab|habe|haben|kann|darf|moecht)\b ?)(?:ich |wir |da "
        r"|hier |gern"
        r" |gerne |mal |bitte |euch |ihnen |bei (?:euch|ihnen) |der stadt |nur |kurz |auch )*"
        rf"{_SOMETHING} (?:bei (?:euch|ihnen|der stadt) |an (?:euch|sie) )?(?:zu )?"
        r"(?:melden|machen|aufgeben|abgeben|anzeigen|mitteilen|absetzen|einreichen|loswerden)",
        rf"(?:kann|koennen|darf|wie|wo) (?:kann |melde |koennen )?(?:ich|man|wir)"
        rf" (?:hier |bei euch"
        rf" |bei ihnen |denn |eigentlich )*{_SOMETHING}(?: hier)?(?: (?:melden|machen|aufgeben"
        r"|abgeben|anzeigen))?",
        rf"{_SOMETHING} (?:zu )?(?:melden|meldung)|ich (?:melde|haette) {_SOMETHING}"
        r"|(?:eine |neue )?(?:maengel|schadens)meldung(?: (?:machen|aufgeben|abgeben))?|melden"
        r"|neue meldung",
        r"(?:i|we)(?:'d| would| want| need| wish| have)? ?(?:like |want |need |wish )?to report"
        r" (?:something|an? (?:problem|defect|issue|damage|fault|thing))(?: here)?|report (?:a"
        r" |an )?(?:problem|defect|issue|damage|something|fault)|(?:can|how can|how do"
        r"|where can"
        r"|where do) i report (?:something|an? (?:problem|defect|issue|damage))(?: here)?",
        r"(?:bir )?(?:sey|sorun|ariza|problem|sikayet|hasar) bildirmek ist\w+",
        r"(?:я )?(?:хочу|хотів би|хотіла б) (?:щось )?повідомити(?: про (?:щось|проблему|дефект"
        r"|несправність|пошкодження))?",
    )
    + r"\b[\s\W]*(?:(?:bitte|danke|please|wie geht das|was muss ich tun)\W*)?"
)
_CONTEST = re.compile(
    r"\b(?:wiederspr(?:u|ue|i|e)ch\w*|widerspr(?:u|ue|i|e)ch\w*|wi(?:e)?dersprich\w*|widasprech\w*"
    r"|einspru(?:e)?ch\w*|einsprech\w*|anfecht\w*|anficht|fechte\b[^.!?\n]{0,40}\ban|beanstand\w*"
    r"|klage(?:n)? (?:gegen|einreichen|erheben)|gegen\b[^.!?\n]{0,40}\bvor(?:zu)?gehen"
    r"|dagegen (?:vorgehen|wehren|klagen|tun|machen)|wehre? mich gegen|nicht einverstanden"
    r"|zu unrecht|nicht gerechtfertigt|ungerechtfertigt|unberechtigt|bestreite\w*"
    r"|(?:akzeptier|erkenn)\w*\b[^.!?\n]{0,40}\b(?:nicht|net|nit)|nicht (?:akzeptier|anerkenn)\w*"
    r"|(?:be)?zahl\w* (?:ich |wir )?(?:das |den |die )?(?:bestimmt |auf keinen fall |sicher )?"
    r"(?:nicht|nich|net|nit)\b(?! (?:auf einmal|sofort|gleich|jetzt|puenktlich|mehr rechtzeitig))"
    r"|rechtsbehelf einlegen|aussetzung der vollziehung"
    r"|object(?:s|ed|ing)?\b|objections?\b|appeal\w*|contest(?:s|ed|ing)?\b|disput\w*|challeng\w+"
    r"|(?:won'?t|will not|not going to|refuse to) pay|itiraz\w*|оскарж\w*|заперечен\w*|не згод\w+"
    r"|не погодж\w+)"
)
_NOT_CONTEST = re.compile(
    r"\b(?:kein\w*|ohne|nicht|no|not|don'?t want to)\s+(?:\w+\s+){0,2}$|\b(?:без|не хочу)\s+$"
)
_DATA = re.compile(r"\b(?:daten|dsgvo|datenschutz\w*|verarbeitung|art(?:ikel|\.)? ?21|my data)\b")


def about_the_assistant(text: str) -> bool:
    """Tell whether the folded `text` asks who answers here, what it can do, or just for help."""
    return len(text) <= 90 and _ASSISTANT.fullmatch(text) is not None


def bare_report(text: str) -> bool:
    """Tell whether the folded `text` wants to report something and does not yet say what."""
    return len(text) <= 120 and _REPORT.fullmatch(text) is not None


def market_question(reading: Reading) -> bool:
    """Tell whether hardly anything but a market, a day and a place is named."""
    text = reading.folded.text
    words = [match.group() for match in MARKET_WORD.finditer(text)]
    if len(text) > 160 or not words or any(NOT_MARKET.search(word) for word in words):
        return False
    if not reading.has(*_TIMES, "market", "district") and not _SEASON.search(text):
        return False
    if reading.has("product") or _GOODS.search(text):
        return False
    if any(_speaks_against(hit.target) for hit in _hits_beside_dates(reading)):
        return False
    filled = [(e.start, e.end) for e in reading.entities if e.type in _FILLED]
    left = 0
    for match in re.finditer(r"[^\W\d_]+", text):
        first, last = reading.folded.span(*match.span())
        inside = any(first < end and start < last for start, end in filled)
        known = match.group() in _LITTLE_WORDS or MARKET_WORD.fullmatch(match.group())
        left += not (inside or known)
    return left == 0


def _hits_beside_dates(reading: Reading) -> Iterator[Hit]:
    """Yield the stems that do not lie in a date: 'Totensonntag' is no dead animal."""
    dates = [(e.start, e.end) for e in reading.entities if e.type in _TIMES]
    for hit in reading.hits:
        first, last = reading.folded.plain_span(hit.start, hit.end)
        if hit.kind == "stems" and not any(first < end and start < last for start, end in dates):
            yield hit


def _speaks_against(target: str) -> bool:
    section, name = target.split(":", maxsplit=1)
    if section == "categories":
        return name not in {"market_issue", "other"}
    return target == "signals:defect"


def contesting(folded: Folded) -> Iterator[Evidence]:
    """Yield evidence that a letter or notice is contested, not only asked about."""
    if _DATA.search(folded.text):
        return
    for match in _CONTEST.finditer(folded.text):
        if _NOT_CONTEST.search(folded.text[max(0, match.start() - 30) : match.start()]):
            continue
        start, end = folded.span(*match.span())
        yield Evidence("letter_question:contest", "rule", folded.original[start:end], start, end)
