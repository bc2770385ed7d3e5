"""Patterns for what belongs to two streets, public places, roads and homes (folded text)."""

import re

# Goethe-/Schillerstraße, Goethe- und Schillerstraße
JOINED_STREETS = re.compile(
    r"(?<![\w-])([a-z]{3,})-\s?(?:/|und|u\.|ecke|&)\s?(?:ecke )?"
    r"([a-z]{3,}?(strasse|str\.?|weg|platz|allee|ring))(?!\w)"
)
# Kölner/Hauptstr., Humboldt-/Kölner Straße: the first is one where the city has such a street.
JOINED_NAMES = re.compile(
    r"(?<![\w-])([a-z]{4,})-?\s?(?:/|ecke|und|u\.|&)\s?"
    r"([a-z]{3,}(?:strasse|str\b)|[a-z]{3,}er\s+(?:strasse|str\b))"
)
# A public place by its kind: at the station, in front of the school, opposite the bank.
NAMED_PLACE = re.compile(
    r"\b(?:am|im|vorm|hinterm|beim|an der|an dem|in der|bei der|vor der|vor dem|hinter der"
    r"|hinter dem|neben der|neben dem|unter der|gegenueber(?: vom| von der| der| dem| des)?"
    r"|hoehe(?: der| des| vom)?|auf dem|auf der|zum|nahe|at the|near the|in the|in front of the"
    r"|next to the|behind the|outside the)\s+"
    r"((?:[a-z]{2,}er\s+)?(?:hauptbahnhof|bahnhof|s-bahnhof|busbahnhof|rathaus|friedhof"
    r"|stadtpark|schlosspark|volkspark|grundschule|gesamtschule|realschule|hauptschule|schule"
    r"|gymnasium|kita|kindergarten|bushaltestelle|haltestelle\s+[a-z]{3,}|krankenhaus|klinikum"
    r"|marktplatz|spielplatz|bolzplatz|sportplatz|schwimmbad|freibad|hallenbad|bibliothek"
    r"|buecherei|kirche|moschee|friedhofseingang|kreisverkehr|fussgaengerzone|unterfuehrung"
    r"|feuerwache|polizeiwache|(?:[a-z]{3,}[- ])?tankstelle|autobahnauffahrt|skatepark|stadion"
    r"|schloss morsbroich|schloss|museum|parkhaus|altenheim|altersheim|seniorenheim|pflegeheim"
    r"|sparkasse|volksbank|post|postfiliale|apotheke|baeckerei|kiosk|turnhalle|sporthalle|jugendheim"
    r"|rewe|aldi|lidl|edeka|netto|penny|kaufland|rossmann"
    r"|[a-z]*bruecke(?: ueber (?:die|den|das) [a-z]{3,})?"
    r"|train station|station|town hall|school|playground|bus stop|church|hospital|cemetery|park"
    r"|bridge)"
    r"(?:\s+(?:opladen|wiesdorf|schlebusch|manfort|rheindorf|mitte))?)(?!\w)"
)
MARKET_WORD = re.compile(
    r"[a-z]*(?:markt|maerkt|marckt|market)[a-z]*|\bmaat\b|\bpazar\w*|\bринок|\bринк\w*|\bбазар\w*"
)
NOT_MARKET = re.compile(
    r"super|bau|getraenke|floh|stellen|arbeit|weihnacht|discount|drogerie|elektro|garten|moebel"
    r"|finanz"
    r"|aktien|wohnungs|verbraucher|marketing|troedel|media|hyper|fach|markthall|antik|schwarz"
    r"|christkind"
    r"|markier|vermarkt|adventsmarkt|job|lebensmittelmarkt|tiermarkt|penny"
)

