"""General questions about the city, answered from its knowledge articles."""

from collections.abc import Sequence

from bot.clock import BERLIN
from bot.dialogue.texts import say, spoken
from bot.dialogue.turn import Outcome, Question, Turn
from bot.knowledge import answers
from bot.knowledge.finding import Choice
from bot.knowledge.rules import ArticleFacts, for_citizens
from bot.skills import people
from bot.skills.base import Surroundings
from connectors.base import Button

NAME = "city_info"
_YES, _NO, _PERSON = "yes", "no", "human_handoff"
_SLUG = "slug"
_LABEL = 60  # characters of a button


def answer(turn: Turn, surroundings: Surroundings) -> Outcome | None:
    """Tell the article that answers, or ask which of a few is meant; None: there is none."""
    chosen = _choice(turn, surroundings)
    if not chosen.likely:
        return None
    if chosen.is_sure:
        return _tell(chosen.likely[0], turn)
    return _ask(chosen.likely, turn)


def in_public(turn: Turn, surroundings: Surroundings) -> Outcome | None:
    """Tell the gist of the article that answers for sure; None: there is none."""
    chosen = _choice(turn, surroundings)
    if not chosen.is_sure:
        return None
    language = _language(turn)
    text = answers.answer(chosen.likely[0], language, brief=True)
    return Outcome(NAME, text, language=language)


def resume(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    """Tell the article that was chosen; None when the turn is no answer to our question."""
    if turn.choice in {_NO, _PERSON}:
        return people.hand_over(turn, surroundings)
    slug = question.slots.get(_SLUG) if turn.choice == _YES else turn.choice
    if slug is None:
        return None
    known = {article.slug: article for article in _open(turn, surroundings)}
    if slug not in known:  # it has run out since we asked
        return people.abstain(turn, surroundings)
    return _tell(known[slug], turn)


def _choice(turn: Turn, surroundings: Surroundings) -> Choice:
    return surroundings.facts.finder.choose(turn.text, _open(turn, surroundings))


def _open(turn: Turn, surroundings: Surroundings) -> tuple[ArticleFacts, ...]:
    today = turn.now.astimezone(BERLIN).date()
    return for_citizens(surroundings.facts.finder.articles, today)


def _tell(article: ArticleFacts, turn: Turn) -> Outcome:
    language = _language(turn)
    more = say("article_more", language)
    return Outcome(NAME, f"{answers.answer(article, language)}\n\n{more}", language=language)


def _ask(likely: Sequence[ArticleFacts], turn: Turn) -> Outcome:
    language = _language(turn)
    titles = {article.slug: article.wording(language).title[:_LABEL] for article in likely}
    if len(likely) == 1:
        [(slug, title)] = titles.items()
        buttons = (
            Button(_YES, say("article_yes", language)),
            Button(_NO, say("ask_person", language)),
        )
        text = say("article_maybe", language, title=title)
        return Outcome(
            NAME, text, Question(NAME, "maybe", {_SLUG: slug}, buttons), language=language
        )
    options = (
        *(Button(slug, title) for slug, title in titles.items()),
        Button(_PERSON, say("ask_person", language)),
    )
    text = say("article_which", language)
    return Outcome(NAME, text, Question(NAME, "which", options=options), language=language)


def _language(turn: Turn) -> str:
    return spoken(turn.understanding.language, turn.language)
