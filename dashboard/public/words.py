"""What citizens read that no template says: German here, English in the catalogue."""

EMPTY_MESSAGE = "Bitte schreiben Sie etwas."
TOO_MANY_PHOTOS = "Bitte wählen Sie höchstens %(most)s Bilder."
PHOTO_TOO_LARGE = "„%(name)s“ ist zu groß. Ein Bild darf höchstens %(most)s MB haben."
PHOTO_BROKEN = "„%(name)s“ konnten wir nicht als Bild lesen. Es gehen JPEG, PNG und WebP."
PHOTOS_AGAIN = "Bitte wählen Sie die Bilder noch einmal aus."
FORM_EXPIRED = "Das Formular war zu lange offen. Bitte senden Sie es noch einmal ab."
TOO_MANY_TRIES = (
    "Das waren gerade sehr viele Versuche. Bitte warten Sie etwas und versuchen Sie es dann erneut."
)
TOO_FAST = "Das waren gerade sehr viele. Bitte warten Sie etwas und senden Sie es dann noch einmal."
OLD_CHOICE = "Diese Auswahl gibt es nicht mehr. Bitte schreiben Sie Ihre Antwort."
NO_CHAT = "Der Chat ist zurzeit ausgeschaltet. Über das Formular auf der Startseite geht es weiter."
PLACE_LINE = "Ort: %(place)s"
OWN_LOCATION = "Mein Standort"
BEING_READ = "wird gelesen"
QUOTED = "„%(words)s“"
NEWS_IN_CHAT = "Neues schreiben wir Ihnen in den Chat. Es steht auch immer auf dieser Seite."
NEWS_ON_CHANNEL = (
    "Neues schreiben wir Ihnen über %(channel)s. Es steht auch immer auf dieser Seite."
)
NEWS_HERE = "Neues steht immer auf dieser Seite. Bitte merken Sie sich den Link."
POLICY_SAMPLE = "Feiertage und kurze Tage: Beispielregel, nicht bestätigt."
