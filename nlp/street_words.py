"""Words and endings that tell a street's name from other words (folded)."""

import re

_STRONG = (
    "strasse chaussee promenade gasse gaesschen allee platz stiege twiete steig weg ring damm"
    " deich ufer pfad kamp"
)
STRONG = tuple(_STRONG.split())
"""Endings of streets, with or without a house number."""

_WEAK = (
    "acker anger au aue bach berg blick bogen born bruch brunnen buche buchen burg busch"
    " eiche eichen feld furt gaerten garten graben grund gut hain halde hang hardt heide hoefe"
    " hoefen hoehe hof holz horst kaul kotten kuhle leite linde linden markt muehle park rain"
    " schlag see siedlung steg stein stieg tal teich tor wald wall wiese wiesen winkel zeile"
)
WEAK = tuple(_WEAK.split())
"""Endings of streets that many other words have: only with a house number."""

_STREET_WITH_NUMBER = (
    "aussendeich baachufer bachufer bahnhofsvorplatz deichweg dhuennufer dorfplatz feldweg"
    " festplatz flugplatz flussufer hauptweg kanalufer kurweg landstrasse leezenweg marktplatz"
    " milchstrasse parkweg postweg rheinpromenade rheinufer rhingufer rundweg schulweg seeweg"
    " treffplatz treppenweg uferpfad uferpromenade uferweg vorplatz waldweg wupperufer"
    " ziegenpfad"
)
STREET_WITH_NUMBER = frozenset(_STREET_WITH_NUMBER.split())
"""A kind of way, or a street where a house number follows: Marktplatz 3."""

_NO_STREET = (
    "abstellplatz abstieg allee allerweg amtsweg anliegerstrasse anwohnerstrasse arbeitsplatz"
    " arbeitsweg armring aufsteig ausbildungsplatz ausgangsplatz aussenring ausstieg ausweg"
    " autobahnring autostrasse bahndamm bahnsteig bahnuebergang basketballplatz bauplatz"
    " baustrasse behindertenparkplatz beiweg bestring bikesharing bolzplatz bordstein boring"
    " boxring bring buergersteig bundesstrasse burgersteig bussteig campingplatz carsharing"
    " catering clearing containerplatz covering damm dichtring dienstweg dorfstrassen"
    " durchgangsstrasse durchweg during ehering einbahnstr einbahnstrasse einkaufsstrasse"
    " einsteig engineering erwerb fahrdamm fahrradstrasse fahrradweg fahrweg flickering"
    " fliesenweg fluchtweg flussufer frauenparkplatz frauenplatz freespring friedhofsweg"
    " frischweg fuss fussballplatz fussgaengerstrasse fussweg fusweg gasse geh gehdamm"
    " gehsteig gehweg geradeweg geschaeftsstrasse geweg grillplatz halbweg"
    " hauptverkehrsstrasse hauptzufahrtsstrasse hearing heimweg hering hintergasse hinweg"
    " holzweg hundeplatz hundewiese innenring keinweg kiesweg kindergartenplatz"
    " kinderspielplaetze kinderspielplatz kitaplatz kreisstrasse kreisverkehr kreuzring"
    " krippenplatz kuerweg kurzparkplatz lagerplatz lasteplatz lebensweg liegeplatz littering"
    " logenplatz mentoring monitoring muellplatz nachhauseweg nasenring nebenstrasse offering"
    " ogsplatz parallelstrasse parkplatz pfad platz privatstrasse privatweg promenade pudding"
    " querstrasse rad radweg radwege rastplatz rechtsweg reitweg rettungsgasse rettungsring"
    " rettungsweg ring rueckweg sackgasse schauplatz schlauchring schleichweg schlichtweg"
    " schluesselring schneering schnellstrasse schotterweg schrottplatz schulhofplatz"
    " schulhofweg seitengasse seitenstr seitenstrasse landesstrasse seitenweg sharing"
    " sitzplatz skateplatz soweg spazierweg spielplatz spielstr spielstrasse sponsoring"
    " sportplatz spring stadtstrasse stadtweg stammplatz standplatz startplatz staudamm steig"
    " stellplatz stichstrasse str straftat strasse strassenweg string studienplatz tatplatz"
    " taxiplatz tennisplatz tragweg trampelpfad ufer umgehungsstrasse umschlagplatz umsteig"
    " umweg unterweg verbindungsweg verkehrsweg vorfahrtsstrasse vorfahrtstrasse vorweg"
    " wanderweg weg weitweg wendeplatz wertstoffplatz wirtschaftsweg wohnstrasse zeltplatz"
    " zubringerstrasse zufahrtsstrasse zufahrtsweg zugangsweg zuhauseweg zuweg zuwegung"
)
NO_STREET = frozenset(_NO_STREET.split())

