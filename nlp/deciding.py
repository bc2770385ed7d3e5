"""Ranking intents and categories, and the decision: act, ask, or hand over to a person."""

import re

from nlp import clear_cases, taxonomy
from nlp.folding import fold
from nlp.reading import Reading
from nlp.types import Decision, Evidence, Flag

Ranking = list[tuple[str, float]]

COUNTS = 0.5
_LISTED = 0.15
_KEPT_CATEGORIES = 5
_CERTAIN = 0.97

_REPLY = re.compile(
    r"\W*(?:(?:ja+|jo+|jep|jup|jawohl|yes|yep|yeah|ok|okay|okey|oki|klar|genau|richtig|stimmt"
    r"|korrekt|passt|gerne"
    r"|nein|nee|ne|noe|nope|no|doch|vielleicht|keine ahnung|weiss nicht|weiss ich nicht|egal"
    r"|beides|evet|hayir"
    r"|tamam|olur|так|ні|добре|gut|in ordnung|einverstanden|abbrechen|weiter|zurueck|bitte"
    r"|sure|correct|right"
    r"|das erste|das zweite|die erste|die zweite|der erste|der zweite|ersteres|letzteres|nummer"
    r"|option|antwort"
    r"|morgen frueh|danach|vorher|spaeter|das stimmt|stimmt so|ja bitte|nein danke|yes please|no"
    r" thanks|mach das"
    r"|dat stimmt|joa|mhm|hm+|aha|eins|zwei|drei|eben|bestimmt|natuerlich|auf jeden fall|auf"
    r" keinen fall|der da|die da"
    r"|the first|the second|first one|second one|both|neither)\b[\s,.!;:()]*){1,3}$|\W*[a-d]\W*$"
    r"|\W*\d{1,2}\W*$"
)
_THUMBS = re.compile(r"^[\s👍👎✅❌👌🆗☑✔️\U0001f3fb-\U0001f3ff]+$")
_SIGNS = {
    "abuse": frozenset("🖕"),
    "greeting": frozenset("👋"),
    "thanks": frozenset("🙏❤💐😘🤗💙💚"),
}
_GREETING = re.compile(
    r"\W*(?:(?:hallo+|hallöchen|halloechen|hey+|hi+|hej|hei|moin|moinsen|servus|salue|sali"
    r"|gruezi|gruess gott|gruess euch"
    r"|guten? (?:tag|morgen|abend|nacht)|gudn tach|tach|tag|tagchen|morgen|mahlzeit|n abend"
    r"|nabend|abend|schoenen? (?:guten )?"
    r"(?:tag|abend|morgen|sonntag|samstag|feierabend|wochenende)|gude|juten tach|jode morje|tach"
    r" zusammen|hello|good (?:morning|evening"
    r"|afternoon|day)|greetings|merhaba|selam|gunaydin|guenaydin|iyi gunler|iyi guenler|iyi"
    r" aksamlar|selamun aleykum|привіт|вітаю|добрий"
    r"|доброго|день|дня|ранку|вечора|вечір|ранок|zusammen|ihr|ihr lieben|liebe|liebes|leute"
    r"|leverkusen|stadt|team|da|alle|allerseits|bot|wie gehts|wie geht es"
    r"|wie geht s|dir|ihnen|euch|euch da|there|everyone|guys|how are you|na|alles klar|alles gut"
    r"|und|jemand|ist|wer|hier|chatbot|nasilsin\w*|tschuess|ciao|bis bald|bye|goodbye"
    r"|auf wiedersehen|schoenes|guten|grüße|gruesse|gruss|viele|lieben?|herzliche|freundliche"
    r"|aus|opladen|schlebusch|wiesdorf)\b[\s\W]*){1,7}$"
)
_GREETING_CORE = re.compile(
    r"hallo|halloe|hey|\bhi+\b|moin|servus|gruezi|gruess|guten? (?:tag|morgen|abend)|tach\b"
    r"|mahlzeit|nabend|hello|good (?:mor|eve|aft|day)"
    r"|merhaba|selam|nayd|iyi g|iyi a|привіт|вітаю|добр|tschuess|ciao|wiedersehen|bye|\btag\b"
    r"|abend|^\W*morgen|\bgude\b|sali|salue|wochenende|schoenen"
)
_NAME_TOLD = re.compile(
    r"[\s,.!]+(?i:ich bin|ich heiße|mein name ist|hier ist|hier spricht|my name is|i am|i'm)"
    r"\s+(?:(?i:die|der|herr|frau)\s+)?[^\W\d_a-zäöüß]\w+(?:\s[^\W\d_a-zäöüß]\w+)?\W*$"
)  # a name has a capital, an adjective has none
_LONGEST_GREETING = 80  # characters
_SAID = re.compile(r"[^\W\d_]{2}|\d")  # a word or a number

