"""The patterns of emergencies; all are matched against folded text (nlp.folding)."""

import re
from dataclasses import dataclass

from nlp.emergency_guards import GAP, any_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern for one kind of emergency; a `certain` one is not talked away by guards.

    One that counts `alone` is none where the text names a defect or a claim: a report of it.
    """

    kind: str
    pattern: re.Pattern[str]
    certain: bool = False
    alone: bool = False


_PERSON = (
    r"(?:mann|frau|maedchen|junge|kind|kinder|baby|mensch|person|jemand|einer|leute|opa|oma"
    r"|mutter|vater|sohn|tochter|nachbar\w*|freund\w*|passant\w*|radfahrer\w*|fussgaenger\w*"
    r"|senior\w*|rentner\w*|typ|herr|dame|bub|jung|kerl|man|woman|boy|girl|child|kid|guy"
    r"|someone|somebody|person|people|neighbou?r|lady|friend|husband|wife|mother|father)"
)
_THING = (
    r"(?:haus\w*|wohnung\w*|auto\w*|pkw|wagen|dach\w*|keller\w*|kueche|balkon\w*|garage\w*|laube\w*"
    r"|schuppen|gebaeude|muell\w*|container\w*|tonne\w*|papierkorb|mofa|roller|bus|lkw|baum|wald"
    r"|waeldchen|hecke\w*|busch|gebuesch|feld|wiese|boeschung|schule|kita|kindergarten|supermarkt"
    r"|imbiss|stand|marktstand|bude|zelt|halle|fabrik|firma|werk|chempark|kiosk|treppenhaus"
    r"|mehrfamilienhaus|hochhaus|trafo\w*|stromkasten|verteilerkasten|altkleidercontainer|e-?bike"
    r"|akku\w*|zimmer|herd|ofen|etage|stock|fenster|nebenan|gegenueber|nachbar\w*|unfall\w*)"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "suicide",
        any_of(
            r"\bwill\s+(?:\w+\s+){0,2}von (?:der|einer|dem|einem) (?:\w+\s+)?(?:stuerzen"
            r"|springen)\b",
            r"\b(?:will|moechte|mag|kann|wollte|wuerd\w*)\s+(?:\w+\s+){0,4}?nicht (?:mehr"
            r" )?(?:weiter ?)?"
            r"leben\b",
            r"\b(?:ich|i)\s+(?:will|moechte|wuenschte)\s+(?:\w+\s+){0,3}?(?:sterben|tot sein)\b",
            r"\bbring\w*\s+(?:ich\s+)?mich\s+(?:\w+\s+){0,2}um\b(?!\s+(?:den|die|mein))",
            r"\b(?:mich|sich)\s+(?:\w+\s+){0,2}(?:umbringen|umzubringen|erhaengen|erschiessen)\b",
            r"\b(?:mir|sich)\s+(?:\w+\s+){0,2}das leben (?:zu )?nehmen\b|\bnehme mir das leben\b",
            r"\bselbstmord(?!praev\w*|statist\w*)|\bsuizid(?!praev|beratung)\w*",
            r"\b(?:will|moechte|droht)\s+(?:\w+\s+){0,5}?(?:springen|runterspringen"
            r"|hinunterspringen)\b",
            r"\b(?:bruecke|dach|balkon|gleis\w*|gelaender)\b"
            + GAP
            + r"\b(?:will|droht)\b"
            + GAP
            + r"spring\w*",
            r"\b(?:spring\w* (?:ich )?(?:jetzt |gleich )?von der|stuerz\w* mich von)\b",
            r"\bich (?:mache|mach) (?:jetzt |heute |endlich )?schluss(?: mit (?:allem|meinem"
            r" leben))",
            r"\b(?:ich )?(?:ritze|schneide) (?:mich|mir die (?:arme|pulsadern))",
            r"\b(?:kill|hang|shoot) (?:myself|himself|herself|themselves)\b|\bend my life\b"
            r"|\btake my (?:own )?life\b|\bwant to die\b|\b(?:don'?t|do not) want to live\b"
            r"|\bsuicid(?:e|al)\b|\b(?:going|wants?|threatening) to jump\b",
            r"\bintihar\b|\bkendimi (?:oldur|oeldue)\w*|\byasamak istemiyorum|\b(?:olmek|oelmek)"
            r" istiyorum",
            r"\bсамогуб\w*|\bне хочу (?:більше )?жити|\bвбити себе|\bхочу померти",
        ),
        certain=True,
    ),
    Rule(
        "medical",
        any_of(
            r"\b" + _PERSON + r"\b[^.!?;\n]{0,50}\b(?:bewegt|ruehrt) sich nicht",
            r"\bpulsadern?\b|\btabletten\b[^.!?;\n]{0,25}\b(?:geschluckt|genommen)\b"
            r"[^.!?;\n]{0,40}\b(?:nicht|viele|alle|zu viel|bewusst\w*|kind)\b",
            r"\b(?:bewusst?los|bewusslos|ohnmaechtig|leblos|regungslos|nicht ansprechbar|nicht"
            r" bei bewusstsein"
            r"|ohne bewusstsein)\w*",
            r"\b(?:atmet|atmen)\s+(?:\w+\s+){0,2}(?:nicht|kaum|schwer)\b|\bkeine luft mehr\b"
            r"|\bkriegt keine luft|\bbekommt keine luft|\bkrieg\w* keine luft",
            r"\b"
            + _PERSON
            + r"\b"
            + GAP
            + r"\b(?:zusammengebrochen|zusammen gebrochen|kollabiert|umgekippt|umgefallen)\b",
            r"\bzusammengebrochen\b" + GAP + r"\b(?:person|mann|frau|kind|notarzt|hilfe)\b",
            r"\b(?:herzinfarkt|schlaganfall|herzstillstand|krampfanfall|epileptisch\w* anfall)\b",
            r"\b(?:blutet|bluten|verblutet)\b|\b(?:viel|voller|ueberall|alles voll) blut\b"
            r"|\bblutueberstroemt\w*",
            r"\b(?:ueberdosis|ueber dosis|vergiftet|vergiftung)\b",
            r"\breagiert (?:\w+ ){0,2}nicht (?:mehr)?\b"
            + GAP
            + r"\b(?:mann|frau|kind|atm\w*|notarzt)\b"
            r"|\b(?:mann|frau|kind|person|opa|oma|nachbar\w*|vater|mutter)\b"
            + GAP
            + r"\breagiert nicht\b",
            r"\b(?:braucht?|brauchen|ruft?|rufen|schickt?|schicken|holt?)\b[^.!?;\n]{0,30}?"
            r"\b(?:notarzt|krankenwagen|rettungswagen|sanitaeter|rtw)\b",
            r"\b(?:notarzt|krankenwagen|rettungswagen)\b\s*(?:bitte|schnell|sofort|jetzt|!)",
            r"\bunconscious\b|\b(?:not|stopped|isn'?t|can'?t) breath\w*|\bheart attack\b"
            r"|\bhaving a (?:stroke"
            r"|seizure)\b|\b(?:is|he's|she's|are) bleeding\b|\bbleeding (?:badly|heavily)\b"
            r"|\boverdos\w+"
            r"|\b" + _PERSON + r"\b" + GAP + r"\b(?:collapsed|passed out|choking|unresponsive)\b"
            r"|\b(?:call|need|send)\b[^.!?;\n]{0,20}\bambulance\b",
            r"\bbay[iı]ld[iı]\w*|\bbayg[iı]n\w*|\bnefes al(?:a)?m[iı]yor\w*|\bkanamas[iı]|\bkan"
            r" kaybed\w*|\bkalp krizi"
            r"|\bambulans\b(?! saati)",
            r"\b(?:не)?притомн\w*|\bзнепритомн\w*|\bне дихає|\bістікає кров\w*|\bкровотеч\w*"
            r"|\bінфаркт|\bінсульт"
            r"|\b(?:викличте|потрібна|викликайте)\b" + GAP + r"\bшвидк\w*|\bвтратив\w* свідомість",
        ),
    ),
    Rule(
        "gas",
        any_of(
            r"\b(?:gasgeruch|gasleck|gasaustritt|gasleck\w*|gasalarm|gas ?leitung (?:\w+"
            r" ){0,3}(?:getroffen"
            r"|beschaedigt|geplatzt|undicht|leck))\b",
            r"\b(?:riechts?|stinkts?|roch|rieche|riechen|mueffelt|ruecht"
            r"|geruch)\b[^.!?;\n]{0,35}?\bgas\b",
            r"\bgas\b[^.!?;\n]{0,20}?\b(?:riech\w*|stinkt|ausgetreten|tritt aus|stroemt|zischt"
            r"|austritt)\b",
            r"\b(?:smell\w*|leak\w*|reek\w*)\b[^.!?;\n]{0,15}\bgas\b|\bgas (?:leak|smell)\b",
            r"\bgaz (?:koku\w*|ka[cç]a\w*|s[iı]z\w*)|\bgaz kokuyor",
            r"\bпахне газом|\bзапах\w* газу|\bгазом пахне|\bвитік газу|\bтхне газом|\bчую газ"
            r"|\bпахнет газом",
        ),
    ),
    Rule(
        "fire",
        any_of(
            r"\b(?:voll|voller)\s+(?:mit\s+)?(?:qualm|rauch)\b|\bverqualmt\b",
            r"\b(?:es|et|dat|hier|da|das|jetzt|wald|do)\s+br+en+t\b(?!\s+(?:wie|auf der|in den"
            r" augen|mir|uns))",
            r"\b" + _THING + r"\b[^.!?;\n]{0,30}?\bbr+en+(?:t|en)\b",
            r"\bbr+en+t\b[^.!?;\n]{0,30}?\b" + _THING + r"\b",
            r"\bbrennende[nrsm]?\s+(?:\w+\s+)?" + _THING,
            r"\b(?:in flammen|flammen (?:schlagen|lodern|aus|zu sehen)|lichterloh|hohe flammen)\b",
            r"\bfeuer\b[^.!?;\n]{0,20}?\b(?:in|im|auf|am|bei|unter"
            r"|ausgebrochen)\b[^.!?;\n]{0,25}?\b" + _THING,
            r"\b(?:feuer|brand)\s+(?:ist\s+)?ausgebrochen\b|^\W*feuer\b(?=\W*(?:in|im|auf|bei|!))",
            r"\b(?:wohnungs|haus|dachstuhl|keller|auto|wald|zimmer|kuechen|garagen|container"
            r"|muelltonnen"
            r"|kabel|fahrzeug|gross|flaechen)brand\b",
            r"\bbrandgeruch\b|\bverbrannt riech\w*|\briecht verbrannt\b|\bverschmort\w*\s+riech\w*",
            r"\b(?:dichter|schwarzer|schwarze|starker|dicker|viel|grosse|massiv\w*|beissender)\s+"
            r"(?:rauch|rauchwolke\w*|qualm|rauchentwicklung|rauchsaeule)\b",
            r"\b(?:rauch|qualm)\b[^.!?;\n]{0,30}?\b(?:aus|kommt|steigt|dringt|quillt|treppenhaus"
            r"|wohnung)\b",
            r"\b(?:es|da|hier)\s+(?:qualmt|raucht)\b[^.!?;\n]{0,30}?\baus\b"
            r"|\bqualmt\b[^.!?;\n]{0,20}\b" + _THING,
            r"\b(?:is|are|caught|house|car|roof|bin|flat|building)\s+(?:on|catching)?\s*(?:fire"
            r"|burning)\b",
            r"\bthere(?:'s| is) (?:a |some )?(?:big )?fire\b|\b(?:thick|black|heavy|lots"
            r" of)\s+smoke\b"
            r"|\bsmoke (?:is )?(?:coming|pouring|billowing)|\bin flames\b|\bfire in (?:the|my"
            r"|our)\b",
            r"\byang[iı]n\b(?! (?:merdiven|t(?:u|ue)p|soend|sond))|\byan[iı]yor\b|\bates ald[iı]"
            r"|\balev\w* ",
            r"\bпожеж[аіу]\b|\bгорить\b(?! (?:світло|ліхтар|лампа))|\bгоре будин\w*|\bгустий дим"
            r"|\bйде дим|\bпожар\b",
            r"\bincendie\b|\bau feu\b|\bpozar\b|\bpali sie\b|حريق",
        ),
    ),
    Rule(
        "violence",
        any_of(
            r"\beinbrecher\s+(?:\w+\s+)?(?:im|in|bei)\b",
            r"\b(?:gerade|grade|jetzt)\b[^.!?;\n]{0,30}\b(?:einzubrechen|einbrechen)\b",
            r"\b(?:messer|pistole|waffe|axt|machete|baseballschlaeger)\b"
            + GAP
            + r"\b(?:bedroh\w*|angegriff\w*|greift|fuchtelt|laeuft|rennt|sticht|stich\w*|zieht"
            r"|gezogen|zueckt"
            r"|unterwegs|auf \w+ los|in der hand|hat ein)\b",
            r"\b(?:bedroh\w*|angegriff\w*|greift|fuchtelt|laeuft|rennt|sticht|steht)\b"
            + GAP
            + r"\bmit (?:einem |einer |nem |ner )?(?:messer|pistole|waffe|axt|machete"
            r"|eisenstange)\b",
            r"\b(?:schuesse|schuss) (?:gehoert|gefallen|fallen|abgegeben)|\b(?:hoere|fallen"
            r"|gefallen)\b"
            + GAP
            + r"\bschuesse\b|\bschiesst\b"
            + GAP
            + r"\b(?:um sich|auf (?:leute|menschen|passanten|mich|uns))",
            r"\b(?:schlaegt|pruegelt|schlagen|verpruegelt|tritt|wuergt|treten|verdrischt"
            r"|haut)\b[^.!?;\n]{0,30}?"
            r"\b(?:frau|kind\w*|mann|freundin|mich|uns|jungen|maedchen|ihn|sie|zusammen|tot|ein"
            r"|aufeinander)\b"
            r"(?!\w|\s+(?:vor|um))",
            r"\b(?:wird|werde|werden)\b[^.!?;\n]{0,25}?\b(?:verpruegelt|zusammengeschlagen"
            r"|angegriffen|ueberfallen"
            r"|bedroht|vergewaltigt|gewuergt|verfolgt|erstochen|niedergestochen|entfuehrt)\b",
            r"\b(?:wurde|worden|hat)\b[^.!?;\n]{0,30}?\b(?:niedergestochen|angeschossen"
            r"|erstochen|zusammengeschlagen)\b",
            r"\b(?:schlaegerei|massenschlaegerei|pruegelei|amoklauf|geiselnahme|vergewaltigung"
            r"|ueberfall)\b"
            r"[^.!?;\n]{0,30}?(?:!|\bjetzt|\bgerade|\bgrade|\bschnell|\bpolizei|\bim gange)",
            r"\b(?:gerade|jetzt|grade)\b[^.!?;\n]{0,30}?\b(?:schlaegerei|massenschlaegerei"
            r"|ueberfall|einbrecher"
            r"|eingebrochen|brechen)\b",
            r"\b(?:jemand|einbrecher|einer|maenner|typen)\b[^.!?;\n]{0,20}?\b(?:bricht|brechen"
            r"|sind|ist)\b"
            r"[^.!?;\n]{0,30}?\b(?:ein|im haus|in (?:meiner|der|unserer) wohnung)\s*(?:[!.,]|$"
            r"|jetzt|gerade)",
            r"\b(?:ruft|holt|schickt"
            r"|brauche\w*)\b[^.!?;\n]{0,20}?\bpolizei\b[^.!?;\n]{0,20}?(?:!|\bschnell|\bsofort)",
            r"\b(?:stabb(?:ed|ing)|gunshots?|shots fired|(?:with|has|holding|pulled) an?"
            r" (?:knife|gun)"
            r"|being (?:attacked|beaten|robbed|chased|assaulted|raped|followed)|is (?:attacking"
            r"|beating|hitting)"
            r"|break(?:ing|s) into my|threatening (?:me|us|people|him|her))\b",
            r"\bb[iı]cak\w*|\bsilah\w*|\bsald[iı]r[iı]yor\w*|\bd(?:o|oe)v(?:u|ue)yor\w*|\bimdat\b",
            r"\bнапада\w*|\bнапали\b|\bножем\b|\bз ножем|\bстріля\w*|\bб.ють\b|\bб'є\b"
            r"|\bпогрожу\w*",
        ),
    ),
    Rule(
        "water",
        any_of(
            r"\b"
            + _PERSON
            + r"\b[^.!?;\n]{0,25}\bim\s+\w*(?:see|rhein|fluss|wasser|becken|teich|kanal)"
            r"\s+(?:untergegangen|ertrunken|getrieben)\b",
            r"\b(?:ertrinkt|ertrinken|am ertrinken|geht unter|untergegangen|treibt im|treibt in"
            r" der)\b"
            + GAP
            + r"(?:\b(?:person|kind|mann|frau|jemand|junge|maedchen|rhein|wupper|see|dhuenn"
            r"|wasser|hilfe|schnell)\b|!)",
            r"\b"
            + _PERSON
            + r"\b"
            + GAP
            + r"\b(?:ertrinkt|am ertrinken|geht unter|kommt nicht mehr raus)\b",
            r"\b"
            + _PERSON
            + r"\b[^.!?;\n]{0,25}?\b(?:in (?:den rhein|die wupper|die dhuenn|den see|den fluss"
            r"|den kanal)"
            r"|ins wasser|ins eis|durchs eis|im eis)\b[^.!?;\n]{0,20}?\b(?:gefallen|gestuerzt"
            r"|eingebrochen|gesprungen)\b",
            r"\b(?:is|are|someone|somebody|kid|child|boy|girl|man|woman) drowning\b"
            r"|\bfell (?:in|into) (?:the )?(?:river|rhine|lake|water)\b",
            r"\bbo[gğ]uluyor\b|\b(?:тоне|тонуть|потопає)\b"
            + GAP
            + r"(?:\b(?:людина|дитина|хлоп\w*|дівч\w*|чоловік|хтось)\b|!|$)"
            r"|\b(?:людина|дитина|хтось|чоловік)\b" + GAP + r"\b(?:тоне|тонуть)\b",
        ),
    ),
    Rule(
        "power",
        any_of(
            r"\b(?:stromkabel|stromleitung|oberleitung|hochspannungs\w*|freileitung"
            r"|starkstromkabel)\b"
            + GAP
            + r"\b(?:haengt|haengen|liegt|liegen|gerissen|abgerissen|runter|herunter\w*|boden"
            r"|frei|funk\w*|blank|offen)\b",
            r"\b(?:haengt|liegt|haengen|liegen|gerissene?s?|abgerissene?s?|offene?s?"
            r"|freiliegende?s?|blanke?s?)\b"
            + GAP
            + r"\b(?:stromkabel|stromleitung|oberleitung|hochspannungsleitung|freileitung"
            r"|starkstromkabel)\b",
            r"\b(?:spruehen|sprueht|schlagen|fliegen|schlaegt)\b[^.!?;\n]{0,15}\bfunken\b"
            r"|\bfunken (?:spruehen|fliegen|schlagen)",
            r"\b(?:stromschlag)\b[^.!?;\n]{0,25}\b(?:bekommen|gekriegt|erlitten|erwischt)\b"
            r"|\bsteht unter strom\b",
            r"\b(?:power ?lines?|live wires?|electric(?:al|ity)? (?:cables?|lines?|wires?))\b"
            + GAP
            + r"\b(?:down|fallen|hanging|sparking|exposed|on the (?:ground|road|street)|snapped)\b",
            r"\belektrik (?:teli|kablosu|hatt[iı])\b[^.!?;\n]{0,25}\b(?:kop\w*|dus\w*|sark\w*"
            r"|yerde)",
            r"\b(?:дріт|дроти|провід|кабель|лінія)\b[^.!?;\n]{0,30}\b(?:обірва\w*|висить|лежить"
            r"|іскри\w*|впа\w*)\b",
        ),
    ),
    Rule(
        "explosion",
        any_of(
            r"\b(?:explosion|explodiert|detonation|verpuffung)\b",
            r"\b(?:bombe|granate|weltkriegsbombe|fliegerbombe|blindgaenger|handgranate"
            r"|munition)\b[^.!?;\n]{0,30}?"
            r"\b(?:gefunden|liegt|entdeckt|ausgegraben|platziert|drohung)\b|\bbombendrohung\b"
            r"|\b(?:gefunden|liegt|entdeckt)\b[^.!?;\n]{0,25}?\b(?:bombe|granate|blindgaenger"
            r"|weltkriegsbombe)\b",
            r"\b(?:explosion|exploded|bomb (?:threat|found))\b|\bfound (?:a|an old) (?:bomb"
            r"|grenade)\b",
            r"\bpatlama (?:oldu|sesi|var)\b|\bpatlad[iı]\b(?! (?:lastik|tekerlek|boru))"
            r"|\bвибух\w*|\bвибухнув\w*",
        ),
    ),
    Rule(
        "chemical",
        any_of(
            r"\b(?:chempark|chemie\w*|chemisch\w*|bayer\w*)\b"
            + GAP
            + r"\b(?:stinkt|riecht|geruch|gestank|wolke|qualm|sirene\w*|alarm|ausgetreten|dampf"
            r"|beissend\w*)\b"
            r"[^.!?;\n]{0,40}\b(?:beissend\w*|sirene\w*|atem\w*|augen|wolke|hals|husten|schlecht"
            r"|gefaehrlich|gelb\w*|stark\w*|extrem\w*|chempark)\b",
            r"\b(?:beissend\w*|aetzend\w*|stechend\w*|chemisch\w*|giftig\w*)\b[^.!?;\n]{0,20}?"
            r"\b(?:geruch|gestank|wolke|rauch|dampf|qualm|gas)\b[^.!?;\n]{0,40}"
            r"\b(?:chempark|werk|augen|atem\w*|husten|hals|luft|wolke|sirene\w*|bayer)\b",
            r"\b(?:sirenen?)\b[^.!?;\n]{0,30}\b(?:heul\w*|geht|gehen|chempark)\b[^.!?;\n]{0,40}"
            r"\b(?:chempark|geruch|stinkt|rauch|fenster|gefahr|passiert)\b",
            r"\b(?:gelbe|gruene|braune|giftige|stinkende) wolke\b[^.!?;\n]{0,60}"
            r"\b(?:chempark|werk|riecht|aetzend|stinkt|augen|husten)\b",
            r"\b(?:saeure|ammoniak|chlorgas|chlor|giftgas|gift(?:wolke|ige wolke)"
            r"|gefahrgut)\b[^.!?;\n]{0,30}?"
            r"\b(?:ausgetreten|ausgelaufen|laeuft aus|tritt aus|wolke|zieht|verschuettet|riecht"
            r"|stinkt)\b",
            r"\b(?:chemical|toxic|acid)\b[^.!?;\n]{0,20}\b(?:smell|cloud|leak|spill|fumes)\b",
            r"\bkimyasal (?:koku|s[iı]z[iı]nt[iı]|duman)\w*|\bхімічн\w* (?:запах|витік|хмара)\w*",
        ),
    ),
    Rule(
        "accident",
        any_of(
            r"\b(?:steck\w*|sitz\w*|haeng\w*)\b[^.!?;\n]{0,20}\b(?:aufzug|fahrstuhl|lift)\b"
            r"[^.!?;\n]{0,15}\bfest\b",
            r"\b(?:sitzt|ist|sind|liegt|sitzen)\s+(?:da\s+)?noch\s+(?:jemand|leute|einer|wer"
            r"|menschen"
            r"|personen|kinder)\s+(?:drin|darin|im auto|im haus|drunter)\b",
            r"\b(?:unfall|verkehrsunfall|crash|zusammenstoss|auffahrunfall)\b[^.!?;\n]{0,50}?"
            r"\b(?:verletzt\w*|verletzte\w*|blut\w*|eingeklemmt|schwer|notarzt|liegt|hilfe"
            r"|tote?r?)\b",
            r"\b(?:schwer ?verletzt\w*|schwerverletzt\w*|verletzte (?:person|frau|liegt|auf)"
            r"|verletzter (?:mann|mensch|liegt|radfahrer))\b",
            r"\b"
            + _PERSON
            + r"\b"
            + GAP
            + r"\b(?:verletzt|angefahren|ueberfahren)\b[^.!?;\n]{0,40}"
            r"\b(?:liegt|liegen|schreit|blutet|hilfe|notarzt|schnell|sofort|steht nicht|kommt"
            r" nicht)\b",
            r"\b(?:angefahren|ueberfahren)\s*(?:worden)?\s*!|\b(?:gerade|jetzt|grade"
            r"|eben)\b[^.!?;\n]{0,30}"
            r"\b(?:angefahren|ueberfahren|gestuerzt|verunglueckt|verungluekt|unfall)\b",
            r"\b"
            + _PERSON
            + r"\b[^.!?;\n]{0,20}\bliegt\b[^.!?;\n]{0,30}\b(?:bewegt sich nicht|ruehrt sich"
            r" nicht|am boden"
            r"|auf (?:der|dem) (?:strasse|boden|gehweg|buergersteig|fahrbahn|gleis\w*)|im gleis"
            r"|blut\w*)\b(?![^.!?;\n]{0,20}\bmuell)",
            r"\b(?:eingeklemmt|verschuettet|eingeschlossen|steckt fest|stecken fest|sitzen fest"
            r"|sitze fest|steckengeblieben|stecke)\b"
            r"[^.!?;\n]{0,30}\b(?:aufzug|fahrstuhl|lift|auto|wagen|person\w*|kind\w*|schacht"
            r"|hilfe)\b"
            r"|\b(?:aufzug|fahrstuhl|lift|auto|schacht|brunnen|personen"
            r"|kind)\b[^.!?;\n]{0,30}\b(?:eingeklemmt|verschuettet|eingeschlossen"
            r"|steckt fest|stecken fest|sitze fest|sitzen fest)\b",
            r"\b(?:kind|baby|saeugling|hund)\b[^.!?;\n]{0,25}\b(?:im|in einem) (?:\w+ )?(?:auto"
            r"|wagen|pkw)\b[^.!?;\n]{0,30}\b(?:hitze|sonne"
            r"|eingesperrt|eingeschlossen|allein|bewusstlos|schreit)\b",
            r"\b(?:kind|tochter|sohn|oma|opa|mutter|vater|maedchen"
            r"|junge)\b[^.!?;\n]{0,25}\b(?:vermisst|verschwunden|weggelaufen|spurlos)\b",
            r"\b(?:haus|dach|decke|geruest|kran|mauer"
            r"|bruecke)\b[^.!?;\n]{0,20}\beingestuerzt\b[^.!?;\n]{0,30}\b(?:person\w*|leute"
            r"|menschen|jemand)\b",
            r"\b(?:accident|crash|hit by a (?:car|bus|truck|tram)|run over|car"
            r" hit)\b[^.!?;\n]{0,40}"
            r"\b(?:injur\w*|bleed\w*|hurt|trapped|help|lying|unconscious|ambulance)\b|\b(?:badly"
            r"|seriously|severely) (?:injured|hurt)\b"
            r"|\b(?:someone|man|woman|child|cyclist|boy|girl) (?:was|got|has been|just got"
            r"|is)?\s?(?:just )?hit by a\b|\btrapped in (?:the|an?) (?:lift|elevator|car)\b",
            r"\bkaza\b[^.!?;\n]{0,40}\b(?:yaral[iı]|kan|oldu|var|ambulans)\w*|\byaral[iı] var"
            r"|\bagir yaral[iı]",
            r"\b(?:аварія|аварії|дтп)\b[^.!?;\n]{0,40}\b(?:постражд\w*|поранен\w*|кров\w*"
            r"|швидк\w*|людина)|\bпоранен\w*|\bзбила машина",
        ),
    ),
    Rule(
        "help",
        any_of(
            r"\b(?:das|dies|hier|es)\s+ist\s+(?:ein|echt ein|wirklich ein)\s+(?:\w+\s+)?notfall\b",
            r"\b(?:ist|sind|schwebt|schweben) in (?:akuter )?lebensgefahr\b",
            r" lebensgefahr\b",
            r"\bnotfall\b\s*(?:!|:)|\b(?:bitte )?ruf\w*\s+(?:\w+\s+){0,2}(?:112|110|den notruf)\b",
            r"\b(?:this is an|it'?s an|medical) emergency\b|\bcall (?:112|911|110|the police"
            r" now)\b",
            r"\bacil (?:durum|yardim|yardım)\b|\bрятуйте\b|\bдопоможіть\b[^.!?;\n]{0,20}(?:!"
            r"|\bтерміново|\bшвидко)",
        ),
    ),
)
