"""More emergencies: falls, live wires, sirens, weapons, misspelt gas (folded text)."""

from nlp.emergency_guards import any_of
from nlp.emergency_rules import Rule

_NEAR = r"[^.!?;\n]{0,60}?"
_KIN = (
    r"(?:opa|oma|oppa|omma|opi|omi|gross(?:vater|mutter)|vater|mutter|papa|mama|mann|frau|ehemann"
    r"|ehefrau|sohn|tochter|bruder|schwester|onkel|tante|nachbar\w*|freund\w*|kind|baby|junge"
    r"|maedchen|person|jemand|senior\w*|rentner\w*|dame|herr|radfahrer\w*|fussgaenger\w*"
    r"|passant\w*|arbeiter|kollege|kollegin|mitbewohner\w*|schwieger\w+)"
)
_KIN_EN = (
    r"(?:grand(?:pa|ma|father|mother|dad|mum|mom)|father|mother|dad|mum|mom|husband|wife|son"
    r"|daughter|brother|sister|uncle|aunt|neighbou?r|friend|man|woman|lady|person|someone"
    r"|somebody|child|kid|baby|boy|girl|cyclist|worker)"
)
_KIN_TR = (
    r"(?:dedem|ninem|babaannem|anneannem|babam|annem|esim|kocam|karim|oglum|kizim|kardesim"
    r"|amcam|teyzem|halam|komsum|(?:bir )?(?:adam|kadin|cocuk|kisi)|birisi|biri)"
)
_KIN_UK = (
    r"(?:дідусь|бабуся|дід|баба|тато|батько|мама|мати|чоловік|дружина|син|донька|брат|сестра"
    r"|сусід\w*|жінка|дитина|хлопець|дівчин\w+|людина|хтось)"
)
_FELL = (
    r"(?:ge|je)stuerzt|(?:hin|runter|herunter|hinunter|um)(?:ge|je)fallen|(?:ge|je)fallen"
    r"|hingeschlagen|ausgerutscht|umgekippt"
)
_NOT_UP = (
    r"(?:(?:kann|koennen|kunn|kan)\s+(?:\w+\s+){0,4}?(?:nicht|net|nit|nich|nimmer)"
    r"\s+(?:mehr |mieh |allein\w* |von allein\w* )*(?:aufstehen|hoch|auf|opstonn|bewegen)"
    r"|(?:komm|komme|kommt|kommen|kuett|kumm)\s+(?:\w+\s+){0,3}?(?:nicht|net|nit|nich|nimmer)"
    r"\s+(?:mehr |mieh |allein\w* |von allein\w* )*(?:hoch|auf|huh|op)"
    r"|steht (?:\w+ ){0,2}nicht (?:mehr |wieder )?auf)\b"
)
_HURT = (
    r"(?:schmerzen|blut\w*|kopf|benommen|bewegt|bewegen|hilfe|bein|arm|huefte|gebrochen|weint"
    r"|schreit|verletzt|verwirrt|ohnmaechtig|liegt)"
)
_MAST = r"\b(?:strom?|hochspannungs|freileitungs|oberleitungs|telegrafen|elektro)m?ast(?:en|e|s)?\b"
_DOWN = (
    r"(?:um|ab)?(?:ge(?:kip+t|fallen|stuerzt|knickt|brochen|rissen|fahren))"
    r"|(?:runter|herunter|hinunter)ge\w+|lieg(?:t|en) (?:auf|ueber|quer|am boden)|droht"
    r" umzu\w+|haengt schief|steht schief"
)
_LINE = r"\b(?:strom|ober|frei|hochspannungs|starkstrom)(?:leitung|kabel|leitungen|draht|draehte)\b"
_CABLE = r"\b(?:kabel|stromkabel|stromdraht|starkstromkabel)\b"
_BARE = (
    r"\b(?:offen|blank|freiliegend|nackt|ungeschuetzt|freigelegt|abgerissen|lose|herunterhaengend"
    r"|heraushaengend)(?:e|en|es|er)?\s+(?:\w+\s+)?"
    r"(?:kabel|draehte|draht|leitungen|leitung|adern|strippen|stromkabel|stromleitung\w*)\b"
    r"|\b(?:\w*kabel|draehte|\w*leitungen|strippen|adern)\b[^.!?;\n]{0,25}?\b(?:offen|blank|frei"
    r"|raus|heraus|ungeschuetzt)\b"
)
_TOUCHED = (
    r"\b(?:(?:spielen|spielt|spielende)\b[^.!?;\n]{0,25}\b(?:kinder|kind)"
    r"|(?:kinder|kind|jungs|schueler)\b[^.!?;\n]{0,25}\b(?:spiel\w*|fass\w*|greif\w*|zieh\w*"
    r"|dran\w*|anfass\w*|daran|damit)|in reichweite|stehen unter strom|stromfuehrend)"
)
_WEAPON = (
    r"(?:schusswaffe|waffe|pistole|gewehr|revolver|maschinengewehr|maschinenpistole|machete"
    r"|messer|samuraischwert|sturmgewehr)"
)
_SHOOTER = (
    r"(?:jemand|einer|mann|frau|typ|kerl|typen|maenner|leute|nachbar\w*|person|jugendliche"
    r"|einbrecher)"
)
_CHEMICAL = (
    r"\b(?:chemie-?(?:geruch|gestank|wolke|alarm)\w*|chemische[rnsm]? (?:geruch|gestank|dampf"
    r"|wolke)|(?:geruch|gestank) (?:nach|von|vom|aus) (?:\w+ )?(?:chemie|chemikalien|chempark"
    r"|chemiepark)|(?:riech\w*|stink\w*)\b[^.!?;\n]{0,25}?\bnach (?:\w+ )?(?:chemie|chemikalien"
    r"|ammoniak|schwefel|salzsaeure)|(?:riech\w*|stink\w*)\b[^.!?;\n]{0,25}?\b(?:stark|extrem"
    r"|beissend|stechend|heftig)\s+nach chlor)\b"
)
_SOUNDS = r"(?:heul\w*|geht los|gehen los|loesen aus|ertoen\w*|toen\w*|jault|jaulen|schrill\w*)"
_SMELLS = (
    r"(?:riech\w*|richt|rieht|richtet|riescht|ri[ck]t|ruecht|ruescht|ruesch|rich|riekt|stinkt?s?"
    r"|stingt|muefft|geruch)"
)