# Bulky waste that somebody else left, and bulky waste that somebody wants collected.
_LIES_ABOUT = re.compile(
    r"\b(?:liegt|liegen|lagert|steht|stehen|abgeladen|abgestellt|hingestellt|hingeworfen|dumped)\b"
)
_TO_COLLECT = re.compile(
    r"\?|\b(?:mein|meine[nrms]?|unser\w*|abholen lassen|abhol(?:ung|termin)|anmeld\w*|bestell\w*"
    r"|termin\w*|loswerden|entsorgen|beantrag\w*|buch\w*|ich habe|wir haben|my|our|book|pick up)\b"
)

_NEEDS_NO_STEM = frozenset({"context_reply", "greeting", "thanks"})
_NEVER_ACT = frozenset({"off_topic", "abuse", "spam"})
_NO_WISH = frozenset({"off_topic", "context_reply", "greeting", "thanks"})
_WISH_FROM = 0.4  # beside an insult; below it the heads only guess
_ASK_FROM = 0.4
_PRIVATE = 0.35  # of being off topic; whatever else it is then is for a person
_SURE_EMERGENCY, _DOUBTED_EMERGENCY = 0.85, 0.5  # in between a person looks
_NO_REPORT = 0.7  # from where on it is one, if it is no report
_NEVER_EMERGENCY = 0.003
_NEVER_DOUBTED = frozenset({"emergency:help", "emergency:suicide"})
_SURE_ALONE, _CERTAIN_ALONE = 0.8, 0.9  # where no word of the lexicon speaks for it
_UNSUPPORTED = 0.5  # of a report that no word speaks for
_WITHOUT_MODEL = 0.6


def decide(reading: Reading) -> None:
    """Fill the ranked intents and categories, the flags and the decisions of `reading`."""
    _judge_emergency(reading)
    _rank_categories(reading)
    _rank_intents(reading)
    if not reading.flags:
        reading.decision = _decision(reading, reading.ranked_intents)
        return
    urgent = Flag.EMERGENCY in reading.flags
    reading.decision = Decision.ACT if urgent else Decision.HAND_OVER
    others = [entry for entry in reading.ranked_intents if entry[0] not in set(reading.flags)]
    if not urgent and _is_earnest(reading, others):
        reading.besides = _decision(reading, others)


def _judge_emergency(reading: Reading) -> None:
    """Have the heads speak beside the rules, which know words and not what a text is about.

    The heads raise one that no rule knows. Where they are certain that it is none, what a rule
    found is only doubted: a person looks, and nothing else happens by itself.
    """
    chance = reading.intents.get("emergency", 0.0)
    if Flag.EMERGENCY in reading.flags:
        called = any(evidence.target in _NEVER_DOUBTED for evidence in reading.evidence)
        certain = max(chance, reading.alarm) < _NEVER_EMERGENCY
        if certain and not called and reading.language != "und":
            reading.flags.remove(Flag.EMERGENCY)
            reading.intents["emergency"] = _DOUBTED_EMERGENCY
        return
    least = _SURE_EMERGENCY if reading.intents.get("report_defect", 0.0) >= COUNTS else _NO_REPORT
    if chance >= least and not clear_cases.about_the_assistant(reading.folded.text.strip()):
        reading.flags.append(Flag.EMERGENCY)
        whole = (reading.text, 0, len(reading.text))
        reading.evidence.append(Evidence("emergency:likely", "model", *whole))


