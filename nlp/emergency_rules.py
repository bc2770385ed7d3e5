"""The patterns of emergencies; all are matched against folded text (nlp.folding)."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern for one kind of emergency; a `certain` one is not talked away by guards."""

    kind: str
    pattern: re.Pattern[str]
    certain: bool = False


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


_GAP = r"[^.!?;\n]{0,40}?"
_PERSON = (
    r"(?:mann|frau|maedchen|junge|kind|kinder|baby|mensch|person|jemand|einer|eine|leute|opa|oma"
    r"|mutter|vater|sohn|tochter|nachbar\w*|freund\w*|passant\w*|radfahrer\w*|fussgaenger\w*"
    r"|senior\w*|rentner\w*|typ|herr|dame|bub|jung|kerl|er|sie|man|woman|boy|girl|child|kid|guy"
    r"|someone|somebody|person|people|neighbou?r|lady|friend|husband|wife|mother|father|he|she)"
)
_THING = (
    r"(?:haus\w*|wohnung\w*|auto\w*|pkw|wagen|dach\w*|keller\w*|kueche|balkon\w*|garage\w*|laube\w*"
    r"|schuppen|gebaeude|muell\w*|container\w*|tonne\w*|papierkorb|mofa|roller|bus|lkw|baum|wald"
    r"|waeldchen|hecke\w*|busch|gebuesch|feld|wiese|boeschung|schule|kita|kindergarten|supermarkt"
    r"|imbiss|stand|marktstand|bude|zelt|halle|fabrik|firma|werk|chempark|kiosk|treppenhaus"
    r"|mehrfamilienhaus|hochhaus|trafo\w*|stromkasten|verteilerkasten|altkleidercontainer|e-?bike"
    r"|akku\w*|zimmer|herd|ofen|etage|stock|fenster|nebenan|gegenueber|nachbar\w*|unfall\w*)"
)

SUSPICION = _any(
    r"\b(?:br+en+t|brenn|brannt|flamm|qualm|rauch|feu?er+|gas|ohnmaecht|ohnmacht|bewusstlos"
    r"|bewustlos|bewusslos|atmet|atmung|luft|erstick|blut|verblut|herz|schlaganfall|kollabier"
    r"|zusammengebroch|zusammen gebroch|krampf|notarzt|krankenwagen|rettung|rettet|sanitaeter"
    r"|polizei|notfall|notruf|not|112|110|911|hilf|hilfe|selbstmord|suizid|umbring|umzubring"
    r"|bring|bringe|leben|sterb|spring|ritz|ertrink|ertrunk|rhein|wupper|dhuenn|wasser|untergeh"
    r"|messer|pistole|waffe|schiess|schuess|schuss|schlaeg|pruegel|ueberfall|einbrech|eingebroch"
    r"|einbruch|bedroh|wuerg|stech|sticht|niedergestoch|angegriff|greift|vergewaltig|entfuehr"
    r"|stromkabel|stromleitung|oberleitung|hochspannung|stromschlag|starkstrom|leitung|kabel"
    r"|explo|bombe|granate|chemi|beissend|aetzend|giftig|saeure|gift|sirene|verletzt|schwerverletzt"
    r"|unfall|ueberfahren|angefahren|eingeklemmt|eingeschloss|steckt|eingesperrt|abgestuerzt"
    r"|gestuerzt|verschuettet|eingestuerzt|einsturz|vermisst|verschwunden|regungslos|reagiert"
    r"|leblos|ueberdosis|vergift|amok|geisel|toete|tot|leiche|stirbt|lebensgefahr|lebensgefaehr)",
    r"brand\b|feuer|geruch|brennt|gasaustritt|leck\b|unfall",
    r"\b(?:fire|smok|burn|flames|gas|unconscious|breath|bleed|ambulance|heart attack|stroke"
    r"|collaps|seizure|suicid|kill|end my|die\b|dying|drown|stab|knife|gun|shot|shoot|attack"
    r"|robb|assault|rape|beat|threaten|explo|bomb|power line|live wire|electrocut|injur|crash"
    r"|hit by|emergency|help|trapped|missing|overdos|poison|choking|jump|want to live|hurt)",
    r"\b(?:yang|yan[iı]yor|ates|duman|gaz|bay[iı]l|bayg|nefes|kan[iı]|kan\b|intihar|oldur|oeldue"
    r"|yasamak|olmek|oelmek|bog|bicak|silah|saldir|imdat|ambulans|yarali|patla|elektrik|kaza"
    r"|itfaiye|polis|kalp|acil|doev|dov|tehdit)",
    r"\b(?:пожеж|гори|дим|вогонь|газ|непритом|знепритом|дихає|дихати|кров|самогуб|жити|вбити"
    r"|вбива|тоне|тонуть|потопа|ніж|ножем|стріля|напад|напал|рятуй|допомож|швидк|авар|постражд"
    r"|вибух|бомб|дріт|провід|інфаркт|інсульт|поранен|б'ють|бʼють|б’ють|померти|помира|пожар"
    r"|скорую|скорая|помогите|дтп)",
    r"\b(?:incendi|au feu|pozar|pali sie|fuego|pomocy|au secours|aiuto|socorro)|حريق|النجدة",
)

CRY_FOR_HELP = re.compile(
    r"[\s\W]*(?:hilfe\W*!{2,}|hilfe\W+hilfe\b|help\W+help\b|help\W*!{2,}|imdat\b|sos\W*!+|feuer\W*!+"
    r"|fire\W*!+|notfall\W*!+|рятуйте\b|помогите\b|yangin\W*!*$|пожежа\W*!*$|пожар\W*!*$|es brennt\W*$)"
)

