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