def _is_earnest(reading: Reading, others: Ranking) -> bool:
    """Tell whether an offence stands beside another wish, or at least beside a place or a number.

    Advertising names offers, prices and addresses, so that a wish must be surer there.
    """
    is_spam = Flag.SPAM in reading.flags
    least = COUNTS if is_spam else _WISH_FROM
    if any(name not in _NO_WISH and chance >= least for name, chance in others):
        return True
    return bool(others) and not is_spam and reading.has("street", "crossing", "ticket_number")


def _rank_categories(reading: Reading) -> None:
    known = reading.categories or {"other": 1.0}
    ranked = sorted(known.items(), key=lambda entry: -entry[1])[:_KEPT_CATEGORIES]
    reading.ranked_categories = ranked


def _rank_intents(reading: Reading) -> None:
    likely = {
        intent: chance
        for intent, chance in reading.intents.items()
        if intent != "emergency" or chance >= _DOUBTED_EMERGENCY
    }
    _flag_spam(reading)
    _raise_by_rules(reading, likely)
    _lower_by_rules(reading, likely)
    ranked = sorted(likely.items(), key=lambda entry: -entry[1])
    kept = [entry for place, entry in enumerate(ranked) if place == 0 or entry[1] >= _LISTED]
    order = [Flag.EMERGENCY, Flag.ABUSE, Flag.SPAM]
    reading.flags = [flag for flag in order if flag in reading.flags]
    marked = [(flag.value, _CERTAIN) for flag in reading.flags]
    kept = [entry for entry in kept if entry[0] not in reading.flags]
    reading.ranked_intents = marked + (kept or ([] if marked else [("off_topic", 0.0)]))


def _flag_spam(reading: Reading) -> None:
    sure = reading.intents.get("spam", 0.0) >= 0.9 and reading.strong("intents:spam")
    if sure and Flag.SPAM not in reading.flags:
        reading.flags.append(Flag.SPAM)


def _only(likely: dict[str, float], intent: str) -> None:
    """Make `intent` nearly certain and all others unlikely."""
    for other in likely:
        likely[other] *= 0.1
    likely[intent] = _CERTAIN


def _raise_by_rules(reading: Reading, likely: dict[str, float]) -> None:
    text = reading.folded.text.strip()
    if (reading.text.strip() and _THUMBS.match(reading.text)) or (
        len(text) <= 40 and _REPLY.match(text)
    ):
        _only(likely, "context_reply")
        return
    if _greets(reading.text) or clear_cases.about_the_assistant(text):
        _only(likely, "greeting")
        return
    if not _SAID.search(text):
        _judge_signs(reading.text, likely)
        return
    if reading.has("ticket_number"):
        status = reading.hinted("intents:ticket_status") or len(text) < 40
        _at_least(likely, "ticket_status", 0.9 if status else 0.6)
    if reading.has("booking_number"):
        _at_least(likely, "bulky_waste_booking", 0.5)
    _raise_clear_cases(reading, likely)


def _greets(text: str) -> bool:
    """Tell whether a text is only a greeting, with or without the name of who greets."""
    if len(text) > _LONGEST_GREETING:
        return False
    greeting = fold(_NAME_TOLD.sub("", text)).text.strip()
    return bool(_GREETING.match(greeting) and _GREETING_CORE.search(greeting))


def _judge_signs(text: str, likely: dict[str, float]) -> None:
    """Take signs alone for what they are waved for; the rest is nothing that could be told."""
    for intent, signs in _SIGNS.items():
        if signs & set(text):
            _only(likely, intent)
            return
    _only(likely, "off_topic")
    likely["off_topic"] = 0.3


def _raise_clear_cases(reading: Reading, likely: dict[str, float]) -> None:
    if clear_cases.bare_report(reading.folded.text.strip()):
        _only(likely, "report_defect")
    if clear_cases.market_question(reading):
        _at_least(likely, "market_hours", _CERTAIN)
        _at_most(likely, "market_product", 0.3)


