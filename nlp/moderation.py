"""Insults with a target, threats and advertising: marks for a person, never a verdict."""

import re

from nlp.folding import Folded, fold
from nlp.reading import ANALYSED
from nlp.types import Evidence

_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
)

_INSULT = (
    r"(?:arschl\w*|arsch\b|wichser\w*|hurensoehn\w*|hurensohn\w*|huren?\b|fotze\w*|schlampe\w*"
    r"|missgeburt\w*|bastard\w*|drecksau\w*|dreckschwein\w*|drecksack\w*|schweinehund\w*"
    r"|vollidiot\w*|idiot(?:en)?\b|vollpfosten|depp(?:en)?\b|trottel\b|volltrottel\b|penner\b"
    r"|spast\w*|spasti\w*|schwuchtel\w*|kanake\w*|kanacke\w*|neger\w*|zigeuner\w*|untermensch\w*"
    r"|abschaum|pack\b|gesindel|schmarotzer\w*|versager\b|scheisskerl\w*|arschgeige\w*"
    r"|mistkerl\w*|schwachkopf\w*|schwachkoepfe|hohlkopf|hohlkoepfe|affen?\b|schweine?\b|sau\b"
    r"|dumme? sau|dumme? kuh|blode kuh|bloede kuh|fettsack|loser|hackfresse|flachzange\w*"
    r"|nichtsnutze?|korrupte[sn]? (?:pack|schweine|bande)|faule[sn]? (?:pack|schweine"
    r"|saecke|hunde)|asshole\w*|fuckers?|motherfucker\w*|bitch\w*|cunt\w*|morons?|idiots?|retard\w*"
    r"|scum|bastards|dickhead\w*|wankers?|pigs|orospu\w*|pic\b|serefsiz\w*|gerizekali\w*|aptal\w*"
    r"|salak\w*|geri zekali|ibne\w*|ідіот\w*|дебіл\w*|козл\w*|сук[аи]\b|мраз\w*|підор\w*)"
)
_TARGET = r"(?:du|ihr|euch|dich|sie|you|u|sen|siz|lan|ти|ви|вы)"
_ABUSE = re.compile(
    r"\b(?:"
    + _TARGET
    + r")\b(?:\s+(?:seid|bist|sind|are|all|alle|doch|ja|echt|nur|einfach|so|verdammten?"
    r"|scheiss\w*|bloeden?|dummen?|faulen?|fucking|stupid|ein\w{0,2}|a|an|ein haufen|das letzte|"
    r"wirklich|totale?|kompletten?|dreckigen?|elende\w*|gottverdammt\w*)){0,4}\s+"
    + _INSULT
    + r"|\b"
    + _INSULT
    + r"\s*[,!]?\s*(?:seid ihr|bist du|seid|you are|sensin)\b"
    r"|^\W*" + _INSULT + r"\W*$"
    r"|\b(?:verdammte[nrs]?|scheiss|dumme[nrs]?|bloede[nrs]?|faule[nrs]?|du|ihr|blasse"
    r"|korrupte[nrs]?)\s+"
    r"(?:arschloecher|wichser|hurensoehne|hurensohn|idioten|vollidioten|drecksaecke|schweine"
    r"|drecksau"
    r"|penner|bastarde|missgeburt\w*|fotze\w*)"
)
_THREAT = re.compile(
    r"\b(?:ich|wir)\s+(?:\w+\s+){0,3}?(?:mach\w*|schlag\w*|bring\w*|knall\w*|stech\w*|prueg\w*"
    r"|hau\w*"
    r"|polier\w*|kill\w*|erschiess\w*|toet\w*|jag\w*)\s+(?:\w+\s+){0,2}?(?:dich|euch|sie alle"
    r"|dir|ihnen"
    r"|jeden von euch|den (?:sachbearbeiter|buergermeister)|die (?:sachbearbeiterin"
    r"|buergermeisterin))\b"
    r"(?=[^.!?\n]{0,25}\b(?:kalt|fertig|um|ab|zusammen|tot|fresse|kopf|die fresse|kaputt|hoch|in"
    r" die luft)\b)"
    r"|\b(?:fickt? (?:euch|dich)|verpiss\w* (?:dich|euch)|leck\w* mich|halt\w* (?:die |deine? "
    r"|eure? )?fresse"
    r"|fahrt zur hoelle|verrecken? (?:sollt|sollst)|verreckt?\b|fuck (?:you|off)|go to hell"
    r"|screw you"
    r"|siktir\w*|amk\b|amina k\w*|іди нах\w*|пішов нах\w*)"
    r"|\b(?:ihr werdet (?:es )?(?:noch )?(?:bereuen|bezahlen)|ich weiss,? wo (?:du|sie|ihr) wohn\w*"
    r"|i will kill you|i'll kill you|seni oldur\w*|вб'ю тебе)\b"
)
_PROMOTION = re.compile(
    r"\b(?:bitcoin\w*|krypto\w*|crypto\w*|forex|casino\w*|gewinnspiel|jackpot|viagra|cialis|seo\b"
    r"|backlinks?|follower\w* kaufen|kredit ohne schufa|sofortkredit|nebenverdienst|nebenjob von"
    r" zuhause"
    r"|geld verdienen|passives einkommen|rendite|investieren sie|investment|trading|onlyfans|escort"
    r"|webcam|heisse (?:girls|frauen|singles)|dating|abnehmen in|diaet\w*|rabattcode|gutscheincode"
    r"|promo ?code|jetzt (?:klicken|zugreifen|bestellen|kaufen|sichern)|klick\w* hier|click here"
    r"|earn money|make money|work from home|free (?:iphone|gift|money)|you have won|sie haben"
    r" gewonnen"
    r"|herzlichen glueckwunsch,? sie|limited offer|buy now|cheap|100 ?% kostenlos"
    r"|garantiert(?:er)? gewinn"
    r"|ranking\w*|google ranking|website optimier\w*|whatsapp gruppe|telegram[- ]?(?:kanal|gruppe)"
    r"|bahis|bonus kazan|casino|kazan[iı]n|заробіток|казино|інвестиц\w*|ставки)\b"
)
_LINK = re.compile(
    r"https?://|www\.|\b[a-z0-9-]{3,}\.(?:xyz|top|click|shop|ru|biz|info|online|site|win)\b"
    r"|t\.me/|bit\.ly"
)
_EARNINGS = re.compile(
    r"\b\d{2,6}(?:[.,]\d{3})? ?(?:€|euro|eur|usd|\$|dollar)[^.!?\n]{0,25}(?:taeglich|pro tag|am"
    r" tag|pro woche|monatlich|a day|per day|daily|weekly|von zu ?hause)"
)


