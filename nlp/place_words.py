"""Patterns for what is shaped like a street, a house number or a public place (folded text)."""

import re

_ENDING = (
    r"(?:strasse|strase|str|gasse|allee|platz|weg|ring|damm|ufer|chaussee|steig|pfad|stieg"
    r"|promenade"
    r"|twiete|winkel|bogen|aue|berg|feld|hof|kamp|busch|graben|wall|park|siedlung|halde|leite"
    r"|zeile)"
)
_PLAIN = (
    r"(?:strasse|strase|str|gasse|allee|platz|weg|ring|damm|ufer|chaussee|steig|pfad|promenade)"
)

# One word: Goethestraße, Birkenweg, Königsberger-Str.
SHAPED_WORD = re.compile(
    r"(?<![\w-])((?:[a-z]+-){0,4}[a-z]{2,}(?:strasse|strase|str\b\.?|gasse|allee|chaussee|platz"
    r"|weg|ring"
    r"|damm|ufer|steig|pfad|promenade))(?![\w-])"
)
# Two words: Kölner Straße, Alter Weg, Otto-Hahn-Straße, Platz der Republik.
SHAPED_STREET = re.compile(
    r"(?<![\w-])((?!(?:der|einer|dieser|unserer|meiner|jeder|ihrer|keiner|deiner|seiner|solcher"
    r"|welcher"
    r"|anderer|anderen|anderer|ganzer|ganzen|grosser|grossen|naechster|naechsten|schlechter"
    r"|unser|dieser"
    r"|kleiner|kleinen|enger|engen|einer|zweiter|zweiten|ersten|dritten|selben|gleichen|gesamten"
    r"|neben"
    r"|ueber|unter|hinter|oder|aber|immer|wieder|hier|vor|meinen|seinen|ihren|unseren|diesen"
    r"|jeden|einen"
    r"|keinen|den|halben|ganzer|befahrener|befahrenen|dunkler|dunklen|dunkle|steiler|steilen"
    r"|breiten"
    r"|breiter|schmalen|schmaler|freien|freier|letzten|richtigen|besten|viel|kuerzesten|schnellsten"
    r"|weiter|weiten|kaputter|kaputten|holprigen|nassen|glatten|rutschigen|oeffentlichen"
    r"|oeffentlicher"
    r"|leeren|stark|aller|allen|vielen|beiden|manchen|einigen|mehreren|sicheren|sicherer"
    r"|parallelen)\s)"
    r"[a-z]{3,}(?:er|en)\s+" + _PLAIN + r"\b\.?)(?!\w)"
)
# A preposition and a name with a house number: Am Sandberg 12, Im Eisholz 3a.
NUMBERED_STREET = re.compile(
    r"(?<![\w-])((?:am|im|an der|an den|in der|in den|auf der|auf dem|auf'm|zum|zur|hinter der"
    r"|unter den"
    r"|vor dem|alte|alter|neue|neuer|obere|untere)\s+[a-z][a-z-]{3,}(?:" + _ENDING + r"|[a-z]{2,}))"
    r"(?=\s+(?:nr\.?\s*)?\d{1,3}\s?[a-h]?(?:\s*[,.!?;)]|\s*$|\s+(?:in|ist|liegt|sind|und|vor"
    r"|steht|haengt)\b))"
)
# Goethe-/Schillerstraße, Goethe- und Schillerstraße
JOINED_STREETS = re.compile(
    r"(?<![\w-])([a-z]{3,})-\s?(?:/|und|u\.|ecke|&)\s?([a-z]{3,}?(strasse|str\.?|weg|platz|allee"
    r"|ring))(?!\w)"
)
# Kölner/Hauptstr., Humboldt-/Kölner Straße: the first is one where the city has such a street.
JOINED_NAMES = re.compile(
    r"(?<![\w-])([a-z]{4,})-?\s?(?:/|ecke|und|u\.|&)\s?"
    r"([a-z]{3,}(?:strasse|str\b)|[a-z]{3,}er\s+(?:strasse|str\b))"
)
HOUSE_NUMBER = re.compile(
    r"\.?\s{0,2},?\s{0,2}(?:haus(?:nummer|-?nr\.?)|hnr\.?|nr\.?|nummer|no\.?|number|numara)?\s{0,2}"
    r"(\d{1,3}(?:\s?[a-h](?![a-z]))?(?:\s?[-/+]\s?\d{1,3}[a-h]?)?)"
    r"(?![\d.:,]*\d)(?!\w)(?!\s*(?:uhr|%|€|euro|m\b|meter|km|cm|wochen?|tagen?|jahren?|mal\b|std"
    r"|stunden?"
    r"|minuten?|autos?|leute|personen|lampen?|laternen?|baeume?|x\b|am\b|pm\b|o'clock|weeks?"
    r"|days?))"
)

