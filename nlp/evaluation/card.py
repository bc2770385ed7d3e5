"""The data card of the corpus: what it holds, how it was written and labelled, what is weak."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from nlp import taxonomy
from nlp.corpus import HELD_OUT_OF, LANGUAGES, Example
from nlp.evaluation.document import Document, Section, Table
from nlp.exams import Case
from nlp.train import COPIES

TONES = {
    "alarms": "emergencies told without their words, and all that only sounds like one",
    "angry": "angry, blaming, with exclamation marks and irony",
    "chatter": "what people type into a chat bot without wanting anything, insults, advertising",
    "chatter_english": "the same in English",
    "chatter_turkish": "the same in Turkish",
    "chatter_ukrainian": "the same in Ukrainian",
    "counter": "what people ask a city in a chat, half-said or under another matter's words",
    "dangers": "danger told in every way, beside ordinary reports with dangerous words",
    "dangers_english": "the same in English",
    "dangers_turkish": "the same in Turkish",
    "dangers_ukrainian": "the same in Ukrainian",
    "dialect": "Rhineland dialect mostly, as people spell it who never learned to",
    "diary": "private talk that nobody meant for a city",
    "diary_english": "the same in English",
    "diary_turkish": "the same in Turkish",
    "diary_ukrainian": "the same in Ukrainian",
    "dictated": "spoken into a phone: no punctuation, no capitals, corrections in mid-sentence",
    "english": "English, native or not",
    "errands": "every wish that is no report, often without its usual word",
    "errands_english": "the same in English",
    "errands_turkish": "the same in Turkish",
    "errands_ukrainian": "the same in Ukrainian",
    "formal": "elderly and formal, whole letters",
    "hearsay": "gossip in which the city's things only occur, beside wishes in the same tone",
    "hearsay_english": "the same in English",
    "hearsay_turkish": "the same in Turkish",
    "hearsay_ukrainian": "the same in Ukrainian",
    "indirect_english": "English: what is meant and not said, with what looks alike",
    "indirect_turkish": "the same in Turkish",
    "indirect_ukrainian": "the same in Ukrainian",
    "musing": "thinking aloud at the city's bot, with no wish or one that is settled",
    "neighbourhood": "reports of things left, parked, rotting, overflowing, of noise and animals",
    "non_native": "learners of German, with the grammar of another language",
    "plain": "plain sentences, the first that were written",
    "plain_english": "plain sentences in English, the first that were written",
    "plain_turkish": "plain sentences in Turkish, the first that were written",
    "plain_ukrainian": "plain sentences in Ukrainian, the first that were written",
    "portal": "the forms of a portal: headings, places, directions, no greeting",
    "rambling": "long messages with the wish in half a sentence",
    "rambling_english": "the same in English",
    "rambling_turkish": "the same in Turkish",
    "rambling_ukrainian": "the same in Ukrainian",
    "regional": "dialects from Platt to Swiss German, as people type them",
    "rough": "plain matters by people who cannot or will not spell",
    "services": "every wish that is no report, dull and direct",
    "services_english": "plain matters in English, reports and all other wishes",
    "services_turkish": "the same in Turkish",
    "services_ukrainian": "the same in Ukrainian",
    "several": "two or three wishes in one message, and what only looks like two",
    "several_english": "the same in English",
    "smalltalk": "private talk, insults, advertising, and what is near them but earnest",
    "streetscape": "reports of streets, lights, signs, green, play and all that is broken there",
    "terse": "as few words as possible",
    "townhall": "ideas, complaints, questions and reports that are hard to tell apart",
    "turkish": "Turkish, spoken and written",
    "ukrainian": "Ukrainian, spoken and written",
    "wishes": "ideas, praise and complaints beside reports that look alike",
    "youth": "young people, slang, chat",
}
"""How each voice writes."""
_ORIGIN = (
    "The corpus (`nlp/corpus/*.yaml`) is what the shipped model learns from. Every sentence was"
    " invented for this project; none was collected from citizens or copied from anywhere, so that"
    " it holds no personal data. It stands under the licence of the product."
)
_VOICES = (
    "A voice is a kind of person. Each was written on its own, and most without a look at the"
    " lexicon or at the other voices, so that a voice that is held out is really another one. Each"
    " tries to go through all intents and categories, rare ones included, with traps: what looks"
    " like one matter and is another one (a burning passion for the market, a lamp that is only"
    " painted dark). A sentence in several files counts for the first of them."
)
_VARIANTS = (
    "A sentence may have slots (street, district, day, number and the like), which are filled"
    f" from the demo city and from invented names. Training sees {COPIES} variants of each: as"
    " written, and as other people would write it, with a greeting or an ending, in lower case,"
    " without punctuation, with a slip of the finger. All variants of a sentence stand on one side"
    f" of a split. One sentence in {HELD_OUT_OF} is held out by template; voices are held out in"
    " groups ([Evaluation](evaluation.md))."
)
_WISHES = (
    "A defect or nuisance in public space is `report_defect`, however politely or angrily it is"
    " put, also as a question. `complaint` is about people, service, waiting, fees, decisions,"
    " late buses and traders; both only where the administration is clearly blamed beside the"
    " defect. A wish for something new, an idea and praise are `suggestion`."
)
_QUESTIONS = (
    "One's own bin that was not emptied is a report (`litter_bin`), somebody else's rubbish as"
    " well (`illegal_dumping`); one's own bulky waste to be collected is `bulky_waste_booking`. A"
    " date at an office is `appointment`; opening hours, documents, fees and responsibilities are"
    " `city_info`. Where and when there is a market is `market_hours`, what is sold there"
    " `market_product`; shops are `shop_search`, goods of a shop `product_question`."
)
_REPLIES = (
    "“Me too” is a report without a category. A denial (“not broken, only painted dark”) is"
    " `context_reply` and no ticket. What is mended again is `thanks`; one's own report that has"
    " settled itself is `ticket_status`. `greeting` and `thanks` stand only where a text is"
    " nothing else. Of several intents, the main one is first."
)
_DANGERS = (
    "`emergency` is danger to life or limb now: not what is past, an idiom, an exercise, a film,"
    " or the fear of a place. `abuse` is an insult or a threat at somebody; swearing at a thing is"
    " none. `spam` is advertising, fraud and chain letters; `off_topic` is private talk, homework,"
    " football, national politics, and other companies' service."
)
_KINDS = (
    "The category is what is broken: lamp, signal, sign, carriageway, pavement, cycle path"
    " (damaged or blocked), gully, standing water, fountain, tree, bench (`other`) and so on. A"
    " car parked on a cycle path is the cycle path's matter; one parked wrongly elsewhere is"
    " `parking`. Fear, drugs and dark corners are `unsafe_place`; steps and lifts that shut"
    " somebody out are `barrier`."
)
_EXAMINATIONS = (
    "The examinations (`nlp/exams/*.yaml`) are no part of the corpus; nothing is fitted on them."
    " They were written by others, who saw neither corpus nor lexicon, and who also said what they"
    " would accept besides, whether a ticket should come of it, and which dates are named."
)
_NARROW = (
    "No native speaker has read the Turkish and Ukrainian sentences, and nobody who grew up with"
    " it the dialects. English, Turkish and Ukrainian often follow the same scenarios, so that they"
    " are narrower than their number suggests."
)
_TIDY = (
    "Invented sentences are tidier than real ones: most are about their matter, few hold two. How"
    " often a matter is written about is not how often it happens: the categories"
    " are about equally frequent on purpose, in a city a few of them outweigh all others. A city"
    " should let its own confirmed decisions correct the model."
)


def write(corpus: Sequence[Example], examinations: Mapping[str, Sequence[Case]]) -> Document:
    """Return the data card."""
    return Document(
        "The corpus: data card",
        (_ORIGIN,),
        (
            Section("Voices", (_VOICES,), (_voices(corpus),)),
            Section(
                "What it is about",
                (),
                (
                    _counts("Intent (the first one)", corpus, taxonomy.intents(), _intent),
                    _counts("Category", corpus, taxonomy.categories(), _category),
                ),
            ),
            Section(
                "How sentences are labelled", (_WISHES, _QUESTIONS, _REPLIES, _DANGERS, _KINDS)
            ),
            Section("Variants and splits", (_VARIANTS,)),
            Section("Examinations", (_EXAMINATIONS,), (_examinations(examinations),)),
            Section("Known weaknesses", (_NARROW, _TIDY)),
        ),
    )


def _intent(example: Example) -> str:
    return example.intents[0]


def _category(example: Example) -> str | None:
    return example.category


def _voices(corpus: Sequence[Example]) -> Table:
    sizes = Counter((example.voice, example.language) for example in corpus)
    rows = [
        (voice, language, f"{size:,}", TONES.get(voice, ""))
        for (voice, language), size in sorted(sizes.items())
    ]
    total = ("all", "", f"{len(corpus):,}", "")
    return Table("Sentences by voice", ("voice", "language", "sentences", "how"), (*rows, total))


def _counts(
    what: str,
    corpus: Sequence[Example],
    names: Sequence[str],
    pick: Callable[[Example], str | None],
) -> Table:
    found = Counter((pick(example), example.language) for example in corpus)
    rows = [(name, *(f"{found[name, language]:,}" for language in LANGUAGES)) for name in names]
    totals = [sum(found[name, language] for name in names) for language in LANGUAGES]
    last = ("all", *(f"{total:,}" for total in totals))
    return Table(what, (what.lower(), *LANGUAGES), (*rows, last))


def _examinations(examinations: Mapping[str, Sequence[Case]]) -> Table:
    rows = []
    for name, cases in examinations.items():
        languages = Counter(case.language for case in cases)
        spoken = ", ".join(f"{language} {count:,}" for language, count in languages.most_common())
        marked = sum(bool(case.slices) for case in cases)
        dated = sum(case.dates is not None for case in cases)
        rows.append((name, f"{len(cases):,}", f"{marked:,}", f"{dated:,}", spoken))
    header = ("examination", "texts", "marked as special", "with listed dates", "languages")
    return Table("Texts", header, tuple(rows))