def _lower_by_rules(reading: Reading, likely: dict[str, float]) -> None:
    text = reading.folded.text
    if _LIES_ABOUT.search(text) and not _TO_COLLECT.search(text):
        _at_most(likely, "bulky_waste_booking", 0.3)
    if not _is_report_like(reading):
        likely["report_defect"] = _UNSUPPORTED * likely.get("report_defect", 0.0)
    denied = reading.negated("signals:defect") or (
        reading.strong("signals:fixed") and not reading.excluded("signals:fixed")
    )
    if denied:
        _at_most(likely, "report_defect", 0.3)
    for intent in list(likely):
        target = f"intents:{intent}"
        if reading.negated(target) or (reading.excluded(target) and not reading.strong(target)):
            _at_most(likely, intent, 0.45)


def _is_report_like(reading: Reading) -> bool:
    """Tell whether any word of the lexicon, or a place, could belong to a report.

    Half of all that is written is one, so that the heads take what they do not know for one.
    """
    return (
        reading.hinted("signals:defect")
        or reading.hinted("intents:report_defect")
        or any(reading.hinted(f"categories:{name}") for name in taxonomy.categories())
        or reading.has("street", "crossing")
    )


def _at_least(likely: dict[str, float], intent: str, floor: float) -> None:
    likely[intent] = max(likely.get(intent, 0.0), floor)


def _at_most(likely: dict[str, float], intent: str, ceiling: float) -> None:
    if intent in likely:
        likely[intent] = min(likely[intent], ceiling)


def _decision(reading: Reading, ranked: Ranking) -> Decision:
    intent, chance = ranked[0]
    chances = dict(ranked)
    doubted = chances.get("emergency", 0.0) >= _DOUBTED_EMERGENCY
    private = chances.get("off_topic", 0.0) >= _PRIVATE
    if reading.language == "und" or doubted or private:
        return Decision.HAND_OVER
    if intent in _NEVER_ACT or chance < _ASK_FROM:
        return Decision.HAND_OVER
    if intent == "report_defect":
        return _decision_on_report(reading, chance)
    if intent not in _NEEDS_NO_STEM and not _evident(reading, intent):
        return _decision_without_word(intent, chance)
    return Decision.ACT if chance >= _limit(reading, intent) else Decision.ASK


def _decision_without_word(intent: str, chance: float) -> Decision:
    """Ask where the heads alone are sure enough; an answer they may give, a ticket they may not."""
    if chance >= _CERTAIN_ALONE and intent not in taxonomy.TICKETS:
        return Decision.ACT
    return Decision.ASK if chance >= _SURE_ALONE else Decision.HAND_OVER


def _evident(reading: Reading, intent: str) -> bool:
    if reading.hinted(f"intents:{intent}"):
        return True
    if intent in {"complaint", "suggestion"}:
        return _speaks_of_its_kind(reading)
    if intent in {"market_hours", "market_product"}:
        return reading.has("market")
    if intent == "ticket_status":
        return reading.has("ticket_number")
    return intent == "shop_search" and reading.has("shop")


def _decision_on_report(reading: Reading, chance: float) -> Decision:
    """Act where a word or a name speaks for a report and its kind is sure enough."""
    if clear_cases.bare_report(reading.folded.text.strip()):
        return Decision.ASK
    spoken = (
        _speaks_of_its_kind(reading)
        or reading.hinted("signals:defect")
        or reading.hinted("intents:report_defect")
    )
    if not spoken and not reading.has("street", "place", "crossing"):
        return _decision_without_word("report_defect", chance)
    category = reading.ranked_categories[0][0]
    sure = _sureness_of_its_kind(reading)
    if chance >= _limit(reading, "report_defect") and sure >= _limit(reading, category):
        return Decision.ACT
    return Decision.ASK


def _kind(reading: Reading) -> list[str]:
    """Return the likeliest category with those of its group."""
    groups = taxonomy.groups()
    group = groups[reading.ranked_categories[0][0]]
    return [name for name, each in groups.items() if each == group]


def _speaks_of_its_kind(reading: Reading) -> bool:
    """Tell whether a word of the lexicon speaks for the likeliest category or its group."""
    return any(reading.hinted(f"categories:{name}") for name in _kind(reading))


def _sureness_of_its_kind(reading: Reading) -> float:
    known = reading.categories or dict(reading.ranked_categories)
    return sum(known.get(name, 0.0) for name in _kind(reading))


def _limit(reading: Reading, label: str) -> float:
    return reading.limits.get(label, _WITHOUT_MODEL)