# Figures of speech, names and harmless things that contain an alarming word.
IDIOMS = _any(
    r"\b(?:ich|wir|er|sie|du|ihr|man)\s+brenn\w*\s+(?:\w+\s+){0,3}(?:fuer|darauf|drauf|auf)\b",
    r"\bbrenn\w*\s+(?:ich|wir)?\s*(?:\w+\s+){0,2}(?:fuer|darauf|drauf)\b",
    r"\bbrenn\w*\s+(?:\w+\s+){0,4}(?:seele|naegeln|zunge|herzen)\b",
    r"\b(?:auf der seele|unter den naegeln|auf den naegeln|auf der zunge)\b" + _GAP + r"brenn\w*",
    r"\bwo\s+brennt'?s|wo brennt (?:es|et)\b",
    r"\bbrennend\w*\s+(?:interess|frag|thema|problem|neugier|wunsch)\w*",
    r"\b(?:brennpunkt|brenn+es+el|brennholz|brennstoff|brennwert|brennbar|brennofen|brennweite"
    r"|brennerei|brenner)\w*",
    r"\b(?:sonne|sonnenbrand|haut|wunde|stich|hals|knie|fuesse|sodbrennen)\b" + _GAP + r"\bbrenn\w*",
    r"\b(?:\w*licht\w*|\w*lampe\w*|\w*laterne\w*|\w*leuchte\w*|\w*beleuchtung\w*|ampel\w*|\w*birne"
    r"|\w*strahler|\w*kerze\w*|led|lampen|funzel\w*)\b" + _GAP + r"\bbrenn\w*",
    r"\bbrenn\w*\b[^.!?;,\n]{0,30}?\b(?:\w*licht\w*|\w*lampe\w*|\w*laterne\w*|\w*leuchte\w*"
    r"|\w*beleuchtung\w*|\w*birne|\w*kerze\w*|funzel\w*)\b",
    r"\bbrenn\w*\s+(?:\w+\s+){0,2}(?:tag und nacht|am tag|tagsueber|durchgehend|rund um die uhr"
    r"|die ganze (?:zeit|nacht)|den ganzen tag)",
    r"\b(?:durchgebrannt|eingebrannt|abgebrannt|ausgebrannt|angebrannt|verbrannt|niedergebrannt)\w*",
    r"\bfeuer und flamme|feuer gefangen|feuer im hintern|mit feuereifer|feuer frei\b",
    r"\bfeuer(?:werk|loesch|melder|stelle|schale|zeug|prob|tauf|eifer|bestatt|holz|schutz|tonne"
    r"|korb|rot|wanze|bohne|salamander|zangen|wehr(?:fest|haus|wache|auto|mann|frau|leute|zufahrt"
    r"|ausfahrt|einfahrt|stellplatz|museum|verein|kapelle|jugend|zufahrten|flaeche|geraetehaus))\w*",
    r"\b(?:lager|oster|martins|grill|kamin|kreuz|trommel|leucht|johannis|weihnachts)feuer\w*",
    r"\b(?:feuerwehr\w*|feurwehr\w*)\b",
    r"\bbrand(?:neu|aktuell|heiss|schutz|gefahr|meister|stift|ung|enburg|t|fleck|loch|wache|mauer"
    r"|schau|melde|schaden|schaeden|flecken|spuren|spur|opfer|ruine|brief|s)\w*",
    r"\bweinbrand|branding|sonnenbrand\w*",
    r"\braucher\w*|rauchen|raucht\b(?!\s+(?:aus|es))|rauchverbot|rauchmelder\w*|qualmer",
    r"\bgas(?:se|sen|strasse|laterne|anschluss|preis|rechnung|tarif|zaehler|heizung|versorg|thom"
    r"|umlage|grill|gutschein|tarife|anbieter|leitungsbau|werk|hahn|speicher)\w*",
    r"\b(?:vollgas|biogas|abgas|abgase|auspuffgas|treibhausgas|gas geben|gibt gas|gas gibt)\w*",
    r"\bsterb\w*\s+(?:gleich\s+|fast\s+|bald\s+)?vor\s+(?:lachen|hunger|langeweile|neugier|hitze)",
    r"\b(?:vor (?:lachen|langeweile|hunger))\s+sterb\w*|zum sterben (?:schoen|langweilig)",
    r"\b(?:aus|ab)sterb\w*|innenstadt stirbt|stirbt (?:die|unsere) (?:innen)?stadt|stirbt aus\b",
    r"\btod(?:mued|langweil|sicher|schick|ernst)\w*|tot(?:lach|geschwieg|hos)\w*|lach\w* mich tot"
    r"|schlagt mich tot|was weiss ich",
    r"\bbring\w*\s+(?:mich|uns|einen|dich)\s+(?:noch\s+|echt\s+|langsam\s+)?(?:noch\s+)?um"
    r"\s+(?:den|die|mein\w*|unser\w*)\b",
    r"\b(?:das|die|der|dieser?|laerm|krach|hitze|steuern?|gebuehren|schlagloecher|buerokratie|preise"
    r"|er|sie)\s+(?:\w+\s+)?bring\w*\s+(?:mich|uns)\s+(?:noch\s+|echt\s+|irgendwann\s+)*um\b",
    r"\b(?:fotos?|bilder|tore?|selfies?)\s+(?:zu )?(?:ge)?schiess?\w*|zum schiessen|schiess los"
    r"|schiess\w*\s+(?:\w+\s+){0,3}(?:in die hoehe|aus dem boden|wie pilze)|schiesst (?:das )?unkraut",
    r"\bblut(?:spend|wurst|druck|buch|orang|jung|rot|bild|abnahm|bad|pflaum|gruppe|hund)\w*"
    r"|herz blutet|herz bluten|blutet\w* (?:mir|einem) das herz",
    r"\b(?:bombe|bomben)(?:stimmung|wetter|erfolg|sicher|ig|fest|idee)\w*|sexbombe|bombast\w*",
    r"\b(?:preise?|kosten|mieten?|gebuehren|zahlen|rechnung\w*)\b" + _GAP + r"explod\w*"
    r"|(?:kosten|preis|bevoelkerungs|gebuehren)explosion\w*",
    r"\b(?:ertrink|ertrunk|erstick|versink)\w*\s+(?:wir\s+|hier\s+|noch\s+)*(?:im|in|an)\s+"
    r"(?:muell|dreck|abfall|papier\w*|arbeit|verkehr|buerokratie|formular\w*|laub|schulden|der|den)\w*",
    r"\b(?:im|in)\s+(?:muell|dreck|abfall|papier\w*|arbeit|verkehr|buerokratie|laub|schulden)\s+"
    r"(?:ertrink|erstick|versink)\w*",
    r"\b(?:fast|beinahe|gleich)\s+(?:\w+\s+){0,2}(?:herzinfarkt|schlaganfall|ohnmaecht\w*|umgekippt)"
    r"|(?:herzinfarkt|schlaganfall)\s+(?:kriegen|bekommen|kriegt|bekommt|gekriegt)"
    r"|(?:krieg|bekomm)\w*\s+(?:\w+\s+){0,2}(?:herzinfarkt|schlaganfall|herzkasper)",
    r"\b(?:hier|so|in (?:dieser|der|so einer) \w+|dort|da|ohne \w+(?: \w+)?)\s+(?:\w+\s+){0,3}"
    r"nicht mehr\s+(?:gerne? )?(?:leben|wohnen)",
    r"\bnicht mehr (?:hier|in \w+(?: \w+)?) leben|nicht mehr leben wie",
    r"\b(?:messer(?:schleif|scharf|gabel|block|bank|set|verkauf|haendler|stand|werfer)\w*)"
    r"|messer (?:schleifen|schaerfen|und gabel)",
    r"\b(?:vorschlaeg|schlaegt\s+(?:vor|auf|an|fehl|um|mir|uns|alarm|wurzel|zwoelf)|glocke\w* schlaeg)\w*",
    r"\b(?:im notfall|fuer den notfall|notfallnummer\w*|notfallplan|notfallsanit\w*|notfallpraxis"
    r"|notfalldienst|notfallkontakt\w*|apothekennotdienst|kein notfall|nicht ganz notfall)\b",
    r"\bfire\s?(?:works?|station|hydrant|brigade|department|wood|place|fighter|engine|truck|alarm"
    r"|safety|drill|exit|lane|wall|flies|men|man|crew|service)\w*|\b(?:camp|bon)fires?\b",
    r"\b(?:fired|you're fired|got fired|fire him|fire her|fire them)\b",
    r"\b(?:burning question|burn(?:ing)? (?:money|calories)|sunburn\w*|heart\s?burn|burnt out|burn-?out"
    r"|burned out|burning out|burn out|the streetlights? (?:are|is) burning)\b",
    r"\b(?:killing me|dying to|dying of (?:laughter|boredom|hunger)|drowning in (?:paper|trash|work"
    r"|rubbish|garbage|debt|bills)\w*|kill time|killer \w+|die of laughter|gave me a heart attack"
    r"|nearly had a heart attack|shot of|photo ?shoot\w*|shots? (?:of espresso|in the)|beat the"
    r"|took a shot|street is dying|knife (?:sharpen|grind)\w*|smoke (?:detector|alarm)s?|smok(?:er|ers)"
    r"|smoking|no smoking|gas (?:bill|price|station|meter|tariff|heating|grill)s?)\b",
)

