"""Emergencies told by what is seen, and cries in languages that the system does not speak."""

import pytest

from nlp import emergency

SIGNS = [
    "Meine Oma hängt im Sessel, ganz grau, und gibt keinen Ton mehr von sich",
    "Mein Mitbewohner ist auf dem Sofa nicht wachzukriegen",
    "Unser Jüngster hat an der Bleiche genippt und spuckt",
    "Der Hausmeister ist von der Leiter gefallen und sagt nichts mehr",
    "Drei Mann im Lieferwagen haben ein Mädchen in den Kofferraum gezerrt",
    "Eine Oma geht mitten auf der Autobahn im Bademantel",
    "Auf dem Dach vom Parkhaus sitzt einer mit den Beinen über der Kante",
    "Unter der umgestürzten Eiche schaut ein Arm raus",
    "im kofferraum klopft jemand",
    "Der Bagger hat die Leitung erwischt, es pfeift und alle rennen weg",
    "Dem Zimmermann ist die Kettensäge in den Oberschenkel, es spritzt",
    "keiner würde merken wenn ich weg wär, ich fahr jetzt zur brücke",
    "Er hat gesagt, sonst springt er von der Brücke",
    "Die Steckdose schmort und die Gardine glimmt schon",
    "My husband is slumped in the armchair and doesn't answer",
    "The towel is already soaked with blood, she cut her arm",
    "There is a girl sitting on the ledge, fourth floor, she is crying",
    "I'm hiding in the wardrobe, he is at the door with a hammer",
    "Grandad is under the tractor, only his boots to see",
    "Komşunun oğlu yerde, ses vermiyor",
    "Kız köprünün kenarında duruyor, ağlıyor",
    "Dolaba saklandım, kocam bıçak aldı",
    "Teyzem fındık yedi, dudakları şişti",
    "Сусід лежить на підлозі й не відповідає",
    "Дівчинка сидить на перилах балкона і плаче",
    "Мама випила всю пачку таблеток і спить",
    "Кістка застрягла в горлі, батько не кашляє",
    "Stromverteiler brennt",
    "Trafo raucht",
    "Trafostation qualmt und knistert",
    "Schranke am Bahnübergang geht nicht zu und der Zug kommt gleich",
    "Schranken bleiben offen obwohl der Zug kommt",
    "Ich halte das alles nicht mehr aus, es hat doch keinen Sinn mehr",
    "Keiner braucht mich mehr. Macht's gut",
    "Am liebsten wär ich einfach weg, für immer",
    "The smell from the chemical park makes my eyes burn right now",
]
LOOK_ALIKES = [
    "Mein Sohn ist vor dem Fernseher eingeschlafen und schnarcht",
    "Im Asphalt klafft vor der Brücke ein Loch",
    "Die Röhre in der Unterführung zuckt nur noch",
    "Als Kind bin ich in den Weiher gefallen, seitdem mag ich kein Wasser",
    "Die Taste am Automaten reagiert nicht, meine Tochter hat dreimal gedrückt",
    "Im Krimi treibt der Gärtner tot im Rhein",
    "Der Lärm bringt mich um den Schlaf",
    "Die Stadt antwortet nicht auf meinen Brief, ich warte seit Wochen",
    "Der Hund hat Beeren gefressen und ist wohlauf",
    "Mein Paket ist beim Nachbarn in der Garage gelandet",
    "The town hall doesn't answer my letters",
    "Our cat sits on the ledge and looks at the pigeons",
    "I feel sorry for the gardener",
    "Diz ağrısı için hangi doktora gidebilirim?",
    "Kapı kilitlenmiyor, tamir edin",
    "Контейнер стоїть на дорозі вже тиждень",
    "Мій син накинув куртку і пішов до школи",
    "Am Trafo brennt die Laterne am hellichten Tag",
    "Die Schranke am Parkhaus geht nicht zu",
    "Schranken am Übergang gehen viel zu früh runter, dann kommt der Zug erst nach zehn Minuten",
    "Die Ladesäule brennt ein Loch in meinen Geldbeutel",
]
CRIES = [
    "Au secours, ma mère ne respire plus",
    "Ça sent le gaz dans la cave",
    "Ratunku! Pali się dach",
    "Dziecko wpadło do rzeki",
    "Муж без сознания",
    "Бебето не диша",
    "النجدة، طفلي لا يتنفس",
    "خانه آتش گرفته",
    "Copilul nu respiră",
    "¡Socorro! Hay un incendio en la cocina",
    "Mio marito non respira",
    "Hawar! Mal dişewite",
]
FOREIGN_BUT_CALM = [
    "Où est la caserne des pompiers ?",
    "Je meurs de faim, où est le marché ?",
    "Lampa na ulicy się pali cały dzień",
    "Telefon wpadł do wody, gdzie jest sklep?",
    "Нужна помощь с анкетой",
    "Necesito ayuda con el formulario",
    "Aiuto per il modulo, per favore",
    "Am nevoie de ajutor cu formularul",
    "الرجاء المساعدة في تعبئة الطلب",
    "Hier il y a eu un incendie, la rue est-elle fermée ?",
]


@pytest.mark.parametrize("text", SIGNS)
def test_what_is_seen_tells_of_danger(text: str) -> None:
    assert emergency.detect(text)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_the_same_words_in_an_ordinary_matter_do_not(text: str) -> None:
    assert emergency.detect(text) == ()


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_in_another_language_is_heard(text: str) -> None:
    assert emergency.detect(text)


@pytest.mark.parametrize("text", FOREIGN_BUT_CALM)
def test_an_ordinary_matter_in_another_language_is_none(text: str) -> None:
    assert emergency.detect(text) == ()


def test_a_cry_of_another_language_is_not_read_into_one_that_is_spoken() -> None:
    assert emergency.detect("Der Film heißt Socorro und ist von hier") == ()