def find(text: str) -> list[Evidence]:
    """Return what marks a text as abuse or spam by the rules alone, without the model."""
    folded = fold(text[:ANALYSED])
    return [*abuse(folded), *spam(folded)]


def abuse(folded: Folded) -> list[Evidence]:
    """Return insults at somebody and threats."""
    text = folded.text.translate(_LEET)
    found = []
    for pattern in (_ABUSE, _THREAT):
        match = pattern.search(text)
        if match and match.group().strip():
            start, end = folded.span(*match.span())
            found.append(Evidence("abuse", "rule", folded.original[start:end], start, end))
    return found


def spam(folded: Folded) -> list[Evidence]:
    """Return advertising: promotion words together with a link, or several of them."""
    promotions = list(_PROMOTION.finditer(folded.text))
    earnings = _EARNINGS.search(folded.text)
    links = _LINK.search(folded.text)
    score = len({match.group() for match in promotions}) + (2 if earnings else 0)
    score += 1 if links else 0
    if score < 2 or not (promotions or earnings):
        return []
    if links is None and earnings is None and score < 3:
        return []
    match = promotions[0] if promotions else earnings
    if match is None:
        return []
    start, end = folded.span(*match.span())
    return [Evidence("spam", "rule", folded.original[start:end], start, end)]
