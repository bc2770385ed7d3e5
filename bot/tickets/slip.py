"""What stands on the slip that a citizen takes home from the counter, in four languages: pure."""

from dataclasses import dataclass

DEFAULT_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class SlipWords:
    """The words around what is printed; `by_number` leads to the page `/t`."""

    heading: str
    number: str
    code: str
    scan: str
    by_number: str
    matter: str
    date: str
    office: str
    phone: str
    keep: str


WORDS = {
    "de": SlipWords(
        heading="Ihre Meldung ist da",
        number="Nummer",
        code="Prüfcode",
        scan="So sehen Sie den Stand: Code mit dem Handy aufnehmen.",
        by_number="Oder diese Adresse eintippen, dann Nummer und Prüfcode:",
        matter="Worum es geht",
        date="Aufgenommen am",
        office="Zuständig",
        phone="Fragen? Telefon",
        keep="Bitte gut aufheben. Wer diesen Zettel hat, kann den Stand sehen.",
    ),
    "en": SlipWords(
        heading="We have your report",
        number="Number",
        code="Check code",
        scan="To see how it stands, scan the code with your phone.",
        by_number="Or type this address, then number and check code:",
        matter="What it is about",
        date="Taken on",
        office="In charge",
        phone="Questions? Phone",
        keep="Please keep this slip. Whoever has it can see how things stand.",
    ),
    "tr": SlipWords(
        heading="Bildiriminiz bize ulaştı",
        number="Numara",
        code="Kontrol kodu",
        scan="Durumu görmek için kodu telefonunuzla okutun.",
        by_number="Ya da bu adresi yazın, sonra numarayı ve kontrol kodunu girin:",
        matter="Konu",
        date="Kayıt tarihi",
        office="Sorumlu birim",
        phone="Sorunuz mu var? Telefon",
        keep="Lütfen bu kâğıdı saklayın. Bu kâğıda sahip olan herkes durumu görebilir.",
    ),
    "uk": SlipWords(
        heading="Ми отримали ваше повідомлення",
        number="Номер",
        code="Код перевірки",
        scan="Щоб побачити стан, відскануйте код телефоном.",
        by_number="Або введіть цю адресу, а потім номер і код перевірки:",
        matter="Про що йдеться",
        date="Прийнято",
        office="Відповідає",
        phone="Питання? Телефон",
        keep="Збережіть, будь ласка, цей аркуш. Хто його має, може бачити стан.",
    ),
}


def language_of(code: str | None) -> str:
    """Return the language of the slip; one that has no words reads German."""
    return code if code in WORDS else DEFAULT_LANGUAGE