_NO_STREET_ENDINGS = (
    "abstellplatz aeufer arbeitsplatz ausfallstrasse bahnsteig bballplatz behindertenplatz"
    " bolzplatz bordsteig buergersteig buergesteig buerjersteig containerplatz"
    " durchgangsstrasse einbahnstrasse einfallstrasse fahrradstrasse foossballplatz fuesswaeg"
    " fuessweg fussgaengerweg fusssteig fussteig fussweg gehweg halteplatz hering"
    " ichpfad iesplatz jehweg kioskplatz lehrpfad lieblingsplatz maatplatz matschplatz"
    " nebenstrasse notweg parkplatz pausenplatz pfandring radlweg radweg sackgasse"
    " saeulenplatz sammelplatz schlafplatz schnellweg schuelweg seitenstrasse sitzplatz"
    " spielplatz spielplatzweg spielstrasse spillplatz spillstrasse sportplatz standplatz"
    " stellplatz stichweg trimmpfad ueberweg veloweg verteidigungsweg vorplatz wanderweg"
    " wohnstrasse"
)
NO_STREET_ENDINGS = tuple(_NO_STREET_ENDINGS.split())

_NO_WEAK_STREET = (
    "abbau abbruch abgrund abhang abschlag altbau anbau anger anhang anschlag astbruch"
    " aufschlag augenblick ausbau ausblick ausbruch bach bachstein badesteg bahnhof bau"
    " bauernhof bauhof baumarkt berg beschlag bestens betriebshof biergarten blau blickwinkel"
    " blumenfeld bordstein brennholz bruch brunnen buche buchen burg busbahnhof busch bushof"
    " eck eiche eichen einblick einbruch eingangstor feld flohmarkt frau freizeitpark friedhof"
    " frischemarkt fussballfeld fusstor gaerten garagentor garten gartenpark gebuesch genau"
    " getraenkemarkt graben grabstein grau grund gut hain hang hauptbahnhof hausfrau heck"
    " hecke heide hintergrund hinterhof hochbau hoehe hof holz huepfburg innenhof kakadu kaul"
    " kindergarten kleingarten lau linde linden loeschteich mann markt mau mittelhoehe muehle"
    " neubau niederschlag park pfau pflasterstein ponyhof randstein rasen ratschlag rau"
    " recyclinghof rohbau rohrbruch rueckstau sau schildau schlagzeile schlau schrebergarten"
    " schulhof see sendung siedlung skatepark sperrholz spielfeld springbrunnen stadtpark stau"
    " steg stein stolperstein strassengraben supermarkt tal tau teich tiefbau tiergarten tor"
    " toter treibholz trinkbrunnen ueberblick umbau umbruch umfeld umhang umschlag untergrund"
    " vergnuegungspark vordergrund vorfeld vorgarten vorhang vorschlag wald wall wassergraben"
    " wasserrohrbruch weihnachtsmarkt wertstoffhof wiederaufbau wiese winkel wochenmarkt zeile"
    " ziegelstein zusammenhang zuschlag"
)
NO_WEAK_STREET = frozenset(_NO_WEAK_STREET.split())

_NO_ADJECTIVE = (
    "aber allen aller anderen anderer anwohner ausser autofahrer befahrenen befahrener beiden"
    " besten bester bewohner breiter container december deiner den der dieser dreckigen"
    " dreckiger dritten dunklen dunkler eigenen eigener einer einigen einsehbarer engen enger"
    " ersten eurer fahren fahrer freien freier ganzen ganzer gefaehrlichen gefaehrlicher gegen"
    " gehweger glatten gleichen grossen grosser haben halben hier hinter holprigen hundehaufen"
    " ihren ihrer immer jeden jeder jener kaputten kaputter kehren keinen keiner kleinen"
    " kleiner koennen kuerzerer kuerzesten kurzer laengerer langer laternen leeren leider"
    " letzten leuten lieber liegen manchen mehreren meinen meiner melden meter mieser monaten"
    " muessen naechsten naechster nassen neuen neuer november oder oeffentlichen oeffentlicher"
    " oktober papiereimer parallelen parken pflaster platten poller radfahrer raeumen raser"
    " reinigen richtigen rutschigen sauberen sauberer schmalen schmaler schoenen schoener"
    " seinen seiner selben selber september sicheren sollen sommer sonder sperren stehen"
    " steiler stolper streuen stunden tagen ueber unbefestigter unbeleuchteter unheimlicher"
    " unser unseren unserer unter vielen waren wasser wassergebundener wegen weiten weiter"
    " welcher werden wetter wieder winter wochen wurden zweiten zweiter zwischen"
)
NO_ADJECTIVE = frozenset(_NO_ADJECTIVE.split())
"""What stands before `Straße` or `Weg` without naming it."""

