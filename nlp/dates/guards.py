"""What looks like a date and is none: wishes, names, streets, sayings, numbers of other things."""

from nlp.dates.rules import Rule, blocked
from nlp.dates.words import EN_WEEKDAYS, MONTHS, PAST, TR_MONTHS, TR_WEEKDAYS, WEEKDAYS

_DAY = rf"(?:{WEEKDAYS.pattern}|{EN_WEEKDAYS.pattern})"
_FEAST = r"(?:ostern|pfingsten|weihnachten|weihnachtstage|ostertage|silvester|nikolaus\w*|karneval)"
_PLACE = r"(?:strasse|str\.?|platz|allee|weg|ring|park|bruecke|denkmal|ufer|gasse|schule)"
_TITLE = (
    r"(?:herrn?|frau|fr\.|hr\.|dr\.|prof\.|familie|fam\.|firma|fa\.|restaurant|gasthaus|gaststaette"
    r"|gasthof|kneipe|cafe|pizzeria|hotel|salon|baeckerei|metzgerei|onkel|tante|opa|oma|mr\.?|mrs\.?"
    r"|ms\.?|miss)"
)
_NUMBERED = (
    r"(?:version|update|release|firmware|android|ios|app|punkt|top|absatz|abs\.|abschnitt|kapitel"
    r"|kap\.|ziffer|artikel|art\.|anlage|zimmer|raum|gebaeude|formular|nr\.?|nummer|haus"
    r"|hausnummer|hausnr\.?|aktenzeichen|az\.?|tel\.?|telefon|handy|fax|seite|din|ip|note|groesse"
    r"|halle|block|platz|kilometer|km|hoehe|sitzung|paragra(?:f|ph)|\w*linie|bus|[us]-?bahn|bahn|tor|los|§|версія|surum)"
)
_SAYINGS = (
    r"schnee von gestern|(?:nicht|alle|seid|doch) von gestern|von heute auf morgen|heute auf morgen"
    r"|(?:jugend|leute|welt|kinder|menschen|eltern) von (?:heute|morgen|gestern)"
    r"|lieber (?:heute|gestern) als morgen|morgen ist auch (?:noch )?(?:ein|'?n) tag"
    r"|was du heute kannst besorgen[^.!?]{0,40}morgen|heute so,? (?:und )?morgen so"
    r"|heute hier,? (?:und )?morgen (?:da|dort)|gestern und heute|bis heute|heutzutage"
    r"|heute (?:ist|waere) nicht mein tag|erst (?:heute|gestern) geboren|heuer"
    r"|fridays? for future|black friday|(?:sunday|monday) (?:driver|best|blues)|freitag der 13\."
)

RULES: tuple[Rule, ...] = (
    blocked(
        rf"\b(?:schoene?[nsrm]?|gute?[nsrm]?|frohe?[ns]?|angenehme[nsr]?|entspannte[nsr]?"
        rf"|erholsame[nsr]?|tolle[nsr]?|sonnige[nsr]?|gesegnete[nsr]?|happy|merry|nice|lovely)\s+"
        rf"(?:rest\s?)?(?:{_DAY}(?:abend|morgen|nachmittag)?|wochenende|weekend|week|day|{_FEAST})\b"
    ),
    blocked(r"\bjede[sn]?\s+wochenende\b"),
    blocked(r"\b(?:letzte|vergangene|diese)\s+nacht\b"),
    blocked(
        rf"\b(?:an\s+|on\s+)?(?:eine?[mnrs]?|irgende?ine[mnrs]?|kein(?:en)?|welche[nmr]|a)\s+"
        rf"(?:normalen?\s+|ganz\s+)*{_DAY}(?:abend|morgen|nachmittag|nacht)?s?\b"
    ),
    blocked(rf"\b{_TITLE}\s+(?:{_DAY}|{MONTHS.pattern}|may|april|june|{_FEAST})(?!\w)"),
    blocked(
        rf"\b(?:gruss|gruesse?n?|lg|vg|mfg|name ist|heisse)\b[,\s]+"
        rf"(?!am\b|bis\b|seit\b|ab\b|von\b|fuer\b|vom\b|und\b)\w+\s+(?:{_DAY}|{MONTHS.pattern})(?!\w)"
    ),
    blocked(rf"\b\w*{_PLACE}\s+(?:des|der|vom)\s+\d{{1,2}}\.?\s*(?:{MONTHS.pattern})(?!\w)"),
    blocked(rf"\b\d{{1,2}}\.?[\s-]*(?:{MONTHS.pattern})[\s-]{_PLACE}(?!\w)"),
    blocked(
        rf"\b\d{{1,2}}\s+{TR_MONTHS.pattern}\s+"
        r"(?:cadde\w*|cad\.?|soka\w*|sok\.?|mahalle\w*|mah\.?|meydan\w*|park\w*|bulvar\w*|okul\w*)"
    ),
    blocked(r"\b(?:вул(?:иц\w+|\.)?|просп\w*\.?|площ\w+|пл\.)\s+\d{1,2}[\s-]\w+"),
    blocked(rf"\b{TR_WEEKDAYS.pattern}\s+pazar[i]\w*"),
    blocked(rf"(?<!\w){_NUMBERED}\s*:?\s*(?:auf\s+|ist\s+)?v?\.?\s?\d[\d.,/-]*(?!\d)"),
    blocked(r"\d{1,2}\.\s?(?:und\s+)?\d{1,2}\.\s*(?:stock|etage|og|ug|klasse|mal|platz|liga)\b"),
    blocked(rf"\bfrueher\s+{PAST.pattern}[^.!?\n]{{0,80}}?\bheute\b(?!\s+(?:morgen|abend|frueh))"),
    blocked(rf"\b(?:{_SAYINGS})\b"),
)