_NOT_A_STREET = (
    "radweg fahrradweg gehweg fussweg fusweg buergersteig geweg burgersteig feldweg waldweg"
    " heimweg umweg rueckweg"
    " hinweg ausweg schulweg arbeitsweg wanderweg rettungsweg fluchtweg seitenweg parkweg"
    " spazierweg reitweg"
    " gehsteig bahnsteig bussteig radwege hauptweg kiesweg schotterweg uferweg fahrweg zuweg"
    " zugangsweg"
    " geh fuss rad stadtweg fliesenweg privatweg rundweg zufahrtsweg wirtschaftsweg"
    " verbindungsweg holzweg"
    " bahnuebergang zuwegung dienstweg postweg amtsweg rechtsweg seeweg leinpfad trampelpfad pfad"
    " spielplatz bolzplatz sportplatz parkplatz stellplatz sitzplatz standplatz fussballplatz"
    " bauplatz"
    " kinderspielplatz behindertenparkplatz lagerplatz campingplatz rastplatz grillplatz"
    " tennisplatz"
    " basketballplatz skateplatz wendeplatz arbeitsplatz kitaplatz studienplatz vorplatz marktplatz"
    " liegeplatz taxiplatz festplatz dorfplatz schulhofplatz ausbildungsplatz hundeplatz"
    " bahnhofsvorplatz"
    " schrottplatz muellplatz containerplatz wertstoffplatz stammplatz logenplatz abstellplatz"
    " tatplatz"
    " schauplatz krippenplatz kindergartenplatz ogsplatz parkplatz kurzparkplatz frauenparkplatz"
    " einbahnstrasse nebenstrasse seitenstrasse spielstrasse durchgangsstrasse wohnstrasse"
    " zufahrtsstrasse"
    " fahrradstrasse landstrasse bundesstrasse umgehungsstrasse vorfahrtsstrasse querstrasse"
    " stichstrasse"
    " parallelstrasse hauptverkehrsstrasse sackgasse autostrasse schnellstrasse kreisstrasse"
    " strasse"
    " anliegerstrasse anwohnerstrasse privatstrasse dorfstrassen baustrasse spielstr einbahnstr"
    " seitenstr"
    " geschaeftsstrasse einkaufsstrasse fussgaengerstrasse vorfahrtstrasse zubringerstrasse"
    " rettungsgasse"
    " stadtstrasse weg platz ring damm ufer allee gasse str steig promenade erwerb hering spring"
    " bring"
    " ehering pudding rettungsring staudamm fahrdamm bahndamm gehdamm ufer rheinufer wupperufer"
    " flussufer"
    " dhuennufer bachufer keinweg hinweg durchweg halbweg weitweg soweg frischweg beiweg"
    " unterweg umweg"
    " geradeweg schlichtweg rundweg vorweg allerweg tragweg kuerweg schleichweg einsteig"
    " ausstieg aufsteig"
    " umsteig abstieg bestring freespring during bring boxring schluesselring dichtring"
    " schlauchring"
    " autobahnring kreisverkehr ring boring string spring offering monitoring catering"
    " engineering covering"
    " lasteplatz umschlagplatz flugplatz ausgangsplatz"
    " treffplatz"
    " hauptzufahrtsstrasse strassenweg frauenplatz"
)
NOT_A_STREET = frozenset(_NOT_A_STREET.split())

# A public place by its kind: at the station, in front of the school.
NAMED_PLACE = re.compile(
    r"\b(?:am|im|vorm|beim|an der|an dem|in der|bei der|vor der|vor dem|hinter der|hinter dem"
    r"|neben der"
    r"|neben dem|gegenueber vom|gegenueber der|auf dem|auf der|zum|nahe|at the|near the|in the"
    r"|in front of the"
    r"|next to the|behind the|outside the)\s+"
    r"((?:[a-z]{2,}er\s+)?(?:hauptbahnhof|bahnhof|s-bahnhof|busbahnhof|rathaus|friedhof"
    r"|stadtpark|schlosspark"
    r"|volkspark|grundschule|gesamtschule|realschule|schule|gymnasium|kita|kindergarten"
    r"|bushaltestelle"
    r"|haltestelle\s+[a-z]{3,}|krankenhaus|klinikum|marktplatz|spielplatz|bolzplatz|sportplatz"
    r"|schwimmbad|freibad"
    r"|hallenbad|bibliothek|buecherei|kirche|friedhofseingang|kreisverkehr|fussgaengerzone"
    r"|unterfuehrung"
    r"|feuerwache|tankstelle|autobahnauffahrt|skatepark|stadion|schloss morsbroich|schloss"
    r"|museum|parkhaus"
    r"|train station|station|town hall|school|playground|bus stop|church|hospital|cemetery|park)"
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
BEFORE_NUMBER = re.compile(
    r"\b(?:haus(?:nummer|nr\.?|-nr\.?)?|hnr\.?|nr\.?|nummer|number|no\.?)\s*(?:nr\.?\s*)?"
    r"(\d{1,3}(?:\s?[a-h](?![a-z]))?)\s*,?\s*(?:(?:in|auf|an|on|of)\s+)?(?:(?:der|dem|den"
    r"|the)\s+)?$"
)