_ADJECTIVES = (
    "alte alten alter altes breiten goldenen grosse grossen grosser gruenen heiligen hohe"
    " hohen hoher kleine kleinen kleiner krummen krummer kurzen lange langen langer neue neuen"
    " neuer obere oberen oberer roten schoenen schwarzen steinernen stillen untere unteren"
    " unterer weissen"
)
ADJECTIVES = frozenset(_ADJECTIVES.split())

_FIRST_NAMES = (
    "adam albert alfred andreas anna annette august bernhard bert bertha bertolt carl"
    " christian clara conrad david dietrich dr edith eduard elisabeth emil erich ernst eugen"
    " felix ferdinand franz friedrich fritz georg gerhard gertrud gottfried graf gregor gustav"
    " hannah hans heinrich helene hermann hugo immanuel jakob jean johann johannes josef"
    " joseph julius justus kaethe karl konrad kurt leo ludwig luise maria marie martin"
    " matthias max michael moritz otto paul peter pfarrer philipp prof richard robert rosa"
    " rudolf sankt sophie st theodor thomas ulrich walter werner wilhelm willy wolfgang"
)
FIRST_NAMES = frozenset(_FIRST_NAMES.split())
"""With one of these begins a name of several words: Ludwig van Beethoven Straße."""

_PARTICLES = "am an auf de dem den der des im und van vom von zu zum zur"
PARTICLES = frozenset(_PARTICLES.split())

_NOT_AFTER_PREPOSITION = (
    "abend abfahrt absatz abstand alter ampel amt anfang anhang anlage app april auffahrt"
    " august ausfahrt ausgang autobahn autos bach bahn bahnhof bank baustelle beispiel berg"
    " bezirk bild block boden bolzplatz briefkasten bruecke buergersteig buero bus"
    " bushaltestelle buslinie ca circa container dach deck dezember dienstag donnerstag"
    " durchschnitt ecke einfahrt eingang ende erdgeschoss etage etwa fahrbahn fall februar"
    " feld fenster fluss foto freitag friedhof fruehling garage garten gebaeude gegend gehweg"
    " gleis grube grund grundschule gruppe haeuser haeusern halle haltestelle haus hausnummer"
    " hecke herbst hochhaus hof homepage innenstadt jahr januar juli juni karte kategorie"
    " keller kindergarten kirche kita klasse krankenhaus kreisverkehr kreuzung laterne linie"
    " liste maerz mai markt mast mauer meldung mittag mitte mittwoch monat montag morgen mulde"
    " nachbarhaus nachmittag nacht naehe november nr nummer obergeschoss oktober ort paragraph"
    " park parkhaus parkhausdeck parkplatz pfuetze plan platz post punkt quartier radius"
    " radweg rampe rand rathaus raum reihe rund sache samstag schalter schild schlagloch"
    " schnelle schnitt schule see seite september siedlung sitzbank sommer sonntag spielplatz"
    " sportplatz spur stadt stadtteil stand stelle stock stockwerk strasse strassenlaterne"
    " stufe stunde summe supermarkt tag takt tankstelle teich telefon telefonzelle ticket"
    " tonne tor treppe tuer tunnel ufer uhr umgebung umkreis unterfuehrung viertel vormittag"
    " wald wand weg wiese winter woche wochenende wochenmarkt wohnblock wohnung zahl zaun zeit"
    " zimmer zone"
)
NOT_AFTER_PREPOSITION = frozenset(_NOT_AFTER_PREPOSITION.split())
"""Am Montag 5, im Zimmer 12, an der Haltestelle 3: no streets."""

AT = frozenset(("am", "auf'm", "zum"))
PREPOSITIONS = frozenset(
    ["am", "im", "zum", "zur", "vorm", "hinterm", "unterm", "ueberm", "auf'm"]
    + [
        f"{first} {second}"
        for first in ("an", "in", "auf", "hinter", "vor", "unter", "bei", "ob", "ueber")
        for second in ("der", "den", "dem", "die")
    ]
)
PREPOSITION_ENDS = frozenset(phrase.split()[-1] for phrase in PREPOSITIONS)

_LANDSCAPE = "bach bahnhof berg feld friedhof markt park rathaus see teich ufer wald wiese"
LANDSCAPE = frozenset(_LANDSCAPE.split())
"""Streets after `am` with a number, where nothing follows that it might count: Am Berg 5."""

_AFTER_WHOM = (
    r" (?:des|der) (?:\d{1,2}\. \w+|republik|deutschen einheit|einheit|freundschaft|demokratie"
    r"|menschenrechte|weissen rose|befreiung|solidaritaet|kosmonauten|friedens|europaeischen union"
    r"|wiedervereinigung|opfer \w+ \w+)(?!\w)"
)
HONOURED = {kind: re.compile(kind + _AFTER_WHOM) for kind in ("strasse", "platz", "allee", "ring")}
"""Straße des 17. Juni, Platz der Republik."""