# A kind of public place that may carry a name: playground, bridge, underpass, bank of a river.
LANDMARK = re.compile(
    r"(?<![\w-])((?:kinder)?spielplatz|bolzplatz|sportplatz|skatepark|skateanlage|parkplatz"
    r"|parkhaus"
    r"|park\s?&\s?ride|p\+r|busbahnhof|bahnhof|s-bahnhof|bushaltestelle|haltestelle|bushof|bruecke"
    r"|fussgaengerbruecke|radbruecke|bahnbruecke|autobahnbruecke|unterfuehrung|bahnunterfuehrung"
    r"|tunnel|kreisverkehr|kreisel|rheinufer|wupperufer|dhuennufer|ufer|uferweg|rheinpromenade"
    r"|promenade|weiher|teich|friedhof|grundschule|gesamtschule|realschule|hauptschule|schule"
    r"|gymnasium|kita|kindergarten|turnhalle|sporthalle|kirche|kapelle|wertstoffhof|container"
    r"platz|glascontainer|altglascontainer|marktplatz|treppe|wald|waeldchen|auffahrt|abfahrt"
    r"|anschlussstelle|autobahnkreuz|bahnuebergang|zebrastreifen|aldi|lidl|rewe|edeka|kaufland"
    r"|penny|netto|aral|shell|esso|jet-tankstelle|tankstelle|playground|bus stop|bridge|underpass)"
    r"(?!\w)"
)
_NOT_A_NAME = (
    "morgen abend mittag vormittag nachmittag nacht wochenende montag dienstag mittwoch donnerstag"
    " freitag samstag sonntag winter sommer herbst fruehling regen dunkeln boden rand ganzen"
    " letzten naechsten letzter naechster einer dieser unserer meiner ihrer seiner eurer jeder"
    " anderer weiterer mehrerer aller immer wieder naehe hoehe seite ecke richtung moment"
    " augenblick"
    " januar februar maerz april juni juli august september oktober november dezember uhr letzte"
    " diesem jahr woche monat weg strasse gehweg gegenstand hinterer vorderer hintere vordere"
    " kaputt defekt muell liegt dreck scherben laterne lampe schaukel rutsche"
)
NOT_A_NAME = frozenset(_NOT_A_NAME.split())
# A numbered road, with what lies beside it: B8 Höhe Aral, A3 Ausfahrt Opladen (original text).
ROAD = re.compile(
    r"(?<![\w-])(?:[ABLK]\s?\d{1,3}|[ab]\d{1,2})(?![\w-])(?:,?\s+(?:(?:[Ii]n |[Aa]uf"
    r" )?(?:[Hh]öhe|[Hh]oehe)"
    r"|[Aa]usfahrt|[Aa]uffahrt|[Aa]bfahrt|[Ff]ahrtrichtung|[Rr]ichtung|[Aa]nschlussstelle|AS"
    r"|[Kk]reuz"
    r"|[Bb]ei|near|exit)(?:\s+(?:[Dd]er|[Dd]em|[Aa]usfahrt|[Aa]nschlussstelle|[Kk]reuz))?"
    r"\s+[\wÄÖÜäöüß-]{3,}(?:[ -](?:Opladen|Wiesdorf|Schlebusch|Rheindorf|Küppersteg|Zentrum|West"
    r"|Nord|Süd|Ost|Tankstelle))?)?"
)
# Right before a street: where the one lives who is complained about.
OTHERS_HOME = re.compile(
    r"\b(?:herrn?|hr\.?|frau|fr\.?|nachbar\w*|familie|fam\.?|typ|kerl|mann|leute|bewohner\w*"
    r"|mieter\w*|jemand|einer|person|guy|man|woman|neighbou?r\w*|mr\.?|mrs\.?)"
    r"(?:\s+[\w-]+){0,3}?,?\s+(?:(?:der|die|wer)\s+)?(?:aus|von|wohnt (?:in|an|auf)"
    r"|wohnhaft(?: in)?"
    r"|who lives (?:at|in|on)|from|living (?:at|in|on))\s+(?:der|dem|den|the|haus)?\s*$"
)
# Right before a street: where the writer lives.
HOME_BEFORE = re.compile(
    r"\b(?:wohne|wohn|wohnen|wohnhaft|wohnt|lebe|leben|komme aus|bin aus|komm aus|anwohner\w*"
    r"|anschrift|adresse|absender\w*|i live|we live|i am from|i'm from|my address is|living"
    r"|(?:я )?живу|мешкаю|ikamet)\b[^.!?;\n]{0,28}$"
    r"|\b(?:mein name ist|ich heisse|my name is|ich bin (?:herr|frau))\b[^.!?;\n]{0,30}[,(]\s*$"
)
HOME_AFTER = re.compile(
    r"[^.!?,;\n]{0,14}\b(?:oturuyorum|yasiyorum|ikamet ediyorum|wohne ich|wohn ich|wohnen wir"
    r"|is where i live)\b"
)