# Told, played, practised, announced: the whole sentence is no emergency.
TOLD = _any(
    r"\b(?:film|krimi|tatort|serie|roman|theater\w*|hoerspiel|ausstellung|vortrag|museum|denkmal"
    r"|gedenk\w*|uebung|uebungen|probealarm|sirenentest|warntag|tag der offenen tuer|lehrgang|kurs"
    r"|schulung|erste.hilfe.kurs|seminar|zeitung|artikel|pressemitteilung|in den nachrichten"
    r"|im fernsehen|im radio|gelesen|computerspiel|videospiel|kinderfest|sommerfest|feuerwehrfest"
    r"|jubilaeum|kostuem|praevention\w*|statistik|im krieg|weltkriegs?\b(?! ?bombe)|open day"
    r"|open house|movie|novel|drill|museum|exhibition|in the news|newspaper|tatbikat|film|gazete"
    r"|фільм\w*|кіно|навчання|музей|новин\w*)\b"
)

NEGATED_BEFORE = _any(
    r"\b(?:kein\w{0,2}|nicht|nie|niemand\w*|ohne|zum glueck|gott sei dank|no|not|never|nobody|isn't"
    r"|wasn't|fake|не|немає|без)\b[^,.!?;\n]{0,20}$"
)
NEGATED_AFTER = _any(
    r"[^,.!?;\n]{0,18}\b(?:nicht|nichts|niemand|keine?r?|not|yok|değil|degil)\b(?!\s+mehr)"
)
IMAGINED_BEFORE = _any(
    r"\b(?:wenn|falls|sollte|sollten|bevor|ehe|bis|ob|damit|koennte|koennten|wuerde|waere|drohen"
    r"|muss erst|erst (?:ein|jemand|etwas|was)|nicht dass|angst,? dass|gefahr,? dass|als ob|wie bei"
    r"|nach (?:dem|einem|der)|seit dem|vor dem|wegen (?:dem|des|eines)|if|when|until|before|unless"
    r"|in case|could|might|should there|eger|якщо|коли|щоб)\b[^,.!?;\n]{0,50}$"
)
IMAGINED = _any(
    r"\b(?:was|wen|wo|wohin|wie|welche\w*|wer|an wen)\b[^.!;\n]{0,50}\b(?:bei|im fall\w*|im brandfall"
    r"|gegen|fuer den fall|zustaendig|nummer|verhalt\w*)\b[^.!;\n]*\?",
    r"\b(?:what|who|where|how)\b[^.!;\n]{0,40}\b(?:in case|if|number|report an?|responsible)\b",
    r"\b(?:brandfall|im falle eine\w|im ernstfall|stell\w* (?:dir|euch|ihnen) vor|angenommen"
    r"|es muss wohl erst|muss erst|erst was passier\w*|bis was passiert|eines tages|irgendwann mal)\b",
    r"\b(?:unfallgefahr|unfallschwerpunkt|unfalltraechtig\w*|verletzungsgefahr|sturzgefahr"
    r"|stolpergefahr|brandgefahr|unfallflucht|unfallstelle gewesen)\b",
)
NEEDS_PRESENT = frozenset({"fire", "accident", "violence", "injury", "explosion", "water", "gas"})
PAST = _any(
    r"\b(?:war|waren|wurde|wurden|gab|hatte|hatten|kam|kamen|brannte|brannten|gestern|vorgestern"
    r"|letzte[nsr]?|vorige[nsr]?|vergangene[nsr]?|damals|frueher|neulich|kuerzlich|mal wieder"
    r"|vor (?:\w+ ){0,2}(?:tag\w*|woche\w*|monat\w*|jahr\w*)|geloescht|gewesen|schon oefter|oefters"
    r"|haeufig|immer wieder|regelmaessig|staendig|jede[nsr]?|beinahe|fast|was|were|yesterday|last"
    r"|ago|had|used to|dun|geçen|gecen|вчора|минулого|був|була|було)\b"
)
PRESENT = _any(
    r"\b(?:jetzt|grade|gerade|sofort|schnell|hilfe|momentan|aktuell|immer noch|noch immer|liegt"
    r"|liegen|blutet|eben|brennt noch|kommt|schickt|now|right now|help|quick|quickly|currently"
    r"|still|lying|bleeding|simdi|su an|cabuk|зараз|швидко|терміново)\b"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "suicide",
        _any(
            r"\b(?:will|moechte|mag|kann|wollte|wuerd\w*)\s+(?:\w+\s+){0,4}?nicht (?:mehr )?(?:weiter ?)?"
            r"leben\b",
            r"\b(?:ich|i)\s+(?:will|moechte|wuenschte)\s+(?:\w+\s+){0,3}?(?:sterben|tot sein)\b",
            r"\bbring\w*\s+(?:ich\s+)?mich\s+(?:\w+\s+){0,2}um\b(?!\s+(?:den|die|mein))",
            r"\b(?:mich|sich)\s+(?:\w+\s+){0,2}(?:umbringen|umzubringen|erhaengen|erschiessen)\b",
            r"\b(?:mir|sich)\s+(?:\w+\s+){0,2}das leben (?:zu )?nehmen\b|\bnehme mir das leben\b",
            r"\bselbstmord(?!praev\w*|statist\w*)|\bsuizid(?!praev|beratung)\w*",
            r"\b(?:will|moechte|droht)\s+(?:\w+\s+){0,5}?(?:springen|runterspringen|hinunterspringen)\b",
            r"\b(?:bruecke|dach|balkon|gleis\w*|gelaender)\b" + _GAP + r"\b(?:will|droht)\b" + _GAP + r"spring\w*",
            r"\b(?:spring\w* (?:ich )?(?:jetzt |gleich )?von der|stuerz\w* mich von)\b",
            r"\bich (?:mache|mach) (?:jetzt |heute |endlich )?schluss(?: mit (?:allem|meinem leben))",
            r"\b(?:ich )?(?:ritze|schneide) (?:mich|mir die (?:arme|pulsadern))",
            r"\b(?:kill|hang|shoot) (?:myself|himself|herself|themselves)\b|\bend my life\b"
            r"|\btake my (?:own )?life\b|\bwant to die\b|\b(?:don'?t|do not) want to live\b"
            r"|\bsuicid(?:e|al)\b|\b(?:going|wants?|threatening) to jump\b",
            r"\bintihar\b|\bkendimi (?:oldur|oeldue)\w*|\byasamak istemiyorum|\b(?:olmek|oelmek) istiyorum",
            r"\bсамогуб\w*|\bне хочу (?:більше )?жити|\bвбити себе|\bхочу померти",
        ),
        certain=True,
    ),
    Rule(
        "medical",
        _any(
            r"\b(?:bewusst?los|bewusslos|ohnmaechtig|leblos|regungslos|nicht ansprechbar|nicht bei bewusstsein"
            r"|ohne bewusstsein)\w*",
            r"\b(?:atmet|atmen)\s+(?:\w+\s+){0,2}(?:nicht|kaum|schwer)\b|\bkeine luft mehr\b"
            r"|\bkriegt keine luft|\bbekommt keine luft|\bkrieg\w* keine luft",
            r"\b" + _PERSON + r"\b" + _GAP
            + r"\b(?:zusammengebrochen|zusammen gebrochen|kollabiert|umgekippt|umgefallen)\b",
            r"\bzusammengebrochen\b" + _GAP + r"\b(?:person|mann|frau|kind|notarzt|hilfe)\b",
            r"\b(?:herzinfarkt|schlaganfall|herzstillstand|krampfanfall|epileptisch\w* anfall)\b",
            r"\b(?:blutet|bluten|verblutet)\b|\b(?:viel|voller|ueberall|alles voll) blut\b|\bblutueberstroemt\w*",
            r"\b(?:ueberdosis|ueber dosis|vergiftet|vergiftung)\b",
            r"\breagiert (?:\w+ ){0,2}nicht (?:mehr)?\b" + _GAP + r"\b(?:mann|frau|kind|atm\w*|notarzt)\b"
            r"|\b(?:mann|frau|kind|person|opa|oma|nachbar\w*|vater|mutter)\b" + _GAP + r"\breagiert nicht\b",
            r"\b(?:braucht?|brauchen|ruft?|rufen|schickt?|schicken|holt?)\b[^.!?;\n]{0,30}?"
            r"\b(?:notarzt|krankenwagen|rettungswagen|sanitaeter|rtw)\b",
            r"\b(?:notarzt|krankenwagen|rettungswagen)\b\s*(?:bitte|schnell|sofort|jetzt|!)",
            r"\bunconscious\b|\b(?:not|stopped|isn'?t|can'?t) breath\w*|\bheart attack\b|\bhaving a (?:stroke"
            r"|seizure)\b|\b(?:is|he's|she's|are) bleeding\b|\bbleeding (?:badly|heavily)\b|\boverdos\w+"
            r"|\b" + _PERSON + r"\b" + _GAP + r"\b(?:collapsed|passed out|choking|unresponsive)\b"
            r"|\b(?:call|need|send)\b[^.!?;\n]{0,20}\bambulance\b",
            r"\bbay[iı]ld[iı]\w*|\bbayg[iı]n\w*|\bnefes al(?:a)?m[iı]yor\w*|\bkanamas[iı]|\bkan kaybed\w*|\bkalp krizi"
            r"|\bambulans\b(?! saati)",
            r"\b(?:не)?притомн\w*|\bзнепритомн\w*|\bне дихає|\bістікає кров\w*|\bкровотеч\w*|\bінфаркт|\bінсульт"
            r"|\b(?:викличте|потрібна|викликайте)\b" + _GAP + r"\bшвидк\w*|\bвтратив\w* свідомість",
        ),
    ),
    Rule(
        "gas",
        _any(
            r"\b(?:gasgeruch|gasleck|gasaustritt|gasleck\w*|gasalarm|gas ?leitung (?:\w+ ){0,3}(?:getroffen"
            r"|beschaedigt|geplatzt|undicht|leck))\b",
            r"\b(?:riecht|stinkt|roch|rieche|riechen|mueffelt|ruecht|geruch)\b[^.!?;\n]{0,35}?\bgas\b",
            r"\bgas\b[^.!?;\n]{0,20}?\b(?:riech\w*|stinkt|ausgetreten|tritt aus|stroemt|zischt|austritt)\b",
            r"\b(?:smell\w*|leak\w*|reek\w*)\b[^.!?;\n]{0,15}\bgas\b|\bgas (?:leak|smell)\b",
            r"\bgaz (?:koku\w*|ka[cç]a\w*|s[iı]z\w*)|\bgaz kokuyor",
            r"\bпахне газом|\bзапах\w* газу|\bгазом пахне|\bвитік газу|\bтхне газом|\bчую газ|\bпахнет газом",
        ),
    ),
    Rule(
        "fire",
        _any(
            r"\b(?:es|et|dat|hier|da|das|jetzt|wald|do)\s+br+en+t\b(?!\s+(?:wie|auf der|in den augen|mir|uns))",
            r"\b" + _THING + r"\b[^.!?;\n]{0,30}?\bbr+en+(?:t|en)\b",
            r"\bbr+en+t\b[^.!?;\n]{0,30}?\b" + _THING + r"\b",
            r"\bbrennende[nrsm]?\s+(?:\w+\s+)?" + _THING,
            r"\b(?:in flammen|flammen (?:schlagen|lodern|aus|zu sehen)|lichterloh|hohe flammen)\b",
            r"\bfeuer\b[^.!?;\n]{0,20}?\b(?:in|im|auf|am|bei|unter|ausgebrochen)\b[^.!?;\n]{0,25}?\b" + _THING,
            r"\b(?:feuer|brand)\s+(?:ist\s+)?ausgebrochen\b|^\W*feuer\b(?=\W*(?:in|im|auf|bei|!))",
            r"\b(?:wohnungs|haus|dachstuhl|keller|auto|wald|zimmer|kuechen|garagen|container|muelltonnen"
            r"|kabel|fahrzeug|gross|flaechen)brand\b",
            r"\bbrandgeruch\b|\bverbrannt riech\w*|\briecht verbrannt\b|\bverschmort\w*\s+riech\w*",
            r"\b(?:dichter|schwarzer|schwarze|starker|dicker|viel|grosse|massiv\w*|beissender)\s+"
            r"(?:rauch|rauchwolke\w*|qualm|rauchentwicklung|rauchsaeule)\b",
            r"\b(?:rauch|qualm)\b[^.!?;\n]{0,30}?\b(?:aus|kommt|steigt|dringt|quillt|treppenhaus|wohnung)\b",
            r"\b(?:es|da|hier)\s+(?:qualmt|raucht)\b[^.!?;\n]{0,30}?\baus\b|\bqualmt\b[^.!?;\n]{0,20}\b" + _THING,
            r"\b(?:is|are|caught|house|car|roof|bin|flat|building)\s+(?:on|catching)?\s*(?:fire|burning)\b",
            r"\bthere(?:'s| is) (?:a |some )?(?:big )?fire\b|\b(?:thick|black|heavy|lots of)\s+smoke\b"
            r"|\bsmoke (?:is )?(?:coming|pouring|billowing)|\bin flames\b|\bfire in (?:the|my|our)\b",
            r"\byang[iı]n\b(?! (?:merdiven|tupu|tüpü|soend|sond))|\byan[iı]yor\b|\bates ald[iı]|\balev\w* ",
            r"\bпожеж[аіу]\b|\bгорить\b(?! (?:світло|ліхтар|лампа))|\bгоре будин\w*|\bгустий дим|\bйде дим|\bпожар\b",
            r"\bincendie\b|\bau feu\b|\bpozar\b|\bpali sie\b|حريق",
        ),
    ),
    Rule(
        "violence",
        _any(
            r"\b(?:messer|pistole|waffe|axt|machete|baseballschlaeger)\b" + _GAP
            + r"\b(?:bedroh\w*|angegriff\w*|greift|fuchtelt|laeuft|rennt|sticht|stich\w*|zieht|gezogen|zueckt"
            r"|unterwegs|auf \w+ los|in der hand|hat ein)\b",
            r"\b(?:bedroh\w*|angegriff\w*|greift|fuchtelt|laeuft|rennt|sticht|steht)\b" + _GAP
            + r"\bmit (?:einem |einer |nem |ner )?(?:messer|pistole|waffe|axt|machete|eisenstange)\b",
            r"\b(?:schuesse|schuss) (?:gehoert|gefallen|fallen|abgegeben)|\b(?:hoere|fallen|gefallen)\b" + _GAP
            + r"\bschuesse\b|\bschiesst\b" + _GAP + r"\b(?:um sich|auf (?:leute|menschen|passanten|mich|uns))",
            r"\b(?:schlaegt|pruegelt|schlagen|verpruegelt|tritt|wuergt|treten|verdrischt|haut)\b[^.!?;\n]{0,30}?"
            r"\b(?:frau|kind\w*|mann|freundin|mich|uns|jungen|maedchen|ihn|sie|zusammen|tot|ein|aufeinander)\b"
            r"(?!\w|\s+(?:vor|um))",
            r"\b(?:wird|werde|werden)\b[^.!?;\n]{0,25}?\b(?:verpruegelt|zusammengeschlagen|angegriffen|ueberfallen"
            r"|bedroht|vergewaltigt|gewuergt|verfolgt|erstochen|niedergestochen|entfuehrt)\b",
            r"\b(?:wurde|worden|hat)\b[^.!?;\n]{0,30}?\b(?:niedergestochen|angeschossen|erstochen|zusammengeschlagen)\b",
            r"\b(?:schlaegerei|massenschlaegerei|pruegelei|amoklauf|geiselnahme|vergewaltigung|ueberfall)\b"
            r"[^.!?;\n]{0,30}?(?:!|\bjetzt|\bgerade|\bgrade|\bschnell|\bpolizei|\bim gange)",
            r"\b(?:gerade|jetzt|grade)\b[^.!?;\n]{0,30}?\b(?:schlaegerei|massenschlaegerei|ueberfall|einbrecher"
            r"|eingebrochen|brechen)\b",
            r"\b(?:jemand|einbrecher|einer|maenner|typen)\b[^.!?;\n]{0,20}?\b(?:bricht|brechen|sind|ist)\b"
            r"[^.!?;\n]{0,30}?\b(?:ein|im haus|in (?:meiner|der|unserer) wohnung)\s*(?:[!.,]|$|jetzt|gerade)",
            r"\b(?:ruft|holt|schickt|brauche\w*)\b[^.!?;\n]{0,20}?\bpolizei\b[^.!?;\n]{0,20}?(?:!|\bschnell|\bsofort)",
            r"\b(?:stabb(?:ed|ing)|gunshots?|shots fired|(?:with|has|holding|pulled) an? (?:knife|gun)"
            r"|being (?:attacked|beaten|robbed|chased|assaulted|raped|followed)|is (?:attacking|beating|hitting)"
            r"|break(?:ing|s) into my|threatening (?:me|us|people|him|her))\b",
            r"\bb[iı]cak\w*|\bsilah\w*|\bsald[iı]r[iı]yor\w*|\bd(?:o|oe)v(?:u|ue)yor\w*|\bimdat\b",
            r"\bнапада\w*|\bнапали\b|\bножем\b|\bз ножем|\bстріля\w*|\bб.ють\b|\bб'є\b|\bпогрожу\w*",
        ),
    ),
    Rule(
        "water",
        _any(
            r"\b(?:ertrinkt|ertrinken|am ertrinken|geht unter|untergegangen|treibt im|treibt in der)\b" + _GAP
            + r"(?:\b(?:person|kind|mann|frau|jemand|junge|maedchen|rhein|wupper|see|dhuenn|wasser|hilfe|schnell)\b|!)",
            r"\b" + _PERSON + r"\b" + _GAP + r"\b(?:ertrinkt|am ertrinken|geht unter|kommt nicht mehr raus)\b",
            r"\b" + _PERSON + r"\b[^.!?;\n]{0,25}?\b(?:in (?:den rhein|die wupper|die dhuenn|den see|den fluss|den kanal)"
            r"|ins wasser|ins eis|durchs eis|im eis)\b[^.!?;\n]{0,20}?\b(?:gefallen|gestuerzt|eingebrochen|gesprungen)\b",
            r"\b(?:is|are|someone|somebody|kid|child|boy|girl|man|woman) drowning\b"
            r"|\bfell (?:in|into) (?:the )?(?:river|rhine|lake|water)\b",
            r"\bbo[gğ]uluyor\b|\b(?:тоне|тонуть|потопає)\b" + _GAP + r"(?:\b(?:людина|дитина|хлоп\w*|дівч\w*|чоловік|хтось)\b|!|$)"
            r"|\b(?:людина|дитина|хтось|чоловік)\b" + _GAP + r"\b(?:тоне|тонуть)\b",
        ),
    ),
    Rule(
        "power",
        _any(
            r"\b(?:stromkabel|stromleitung|oberleitung|hochspannungs\w*|freileitung|starkstromkabel)\b" + _GAP
            + r"\b(?:haengt|haengen|liegt|liegen|gerissen|abgerissen|runter|herunter\w*|boden|frei|funk\w*|blank|offen)\b",
            r"\b(?:haengt|liegt|haengen|liegen|gerissene?s?|abgerissene?s?|offene?s?|freiliegende?s?|blanke?s?)\b" + _GAP
            + r"\b(?:stromkabel|stromleitung|oberleitung|hochspannungsleitung|freileitung|starkstromkabel)\b",
            r"\b(?:spruehen|sprueht|schlagen|fliegen|schlaegt)\b[^.!?;\n]{0,15}\bfunken\b|\bfunken (?:spruehen|fliegen|schlagen)",
            r"\b(?:stromschlag)\b[^.!?;\n]{0,25}\b(?:bekommen|gekriegt|erlitten|erwischt)\b|\bsteht unter strom\b",
            r"\b(?:power ?lines?|live wires?|electric(?:al|ity)? (?:cables?|lines?|wires?))\b" + _GAP
            + r"\b(?:down|fallen|hanging|sparking|exposed|on the (?:ground|road|street)|snapped)\b",
            r"\belektrik (?:teli|kablosu|hatt[iı])\b[^.!?;\n]{0,25}\b(?:kop\w*|dus\w*|sark\w*|yerde)",
            r"\b(?:дріт|дроти|провід|кабель|лінія)\b[^.!?;\n]{0,30}\b(?:обірва\w*|висить|лежить|іскри\w*|впа\w*)\b",
        ),
    ),
    Rule(
        "explosion",
        _any(
            r"\b(?:explosion|explodiert|detonation|verpuffung)\b",
            r"\b(?:bombe|granate|weltkriegsbombe|fliegerbombe|blindgaenger|handgranate|munition)\b[^.!?;\n]{0,30}?"
            r"\b(?:gefunden|liegt|entdeckt|ausgegraben|platziert|drohung)\b|\bbombendrohung\b"
            r"|\b(?:gefunden|liegt|entdeckt)\b[^.!?;\n]{0,25}?\b(?:bombe|granate|blindgaenger|weltkriegsbombe)\b",
            r"\b(?:explosion|exploded|bomb (?:threat|found))\b|\bfound (?:a|an old) (?:bomb|grenade)\b",
            r"\bpatlama (?:oldu|sesi|var)\b|\bpatlad[iı]\b(?! (?:lastik|tekerlek|boru))|\bвибух\w*|\bвибухнув\w*",
        ),
    ),
    Rule(
        "chemical",
        _any(
            r"\b(?:chempark|chemie\w*|chemisch\w*|bayer\w*)\b" + _GAP
            + r"\b(?:stinkt|riecht|geruch|gestank|wolke|qualm|sirene\w*|alarm|ausgetreten|dampf|beissend\w*)\b"
            r"[^.!?;\n]{0,40}\b(?:beissend\w*|sirene\w*|atem\w*|augen|wolke|hals|husten|schlecht|gefaehrlich|gelb\w*|stark\w*|extrem\w*|chempark)\b",
            r"\b(?:beissend\w*|aetzend\w*|stechend\w*|chemisch\w*|giftig\w*)\b[^.!?;\n]{0,20}?"
            r"\b(?:geruch|gestank|wolke|rauch|dampf|qualm|gas)\b[^.!?;\n]{0,40}"
            r"\b(?:chempark|werk|augen|atem\w*|husten|hals|luft|wolke|sirene\w*|bayer)\b",
            r"\b(?:sirenen?)\b[^.!?;\n]{0,30}\b(?:heul\w*|geht|gehen|chempark)\b[^.!?;\n]{0,40}"
            r"\b(?:chempark|geruch|stinkt|rauch|fenster|gefahr|passiert)\b",
            r"\b(?:saeure|ammoniak|chlorgas|chlor|giftgas|gift(?:wolke|ige wolke)|gefahrgut)\b[^.!?;\n]{0,30}?"
            r"\b(?:ausgetreten|ausgelaufen|laeuft aus|tritt aus|wolke|zieht|verschuettet|riecht|stinkt)\b",
            r"\b(?:chemical|toxic|acid)\b[^.!?;\n]{0,20}\b(?:smell|cloud|leak|spill|fumes)\b",
            r"\bkimyasal (?:koku|s[iı]z[iı]nt[iı]|duman)\w*|\bхімічн\w* (?:запах|витік|хмара)\w*",
        ),
    ),
    Rule(
        "accident",
        _any(
            r"\b(?:unfall|verkehrsunfall|crash|zusammenstoss|auffahrunfall)\b[^.!?;\n]{0,50}?"
            r"\b(?:verletzt\w*|verletzte\w*|blut\w*|eingeklemmt|schwer|notarzt|liegt|hilfe|tote?r?)\b",
            r"\b(?:schwer ?verletzt\w*|schwerverletzt\w*|verletzte (?:person|frau|liegt|auf)|verletzter (?:mann|mensch|liegt|radfahrer))\b",
            r"\b" + _PERSON + r"\b" + _GAP + r"\b(?:verletzt|angefahren|ueberfahren)\b[^.!?;\n]{0,40}"
            r"\b(?:liegt|liegen|schreit|blutet|hilfe|notarzt|schnell|sofort|steht nicht|kommt nicht)\b",
            r"\b(?:angefahren|ueberfahren)\s*(?:worden)?\s*!|\b(?:gerade|jetzt|grade|eben)\b[^.!?;\n]{0,30}"
            r"\b(?:angefahren|ueberfahren|gestuerzt|verunglueckt|verungluekt|unfall)\b",
            r"\b" + _PERSON + r"\b[^.!?;\n]{0,20}\bliegt\b[^.!?;\n]{0,30}\b(?:bewegt sich nicht|ruehrt sich nicht|am boden"
            r"|auf (?:der|dem) (?:strasse|boden|gehweg|buergersteig|fahrbahn|gleis\w*)|im gleis|blut\w*)\b(?![^.!?;\n]{0,20}\bmuell)",
            r"\b(?:eingeklemmt|verschuettet|eingeschlossen|steckt fest|stecken fest|sitzen fest|sitze fest|steckengeblieben|stecke)\b"
            r"[^.!?;\n]{0,30}\b(?:aufzug|fahrstuhl|lift|auto|wagen|person\w*|kind\w*|schacht|hilfe)\b"
            r"|\b(?:aufzug|fahrstuhl|lift|auto|schacht|brunnen|personen|kind)\b[^.!?;\n]{0,30}\b(?:eingeklemmt|verschuettet|eingeschlossen"
            r"|steckt fest|stecken fest|sitze fest|sitzen fest)\b",
            r"\b(?:kind|baby|saeugling|hund)\b[^.!?;\n]{0,25}\b(?:im|in einem) (?:\w+ )?(?:auto|wagen|pkw)\b[^.!?;\n]{0,30}\b(?:hitze|sonne"
            r"|eingesperrt|eingeschlossen|allein|bewusstlos|schreit)\b",
            r"\b(?:kind|tochter|sohn|oma|opa|mutter|vater|maedchen|junge)\b[^.!?;\n]{0,25}\b(?:vermisst|verschwunden|weggelaufen|spurlos)\b",
            r"\b(?:haus|dach|decke|geruest|kran|mauer|bruecke)\b[^.!?;\n]{0,20}\beingestuerzt\b[^.!?;\n]{0,30}\b(?:person\w*|leute|menschen|jemand)\b",
            r"\b(?:accident|crash|hit by a (?:car|bus|truck|tram)|run over|car hit)\b[^.!?;\n]{0,40}"
            r"\b(?:injur\w*|bleed\w*|hurt|trapped|help|lying|unconscious|ambulance)\b|\b(?:badly|seriously|severely) (?:injured|hurt)\b"
            r"|\b(?:someone|man|woman|child|cyclist|boy|girl) (?:was|got|has been|just got|is)?\s?(?:just )?hit by a\b|\btrapped in (?:the|an?) (?:lift|elevator|car)\b",
            r"\bkaza\b[^.!?;\n]{0,40}\b(?:yaral[iı]|kan|oldu|var|ambulans)\w*|\byaral[iı] var|\bagir yaral[iı]",
            r"\b(?:аварія|аварії|дтп)\b[^.!?;\n]{0,40}\b(?:постражд\w*|поранен\w*|кров\w*|швидк\w*|людина)|\bпоранен\w*|\bзбила машина",
        ),
    ),
    Rule(
        "help",
        _any(
            r"\b(?:das|dies|hier|es)\s+ist\s+(?:ein|echt ein|wirklich ein)\s+(?:\w+\s+)?notfall\b",
            r"\b(?:lebensgefahr|lebensgefaehrlich verletzt)\b\s*!|\bin lebensgefahr\b|\bakute lebensgefahr\b",
            r"\bnotfall\b\s*(?:!|:)|\b(?:bitte )?ruf\w*\s+(?:\w+\s+){0,2}(?:112|110|den notruf)\b",
            r"\b(?:this is an|it'?s an|medical) emergency\b|\bcall (?:112|911|110|the police now)\b",
            r"\bacil (?:durum|yardim|yardım)\b|\bрятуйте\b|\bдопоможіть\b[^.!?;\n]{0,20}(?:!|\bтерміново|\bшвидко)",
        ),
    ),
)
