"""What is sent to the citizen when a ticket changes: pure."""

from bot.tickets import rules, texts
from bot.tickets.states import TicketKind, TicketStatus


def citizen_message(
    status: TicketStatus,
    number: str,
    public_note: str | None,
    link: str | None,
    language: str | None,
    *,
    kind: TicketKind = TicketKind.REPORT,
) -> str:
    """Compose the text for a private channel; it names the ticket and may hold its secret link.

    `public_note` is the city's own sentence, `link` the absolute address of the status page.
    `language` is "de", "en" or "plain"; any other reads German.
    """
    words = texts.words(language)
    text = texts.status_text(status, kind, language)
    state = texts.state_word(rules.citizen_state(status), language)
    news = words.news.format(thing=words.things[kind], number=number, state=state)
    paragraphs = [f"{news}\n{text.sentence}", (public_note or "").strip()]
    if status is TicketStatus.WAITING_FOR_CITIZEN:
        paragraphs.append(text.next_step)
    if link:
        paragraphs.append(words.link.format(link=link))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
