"""When an alarming word is none: suspicion, idioms, tales, conditions (folded text)."""

import re


def any_of(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


GAP = r"[^.!?;\n]{0,40}?"
SUSPICION = any_of(
    r"\b(?:zusammengeschlag|geschlag|schlag|verpruegel|verfolg|ansprechbar|chem|aetz|wolke"
    r"|stuerz|pulsader|untergegang|bewegt|ruehrt|einzubrech|steck|sitz|drin\b|treibt|tablett"
    r"|br+en+t|brenn|brannt|flamm|qualm|rauch|feu?er+|gas|ohnmaecht|ohnmacht|bewusstlos"
    r"|bewustlos|bewusslos|atmet|atmung|luft|erstick|blut|verblut|herz|schlaganfall|kollabier"
    r"|zusammengebroch|zusammen gebroch|krampf|notarzt|krankenwagen|rettung|rettet|sanitaeter"
    r"|polizei|notfall|notruf|not|112|110|911|hilf|hilfe|selbstmord|suizid|umbring|umzubring"
    r"|bring|bringe|leben|sterb|spring|ritz|ertrink|ertrunk|rhein|wupper|dhuenn|wasser|untergeh"
    r"|messer|pistole|waffe|schiess|schuess|schuss|schlaeg|pruegel|ueberfall|einbrech|eingebroch"
    r"|einbruch|bedroh|wuerg|stech|sticht|niedergestoch|angegriff|greift|vergewaltig|entfuehr"
    r"|schuesse|schoss|geschoss|baller|feuert|gewehr|revolver|machete|amok|bewaffnet|attentaet"
    r"|gefallen|hingefallen|hingeschlagen|gestuerzt|jestuerzt|jefallen|ausgerutscht|riech|richt"
    r"|rieht|riesch|ri[ck]t\b|ruech|ruesch|stink|stingt|geruch|gestank|jas\b|strom|mast\b|draht"
    r"|draehte|leitungen|adern|strippen|sos\b|siren|currenta|darunter|drunter|waffe"
    r"|nicht (?:mehr |allein )?(?:hoch|auf)\b|aufsteh|aufgestand|gleis|schienen"
    r"|stromkabel|stromleitung|oberleitung|hochspannung|stromschlag|starkstrom|leitung|kabel"
    r"|explo|bombe|granate|chemi|beissend|aetzend|giftig|saeure|gift|sirene|verletzt|schwerverletzt"
    r"|unfall|ueberfahren|angefahren|eingeklemmt|eingeschloss|steckt|eingesperrt|abgestuerzt"
    r"|gestuerzt|verschuettet|eingestuerzt|einsturz|vermisst|verschwunden|regungslos|reagiert"
    r"|leblos|ueberdosis|vergift|amok|geisel|toete|tot|leiche|stirbt|lebensgefahr|lebensgefaehr)",
    r"brand\b|feuer|geruch|brennt|gasaustritt|leck\b|unfall",
    r"\b(?:fire|smok|burn|flames|gas|unconscious|breath|bleed|ambulance|heart attack|stroke"
    r"|collaps|seizure|suicid|kill|end my|die\b|dying|drown|stab|knife|gun|shot|shoot|attack"
    r"|robb|assault|rape|beat|threaten|explo|bomb|power line|live wire|electrocut|injur|crash"
    r"|fell\b|fallen|wires?\b|wiring|cables?\b|power pole|utility pole|sparks?\b|siren|smell"
    r"|gunman|armed|rifle|pistol|weapon|machete|toxic"
    r"|hit by|emergency|help|trapped|missing|overdos|poison|choking|jump|want to live|hurt)",
    r"\b(?:yang|yan[iı]yor|ates|duman|gaz|bay[iı]l|bayg|nefes|kan[iı]|kan\b|intihar|oldur|oeldue"
    r"|yasamak|olmek|oelmek|bog|bicak|silah|saldir|imdat|ambulans|yarali|patla|elektrik|kaza"
    r"|itfaiye|polis|kalp|acil|doev|dov|tehdit|d(?:u|ue)st(?:u|ue)|kablo|siren|kimya|direg"
    r"|sos\b|yardim)",
    r"\b(?:пожеж|гори|дим|вогонь|газ|непритом|знепритом|дихає|дихати|кров|самогуб|жити|вбити"
    r"|вбива|тоне|тонуть|потопа|ніж|ножем|стріля|напад|напал|рятуй|допомож|швидк|авар|постражд"
    r"|вибух|бомб|дріт|провід|інфаркт|інсульт|поранен|б'ють|бʼють|б’ють|померти|помира|пожар"
    r"|скорую|скорая|помогите|дтп|впа|упа|стовп|опор|кабел|дрот|лінія|сирен|хімі|збро|озбро|постріл"
    r"|екстрен|пістолет|рушниц|автомат|оголен|смерд|тхне|пахне)",
    r"\b(?:incendi|au feu|pozar|pali sie|fuego|pomocy|au secours|aiuto|socorro)|حريق|النجدة",
)

CRY_FOR_HELP = re.compile(
    r"[\s\W]*(?:hilfe\W*!{2,}|hilfe\W+hilfe\b|help\W+help\b|help\W*!{2,}|imdat\b|sos\W*!+"
    r"|feuer\W*!+"
    r"|fire\W*!+|notfall\W*!+|рятуйте\b|помогите\b|yangin\W*!*$|пожежа\W*!*$|пожар\W*!*$|es"
    r" brennt\W*$)"
)
# A message that is nothing but the call itself.
BARE_CALL = re.compile(
    r"(?:\W|\b(?:bitte|schnell|hilfe|help|please|hallo|dringend|sofort|jetzt|rufen|waehlen|call"
    r"|lutfen|luetfen|терміново)\b)*"
    r"\b(?:notruf|notfall|not ?ruf|sos|s\.o\.s|112|110|911|emergency|mayday|imdat|acil(?: durum"
    r"| yardim)?|екстрений виклик|рятуйте|на допомогу)\b"
    r"(?:\W|\b(?:bitte|schnell|hilfe|help|please|dringend|sofort|jetzt|rufen|anrufen"
    r"|alarmieren|waehlen|notruf|sos"
    r"|112|now|emergency|lutfen|luetfen|терміново)\b)*"
)
# What makes a bare "my mother fell" the story of a defect, a claim, or of something else.
CAUSE = any_of(
    r"gehweg|buergersteig|platte|pflaster|bordstein|schlagl|\bloch|loecher|stolper|uneben|kaputt"
    r"|defekt|reparier|wurzel|glatt\b|glatte|glaette|gestreut|raeumen|laub|schaukel|rutsche|geraet"
    r"|kletter|spielplatz|radweg|laterne|dunkel|schaden|schmerzensgeld|haft|versicher|bescheinig"
    r"|kosten|antrag|pflege|rollator|gefahr|meld|wegen|weil|dadurch|deshalb|beschwer|in ohnmacht"
    r"|absatz|kante|stufe|rinne|schiene|rutsch|nass\b|schwelle|poller|baustelle|absperr|markier"
    r"|bitte (?!(?:\w+ )?(?:schnell|hilf|helf|komm|ruf|schick))"
    r"|schon mal|schon oft|mathe|pruefung|schule gefallen|nicht verletzt|nichts passiert|alles gut"
    r"|zum glueck|gott sei dank|wieder fit|krankenhaus war",
    r"\b(?:pavement|sidewalk|slab|pothole|repair|broken|loose|uneven|because|claim|damage|asleep"
    r"|in love|ill|behind|swing|slide|playground|kaldirim|bozuk|cukur|onarim|тротуар|яма|ями|ямі"
    r"|плитк|ремонт|полагод|через)",
)

# Figures of speech, names and harmless things that contain an alarming word.
_HARMLESS = (
    r"(?:baustelle|markt\w*|buehne|verlaengerungs\w*|glasfaser\w*|telekom|telefon\w*|internet"
    r"|sperrmuell|muell|schrott|entsorgt|abgeladen|stolper\w*|trommel|rolle|rest\w*"
    r"|seit (?:tagen|wochen|monaten|jahren))"
)
_PAINT = r"(?:farbe|lack|putzmittel|reiniger|klo|toilette|wc|teppich|schwimmbad|hallenbad|freibad)"
IDIOMS = any_of(
    r"\bim (?:notfall|ernstfall)\b[^.!?;\n]{0,40}\b(?:112|110|notruf)\b",
    rf"\b{_HARMLESS}\b[^.!?;\n]{{0,40}}\b\w*(?:kabel|leitung)\b",
    rf"\b\w*(?:kabel|leitung)\b[^.!?;\n]{{0,40}}\b{_HARMLESS}\b",
    rf"\b{_PAINT}\b[^.!?;\n]{{0,30}}\b(?:chemie\w*|chemisch\w*|chlor)\b",
    r"\b(?:rauch\w*|qualm\w*)\b[^.!?;\n]{0,30}\b(?:schornstein|kamin|auspuff|grill|feuerschale)\w*",
    r"\b(?:schornstein|kamin|auspuff|grill|feuerschale)\w*\b[^.!?;\n]{0,30}\b(?:rauch\w*|qualm\w*)",
    r"\b(?:ich|wir|er|sie|du|ihr|man)\s+brenn\w*\s+(?:\w+\s+){0,3}(?:fuer|darauf|drauf|auf)\b",
    r"\bbrenn\w*\s+(?:ich|wir)?\s*(?:\w+\s+){0,2}(?:fuer|darauf|drauf)\b",
    r"\bbrenn\w*\s+(?:\w+\s+){0,4}(?:seele|naegeln|zunge|herzen)\b",
    r"\b(?:auf der seele|unter den naegeln|auf den naegeln|auf der zunge)\b" + GAP + r"brenn\w*",
    r"\bwo\s+brennt'?s|wo brennt (?:es|et)\b",
    r"\bbrennend\w*\s+(?:interess|frag|thema|problem|neugier|wunsch)\w*",
    r"\b(?:brennpunkt|brenn+es+el|brennholz|brennstoff|brennwert|brennbar|brennofen|brennweite"
    r"|brennerei|brenner)\w*",
    r"\b(?:sonne|sonnenbrand|haut|wunde|stich|hals|knie|fuesse|sodbrennen)\b" + GAP + r"\bbrenn\w*",
    r"\b(?:\w*licht(?!erloh)\w*|\w*lampe\w*|\w*laterne\w*|\w*leuchte\w*|\w*beleuchtung\w*"
    r"|ampel\w*|\w*birne"
    r"|\w*strahler|\w*kerze\w*|led|lampen|funzel\w*)\b" + GAP + r"\bbrenn\w*",
    r"\bbrenn\w*\b[^.!?;,\n]{0,30}?\b(?:\w*licht(?!erloh)\w*|\w*lampe\w*|\w*laterne\w*"
    r"|\w*leuchte\w*"
    r"|\w*beleuchtung\w*|\w*birne|\w*kerze\w*|funzel\w*)\b",
    r"\bbrenn\w*\s+(?:\w+\s+){0,2}(?:tag und nacht|am tag|tagsueber|durchgehend|rund um die uhr"
    r"|die ganze (?:zeit|nacht)|den ganzen tag)",
    r"\b(?:durchgebrannt|eingebrannt|abgebrannt|ausgebrannt|angebrannt|verbrannt"
    r"|niedergebrannt)\w*",
    r"\bfeuer und flamme|feuer gefangen|feuer im hintern|mit feuereifer|feuer frei\b",
    r"\bfeuer(?:werk|loesch|melder|stelle|schale|zeug|prob|tauf|eifer|bestatt|holz|schutz|tonne"
    r"|korb|rot|wanze|bohne|salamander|zangen|wehr(?:fest|haus|wache|auto|mann|frau|leute|zufahrt"
    r"|ausfahrt|einfahrt|stellplatz|museum|verein|kapelle|jugend|zufahrten|flaeche"
    r"|geraetehaus))\w*",
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
    r"\b(?:das|die|der|dieser?|laerm|krach|hitze|steuern?|gebuehren|schlagloecher|buerokratie"
    r"|preise"
    r"|er|sie)\s+(?:\w+\s+)?bring\w*\s+(?:mich|uns)\s+(?:noch\s+|echt\s+|irgendwann\s+)*um\b",
    r"\bkind (?:\w+ ){0,3}in den brunnen gefallen|in den ruecken gefallen|aus allen wolken"
    r"|fall\w* (?:mir|uns) auf die nerven|aus der rolle gefallen|ins wasser gefallen (?:ist der"
    r"|ist das|das fest)|vom himmel gefallen|leicht gefallen|schwer gefallen (?:zu|mich)",
    r"\b(?:fotos?|bilder|tore?|selfies?)\s+(?:zu )?(?:ge)?schiess?\w*|zum schiessen|schiess los"
    r"|schiess\w*\s+(?:\w+\s+){0,3}(?:in die hoehe|aus dem boden|wie pilze)|schiesst (?:das"
    r" )?unkraut",
    r"\bblut(?:spend|wurst|druck|buch|orang|jung|rot|bild|abnahm|bad|pflaum|gruppe|hund)\w*"
    r"|herz blutet|herz bluten|blutet\w* (?:mir|einem) das herz",
    r"\b(?:bombe|bomben)(?:stimmung|wetter|erfolg|sicher|ig|fest|idee)\w*|sexbombe|bombast\w*",
    r"\b(?:preise?|kosten|mieten?|gebuehren|zahlen|rechnung\w*)\b" + GAP + r"explod\w*"
    r"|(?:kosten|preis|bevoelkerungs|gebuehren)explosion\w*",
    r"\b(?:ertrink|ertrunk|erstick|versink)\w*\s+(?:wir\s+|hier\s+|noch\s+)*(?:im|in|an)\s+"
    r"(?:muell|dreck|abfall|papier\w*|arbeit|verkehr|buerokratie|formular\w*|laub|schulden|der"
    r"|den)\w*",
    r"\b(?:im|in)\s+(?:muell|dreck|abfall|papier\w*|arbeit|verkehr|buerokratie|laub|schulden)\s+"
    r"(?:ertrink|erstick|versink)\w*",
    r"\b(?:fast|beinahe|gleich)\s+(?:\w+\s+){0,2}(?:herzinfarkt|schlaganfall|ohnmaecht\w*"
    r"|umgekippt)"
    r"|(?:herzinfarkt|schlaganfall)\s+(?:kriegen|bekommen|kriegt|bekommt|gekriegt)"
    r"|(?:krieg|bekomm)\w*\s+(?:\w+\s+){0,2}(?:herzinfarkt|schlaganfall|herzkasper)",
    r"\b(?:hier|so|in (?:dieser|der|so einer) \w+|dort|da|ohne \w+(?: \w+)?)\s+(?:\w+\s+){0,3}"
    r"nicht mehr\s+(?:gerne? )?(?:leben|wohnen)",
    r"\bnicht mehr (?:hier|in \w+(?: \w+)?) leben|nicht mehr leben wie",
    r"\b(?:messer(?:schleif|scharf|gabel|block|bank|set|verkauf|haendler|stand|werfer)\w*)"
    r"|messer (?:schleifen|schaerfen|und gabel)",
    r"\b(?:vorschlaeg|schlaegt\s+(?:vor|auf|an|fehl|um|mir|uns|alarm|wurzel|zwoelf)|glocke\w*"
    r" schlaeg)\w*",
    r"\b(?:im notfall|fuer den notfall|notfallnummer\w*|notfallplan|notfallsanit\w*|notfallpraxis"
    r"|notfalldienst|notfallkontakt\w*|apothekennotdienst|kein notfall|nicht ganz notfall)\b",
    r"\bfire\s?(?:works?|station|hydrant|brigade|department|wood|place|fighter|engine|truck|alarm"
    r"|safety|drill|exit|lane|wall|flies|men|man|crew|service)\w*|\b(?:camp|bon)fires?\b",
    r"\b(?:fired|you're fired|got fired|fire him|fire her|fire them)\b",
    r"\b(?:burning question|burn(?:ing)? (?:money|calories)|sunburn\w*|heart\s?burn|burnt out"
    r"|burn-?out"
    r"|burned out|burning out|burn out|(?:street ?|the )(?:lights?|lamps?) (?:are|is) (?:still"
    r" )?burning)\b",
    r"\b(?:killing me|dying to|dying of (?:laughter|boredom|hunger)|drowning in (?:paper|trash|work"
    r"|rubbish|garbage|debt|bills)\w*|kill time|killer \w+|die of laughter|gave me a heart attack"
    r"|nearly had a heart attack|shot of|photo ?shoot\w*|shots? (?:of espresso|in the)|beat the"
    r"|took a shot|street is dying|knife (?:sharpen|grind)\w*|smoke (?:detector|alarm)s?"
    r"|smok(?:er|ers)"
    r"|smoking|no smoking|gas (?:bill|price|station|meter|tariff|heating|grill)s?)\b",
)

# Told, played, practised, announced: the whole sentence is no emergency.
TOLD = any_of(
    r"\b(?:film|krimi|tatort|serie|roman|theater\w*|hoerspiel|ausstellung|vortrag|museum|denkmal"
    r"|gedenk\w*|uebung|uebungen|probealarm\w*|probe|sirenenprobe|sirenentest\w*|testalarm"
    r"|getestet|warntag|tag der offenen tuer|lehrgang|kurs"
    r"|schulung|erste.hilfe.kurs|seminar|zeitung|artikel|pressemitteilung|in den nachrichten"
    r"|im fernsehen|im radio|gelesen|computerspiel|videospiel|kinderfest|sommerfest|feuerwehrfest"
    r"|jubilaeum|kostuem|praevention\w*|statistik|im krieg|weltkriegs?\b(?! ?bombe)|open day"
    r"|open house|movie|novel|drill|museum|exhibition|in the news|newspaper|tatbikat|film|gazete"
    r"|фільм\w*|кіно|навчання|музей|новин\w*)\b"
)

NEGATED_BEFORE = any_of(
    r"\b(?:kein\w{0,2}|nicht|nie|niemand\w*|ohne|zum glueck|gott sei dank|no|not|never|nobody"
    r"|isn't|wasn't|fake|не|немає|без)(?:\s+(?!und\b|and\b|та\b|і\b)\w+){0,2}\s*$"
)
NEGATED_AFTER = any_of(
    r"[^,.!?;\n]{0,18}\b(?:nicht|nichts|niemand|keine?r?|not|yok|degil)\b(?!\s+mehr)"
)
ERRANDS = any_of(
    r"\b(?:termin\w*|antrag|kita\w*|pass|reisepass|ausweis|wohnung|bescheid|formular|flug|reise"
    r"|appointment|passport|randevu|pasaport)\b"
)
NEGATED_LATE = frozenset({"fire", "gas", "help", "explosion"})
IMAGINED_BEFORE = any_of(
    r"\b(?:wenn|falls|sollte|sollten|bevor|ehe|bis|ob|damit|koennte|koennten|wuerde|waere|drohen"
    r"|muss erst|erst (?:ein|jemand|etwas|was)|nicht dass|angst,? dass|gefahr,? dass|als ob"
    r"|wie bei|if|when|until|before|unless|in case|could|might|should there|eger|якщо|коли|щоб"
    r")\b[^,.!?;\n]{0,50}$",
    r"\b(?:nach|seit|vor|wegen)\s+(?:dem|der|einem|einer|des|eines)\s+(?:\w+e[nm]\s+)?$",
)
IMAGINED = any_of(
    r"\b(?:was|wen|wo|wohin|wie|welche\w*|wer|an wen)\b[^.!;\n]{0,50}\b(?:bei|im fall\w*|im"
    r" brandfall"
    r"|gegen|fuer den fall|zustaendig|nummer|verhalt\w*)\b[^.!;\n]*\?",
    r"\b(?:what|who|where|how)\b[^.!;\n]{0,40}\b(?:in case|if|number|report an?|responsible)\b",
    r"\b(?:wie|wonach|nach was) riecht (?:denn |eigentlich )?(?:erd)?gas\b",
    r"\b(?:brandfall|im falle eine\w|im ernstfall|stell\w* (?:dir|euch|ihnen) vor|angenommen"
    r"|es muss wohl erst|muss erst|erst was passier\w*|bis was passiert|eines tages|irgendwann"
    r" mal)\b",
    r"\b(?:unfallgefahr|unfallschwerpunkt|unfalltraechtig\w*|verletzungsgefahr|sturzgefahr"
    r"|stolpergefahr|brandgefahr|unfallflucht|unfallstelle gewesen)\b",
)
NEEDS_PRESENT = frozenset(
    {"fire", "accident", "violence", "injury", "explosion", "water", "gas", "power", "chemical"}
)
PAST = any_of(
    r"\b(?:war|waren|wurde|wurden|gab|hatte|hatten|kam|kamen|brannte|brannten|gestern|vorgestern"
    r"|letzte[nsr]?|vorige[nsr]?|vergangene[nsr]?|damals|frueher|neulich|kuerzlich|mal wieder"
    r"|vor (?:\w+ ){0,2}(?:tag\w*|woche\w*|monat\w*|jahr\w*)|geloescht|gewesen|schon oefter|oefters"
    r"|haeufig|seit (?:tagen|wochen|monaten|jahren|laengerem|gestern)|immer wieder"
    r"|regelmaessig|staendig|jede[nsr]?|beinahe|fast|there was|it was|he"
    r" was|she was|were|yesterday|last"
    r"|ago|had|used to|dun|geçen|gecen|вчора|минулого|був|була|було)\b"
)
PRESENT = any_of(
    r"\b(?:jetzt|grade|gerade|sofort|schnell|hilfe|momentan|aktuell|immer noch|noch immer|liegt"
    r"|liegen|blutet|eben|brennt noch|kommt|schickt|now|right now|help|quick|quickly|currently"
    r"|still|lying|bleeding|simdi|su an|cabuk|зараз|швидко|терміново)\b"
)