HAZARDS: tuple[Rule, ...] = (
    Rule(
        "accident",
        any_of(
            rf"\b(?:{_FELL}|liegt|liege|am boden)\b{_NEAR}\b{_NOT_UP}",
            rf"\b{_NOT_UP}{_NEAR}\b(?:{_FELL}|liegt|am boden)\b",
            rf"\b{_KIN}\b{_NEAR}\b(?:ge|je)stuerzt\b{_NEAR}\b{_HURT}\b",
            rf"\b{_KIN}\b{_NEAR}\b(?:vom|von der|von einer|von einem|aus dem|die|in den|in die)"
            r"\s+(?:\w+\s+)?(?:balkon|dach|fenster|leiter|geruest|treppe|schacht|baugrube|gleise?"
            r"|gleisbett|bruecke|brunnen|mauer|bahnsteig)\s+(?:runter|herunter|hinunter)?"
            r"(?:gefallen|gestuerzt)\b",
            r"\b(?:jemand|person|mann|frau|kind|leute|menschen|radfahrer\w*)\b[^.!?;\n]{0,15}?"
            r"\b(?:liegt|liegen|ist|sind)\s+(?:noch\s+)?(?:darunter|drunter|unter dem baum)\b",
            r"\b(?:baum|ast|mast|laterne|geruest\w*|kran|ziegel|mauer)\b[^.!?;\n]{0,25}?\bauf"
            r" (?:einen|eine|ein|den|die|das|mehrere)\s+(?:\w+\s+)?(?:mann|frau|kind|kinder|person"
            r"|menschen|passant\w*|radfahrer\w*|fussgaenger\w*|leute)\s+(?:gefallen|gestuerzt"
            r"|gekippt)\b",
            rf"\b{_KIN_EN}\b{_NEAR}\b(?:fell|fallen|lying)\b{_NEAR}"
            r"\b(?:can'?t|cannot|can not|unable to|not able to)\s+(?:get|stand|move)\b",
            r"\bi(?:'ve| have)? (?:fell|fallen)\b[^.!?;\n]{0,25}\b(?:can'?t|cannot) get up\b",
            rf"\b{_KIN_EN}\b[^.!?;\n]{{0,15}}\b(?:fell|fallen) down (?:the|some) stairs\b",
            rf"\b{_KIN}\b\s+(?:liegt|sitzt|steht|ist|laeuft)\s+(?:\w+\s+){{0,2}}?(?:auf|in) den"
            r" (?:gleisen|schienen)\b",
            rf"\b(?:liegt|sitzt|steht|laeuft)\s+(?:\w+\s+)?{_KIN}\s+(?:auf|in) den (?:gleisen"
            r"|schienen)\b",
            r"\b(?:fell|fallen) (?:off|from|out of) (?:the|a|an|our|his|her) (?:\w+ )?(?:balcony"
            r"|roof|window|ladder|scaffold\w*|bridge|platform)\b",
            rf"\b{_KIN_TR}\b{_NEAR}\bd(?:u|ue)st(?:u|ue)\b{_NEAR}\b(?:kalkam\w*|kipirda\w*"
            r"|kan\w*|hareket etmiyor)",
            rf"\b{_KIN_UK}\b{_NEAR}\b(?:впа[вл]\w*|упа[вл]\w*){_NEAR}"
            r"\bне (?:може|встає|рухається)",
        ),
    ),
    Rule(
        "accident",
        any_of(
            rf"\b(?:mein|meine|unser|unsere|ein|eine|ne|der|die|en|der alte|die alte|de)\s+"
            rf"(?:\w+\s+)?{_KIN}\s+(?:ist|is|es)\s+(?:[\w-]+\s+){{0,5}}?"
            r"(?:(?:ge|je)stuerzt|hingefallen|schwer gefallen)\b(?=\s*(?:$|[.!,;\n]|und\b|un\b))",
            rf"^\W*(?:hilfe\W+|achtung\W+|schnell\W+)?{_KIN}\s+gestuerzt\b",
            rf"^\W*(?:help\W+)?(?:my|our|an?|the)\s+(?:\w+\s+)?{_KIN_EN}\s+(?:has\s+|have\s+"
            r"|'s\s+|just\s+)*(?:fell|fallen)(?:\s+(?:down|over|badly)|\s+down the stairs)?"
            r"(?=\s*(?:$|[.!,;\n]|and\b|in the (?:bath|kitchen|house|flat)))",
            rf"^\W*{_KIN_TR}\s+(?:\w+\s+){{0,3}}?d(?:u|ue)st(?:u|ue)\b",
            rf"^\W*(?:(?:мій|моя|наш|наша)\s+)?{_KIN_UK}\s+(?:впа[вл]\w*|упа[вл]\w*)\b",
        ),
        alone=True,
    ),
    Rule(
        "power",
        any_of(
            rf"{_MAST}[^.!?;\n]{{0,30}}?\b(?:{_DOWN})\b",
            rf"\b(?:(?:um|ab)ge(?:kippt|fallen|stuerzt|knickt|brochen|fahren)e?[rn]?)\s+{_MAST}",
            rf"{_LINE}[^.!?;\n]{{0,30}}?\b(?:runter\w*|herunter\w*|gerissen|abgerissen|gefallen"
            r"|gekommen|liegt|liegen)\b",
            rf"\b(?:liegt|liegen|haengt|haengen)\b[^.!?;\n]{{0,20}}?{_LINE}[^.!?;\n]{{0,20}}?"
            r"\b(?:auf|ueber|quer|runter|herunter)\b",
            r"\blive (?:cables?|wires?) on the\b",
            rf"\b(?:baum|ast|kran|lkw)\b[^.!?;\n]{{0,25}}?\b(?:auf|in|gegen)\s+(?:der|die|den|einer"
            rf"|eine|einen)\s+(?:{_LINE}|{_MAST})",
            rf"{_CABLE}[^.!?;\n]{{0,15}}?\b(?:liegt|liegen|haengt|haengen)\b[^.!?;\n]{{0,25}}?"
            r"\b(?:auf|ueber|bis auf|quer ueber)\s+(?:der|die|de)\s+(?:strasse|fahrbahn|stroos)\b",
            r"\bauf der (?:strasse|fahrbahn) (?:liegt|haengt|liegen)[^.!?;\n]{0,20}?"
            r"\b(?:stromkabel|starkstromkabel|stromleitung|stromleitungen)\b",
            rf"(?:{_BARE}){_NEAR}{_TOUCHED}",
            rf"{_TOUCHED}{_NEAR}(?:{_BARE})",
            r"\b(?:power|electric(?:ity|al)?|utility|telegraph) (?:pole|line|cable|wire)s?\b"
            r"[^.!?;\n]{0,30}\b(?:fell|fallen|down|collapsed|snapped|on the (?:road|street|ground"
            r"|pavement|sidewalk))\b|\b(?:fallen|downed|collapsed|snapped) (?:power|electric\w*"
            r"|utility) (?:pole|line|cable|wire)s?\b",
            r"\b(?:exposed|bare|open|live|loose) (?:electric\w* )?(?:wires?|wiring|cables?)\b"
            + _NEAR
            + r"\b(?:kids?|child|children|touch\w*|within reach|playing)\b|\bsparks?"
            r" (?:everywhere|flying)\b",
            r"\b(?:elektrik|yuksek gerilim|yueksek gerilim) (?:diregi|teli|telleri|kablosu"
            r"|kablolari|hatti)\b[^.!?;\n]{0,30}\b(?:devril\w*|d(?:u|ue)st(?:u|ue)\w*|yikil\w*"
            r"|yolda|yerde|kopmus|koptu|sark\w*)",
            r"\b(?:acikta|acik|ciplak|soyulmus)\b[^.!?;\n]{0,15}\bkablo\w*" + _NEAR + r"\bcocuk\w*",
            r"\b(?:стовп|опор[аи]|лінія електропередач\w*|лінія|дріт|дроти|кабел[ьі])\b"
            r"[^.!?;\n]{0,30}\b(?:впа[вл]\w*|упа[вл]\w*|обірва\w*|лежить|лежать|звисає)"
            + _NEAR
            + r"\b(?:кабел\w*|дрот\w*|дороз\w*|вулиц\w*|струм\w*)"
            r"|\b(?:електричн\w+|високовольтн\w+) (?:стовп|опора|лінія|кабель"
            r"|дріт)\b[^.!?;\n]{0,25}\b(?:впа[вл]\w*|упа[вл]\w*|лежить"
            r"|обірва\w*)|\b(?:оголен\w+|відкрит\w+) (?:дроти|кабелі|проводи)"
            + _NEAR
            + r"\bдіт\w*",
        ),
    ),
    Rule(
        "chemical",
        any_of(
            _CHEMICAL,
            r"\b(?:gift|gas|chlor|ammoniak|saeure)wolke\b",
            r"\b(?:riecht|stinkt)\b[^.!?;\n]{0,25}?\b(?:chemisch|beissend|stechend|aetzend)\b"
            r"[^.!?;\n]{0,40}\b(?:augen|hals|husten\w*|atem|atmen|uebel|kopfschmerzen)\b",
            rf"\b(?:chempark|chemiepark|bayer-?werk|currenta)\b{_NEAR}\b(?:sirenen?|explosion"
            r"|explodiert|werksalarm|grossalarm)\b",
            rf"\bsirenen?\b{_NEAR}\b(?:chempark|chemiepark|chemie\w*|bayer-?werk|geruch|gestank"
            r"|stinkt|riecht)\b",
            rf"\b(?:stinkt|riecht|geruch|gestank)\b{_NEAR}\bsirenen?\b",
            rf"^(?!\W*(?:warum|wann|wieso|weshalb|wozu|was bedeut|wie|wo)\b)[^.!?;\n]{{0,40}}?"
            rf"\b(?:sirenen?\s+(?:\w+\s+){{0,2}}{_SOUNDS}|{_SOUNDS}\s+(?:\w+\s+){{0,2}}sirenen?)"
            r"[^.!;\n]{0,30}?\b(?:was ist|was soll|was tun|gerade|jetzt|ueberall|passiert|los)\b",
            r"\b(?:chemical|toxic) (?:smell|odou?r|cloud|fumes)\b|\bsmells? (?:like|of) chemicals"
            r"\b|\bsirens?\b" + _NEAR + r"\b(?:chempark|chemical\w*|smells?)\b",
            r"\bkimya\w* (?:koku|duman|gaz)\w*|\bsiren\w*\b[^.!?;\n]{0,25}\b(?:cal[iı]yor|koku\w*)",
            r"\bхімічн\w+ (?:запах|сморід|хмар\w+|дим)|\bзапах хімі\w+|\bпахне хімі\w+"
            r"|\bсирен\w+ (?:виє|виють|реве|лунає|лунають)",
        ),
    ),
    Rule(
        "violence",
        any_of(
            rf"\b{_SHOOTER}\s+(?:(?!(?:fotos?|bilder|den|einen|tore?|ball|mit)\b)\w+\s+){{0,3}}?"
            r"(?:schiesst|ballert|rumballert|herumballert|feuert)\b(?!\s+(?:\w+\s+){0,4}?(?:ball"
            r"|baelle|tore?|fotos?|bilder|boeller|raketen?|feuerwerk|elfmeter|steine|silvester)\b)",
            r"\b(?:hier|da|es|dort|in der \w+|am \w+) wird (?:\w+ ){0,2}geschossen\b",
            r"\bschuesse\b\s*(?:$|!|in\b|am\b|bei\b|im\b|auf\b|gehoert|vor\b|aus\b|jetzt|gerade)",
            rf"\b{_SHOOTER}\b\s+(?:[\w-]+\s+){{0,2}}?(?:mit|hat|traegt)\s+(?:(?:einer|einem|ner|nem"
            rf"|ne|nen|eine|ein|gezogener|gezuecktem|scharfer|einen|grossem)\s+){{0,2}}{_WEAPON}\b"
            r"(?!\s+(?:\w+\s+){0,4}?(?:verloren|gefunden|gekauft|vergessen|abgegeben|verkauft))",
            r"\b(?:der|er|sie|die|der da|die da)\s+hat\s+(?:eine|ein|ne|nen|'ne)\s+(?:pistole|waffe"
            r"|gewehr|schusswaffe|revolver)\b(?!\s+(?:verloren|gefunden|angemeldet))",
            r"\bпостріл\w*",
            r"\b(?:amoklaeufer|amokschuetze|amokalarm|bewaffnete[rn]? (?:mann|person|taeter"
            r"|maenner|raeuber|einbrecher)|attentaeter|geiselnehmer)\b",
            r"\b(?:someone|somebody|man|guy|woman|person|people|they|he|she) (?:is|are|'s|'re)"
            r" (?:\w+ )?shooting\b(?! (?:\w+ )?(?:photos?|pictures?|films?|movies?|videos?|hoops"
            r"|fireworks|goals?|balls?|a ))|\bactive shooter\b|\bmass shooting\b|\bgunman\b"
            r"|\bthere(?:'s| is|'s been| has been) a shooting\b(?! (?:club|range|star|match"
            r"|gallery))|\barmed"
            r" (?:man|men|person|robber\w*|guy|people)\b"
            r"|\b(?:man|woman|guy|someone|person|boy) (?:\w+ )?(?:with|has|holding|carrying)"
            r" (?:an? )?(?:gun|rifle|pistol|weapon|machete|knife)\b",
            r"\b(?:ates (?:ediyor|aciyor|ediliyor|acildi)|silahl[iı] (?:\w+ )?(?:adam|kisi|biri"
            r"|saldirgan))",
            r"\b(?:чоловік|хтось|людина|хлопець) (?:\w+ )?(?:зі? зброєю|з пістолетом|з рушницею"
            r"|з автоматом)|\bозброєн\w+ (?:чоловік|людин\w*|нападник\w*)",
        ),
    ),
    Rule(
        "gas",
        any_of(
            rf"\b{_SMELLS}\b[^.!?;\n]{{0,25}}?\b(?:nach|noh|noch|wie|na|vun|von)\s+(?:\w+\s+)?"
            r"(?:gas+|jas|erdgas|propangas|gaz)\b",
            r"\b(?:gas+|jas|erdgas)[ -]?(?:geruch|gerusch|geruh|leck|austritt|gestank|alarm)\b",
            r"\bgas\s+(?:stark\s+)?(?:gerochen|zu riechen)\b",
            r"\bsmell(?:s|ing)?\b[^.!?;\n]{0,15}\b(?:gass?|propane)\b|\bgaz koku\w*",
            r"\b(?:пахне|смердить|тхне|чути|відчува\w+)\b[^.!?;\n]{0,20}\bгаз(?:ом|у)?\b",
        ),
    ),
)
