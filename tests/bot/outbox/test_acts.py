"""What is out can be edited and taken back, and what others wrote put out of sight and back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import Actor, ActorKind
from bot.errors import InvalidError
from bot.guard.service import PublicTextError
from bot.inbox import service as inbox
from bot.inbox import thread
from bot.inbox.models import MessageRevision
from bot.inbox.thread import Entry
from bot.outbox import acts, queries
from bot.outbox import service as outbox
from bot.outbox.acts import ActNotPossibleError, MessageNotFoundError
from bot.outbox.rules import MAX_ATTEMPTS, PATIENCE
from connectors.capabilities import Act, Visibility
from connectors.results import Permanent, Refusal, Sent, Transient, Unknown
from tests.bot.outbox.support import ONCE, open_threads
from tests.fakes.town import Town, raw

PUBLIC = "public"
ABLE = replace(
    ONCE,
    acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
    moderates=frozenset({Act.HIDE, Act.SHOW, Act.DELETE}),
)


@pytest.fixture
def town(town: Town) -> Town:
    town.platform.capabilities = ABLE
    return town


def reply(town: Town, name: str, text: str) -> int:
    conversation = town.conversation(name)
    with town.database.unit_of_work() as session:
        written = inbox.reply(
            session,
            conversation.id,
            text,
            version=conversation.version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )
    return written.message_id


def ask(
    town: Town, name: str, message_id: int, act: Act, text: str = "", *, seen: str | None = None
) -> None:
    actor = Actor(ActorKind.USER, town.user_id)
    if seen is None:
        with town.database.read() as session:
            entry = thread.entry(session, town.conversation(name).id, message_id)
        seen = entry.mark if entry else ""
    with town.database.unit_of_work() as session:
        acts.ask(
            session,
            inbox.get(session, town.conversation(name).id),
            message_id,
            act,
            seen=seen,
            text=text,
            connectors=town.connectors,
            actor=actor,
            now=town.clock.now(),
        )


def shown(town: Town, name: str, message_id: int) -> Entry:
    with town.database.read() as session:
        entry = thread.entry(session, town.conversation(name).id, message_id)
    assert entry is not None
    return entry


def possible(town: Town, name: str, message_id: int) -> frozenset[Act]:
    conversation = town.conversation(name)
    entry = shown(town, name, message_id)
    return acts.possible(entry, conversation.visibility, town.platform.capabilities)


def heard(town: Town, name: str) -> int:
    with town.database.read() as session:
        entries, _ = thread.entries(session, town.conversation(name).id)
    return entries[0].id


def test_an_edit_shows_here_when_the_platform_has_made_it(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    ask(town, "t", message_id, Act.EDIT, "  Markt ist am Dienstag. ")
    before = shown(town, "t", message_id)
    assert (before.text, before.edited) == ("Markt ist am Montag.", False)

    town.send()

    [posted, edit] = town.platform.parts
    assert (edit.act, edit.target, edit.text) == (Act.EDIT, "native-1", "Markt ist am Dienstag.")
    assert (edit.thread, edit.visibility) == (posted.thread, posted.visibility)
    after = shown(town, "t", message_id)
    assert (after.text, after.edited, after.act_state) == ("Markt ist am Dienstag.", True, "sent")
    assert town.conversation("t").preview == "Markt ist am Dienstag."
    with town.database.read() as session:
        assert list(session.scalars(select(MessageRevision.text))) == ["Markt ist am Montag."]


def test_taking_back_takes_every_part_and_is_done_when_the_last_is_gone(town: Town) -> None:
    town.platform.capabilities = replace(ABLE, max_text=40)
    open_threads(town, "t")
    message_id = reply(town, "t", "Der erste Satz ist lang genug.\n\nDer zweite Satz ist es auch.")
    town.send()
    sent = [f"native-{number + 1}" for number in range(len(town.platform.parts))]
    assert len(sent) > 1
    ask(town, "t", message_id, Act.DELETE)
    town.platform.script = [Sent("gone"), Permanent(Refusal.FORBIDDEN, "too old")]
    town.send()
    assert not shown(town, "t", message_id).deleted
    assert shown(town, "t", message_id).act_state == "dead"

    ask(town, "t", message_id, Act.DELETE)
    town.send()

    assert [part.target for part in town.platform.parts[-len(sent) :]] == sent
    entry = shown(town, "t", message_id)
    assert (entry.deleted, entry.text) == (True, "")
    assert "Satz" not in town.conversation("t").preview
    assert possible(town, "t", message_id) == frozenset()
    assert {part.text for part in town.deliveries()} == {""}, "nor does a trace of it stay here"
    with town.database.read() as session:
        assert list(session.scalars(select(MessageRevision))) == []
        assert queries.count_stuck(session, most=9) == 0  # what failed before is past


def test_what_others_wrote_in_public_is_hidden_and_shown_and_deleted(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC)
    comment = heard(town, "t")
    ask(town, "t", comment, Act.HIDE)
    assert possible(town, "t", comment) == frozenset(), "one act at a time"
    town.send()
    assert shown(town, "t", comment).moderated is Act.HIDE
    assert possible(town, "t", comment) == {Act.SHOW, Act.DELETE}
    ask(town, "t", comment, Act.SHOW)
    town.send()
    assert shown(town, "t", comment).moderated is None
    assert possible(town, "t", comment) == {Act.HIDE, Act.DELETE}
    ask(town, "t", comment, Act.DELETE)
    town.send()
    entry = shown(town, "t", comment)
    assert (entry.moderated, entry.text, entry.deleted) == (Act.DELETE, "Hallo", False)
    assert possible(town, "t", comment) == frozenset()
    assert {part.target for part in town.platform.parts} == {"m1"}
    assert [part.act for part in town.platform.parts] == [Act.HIDE, Act.SHOW, Act.DELETE]


def test_what_nobody_knows_of_is_done_again_for_twice_is_once(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    ask(town, "t", message_id, Act.DELETE)
    town.platform.script = [Unknown("cut"), RuntimeError("a bug"), Sent("native-1")]
    for _ in range(3):
        town.send()
        town.clock.advance(600)
    assert shown(town, "t", message_id).deleted
    assert town.platform.asked == []


def test_a_server_that_died_meanwhile_does_it_again(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    ask(town, "t", message_id, Act.DELETE)

    class DiedError(BaseException):
        """The process is gone."""

    def die() -> Sent:
        raise DiedError

    town.platform.script = [die]
    with pytest.raises(DiedError):
        town.send(sender=town.sender("first"))
    town.clock.advance(120)
    town.send(sender=town.sender("second"))
    assert shown(town, "t", message_id).deleted


def test_what_the_platform_refuses_waits_for_a_person_who_may_try_again(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    ask(town, "t", message_id, Act.EDIT, "Markt ist am Dienstag.")
    town.platform.script = [Permanent(Refusal.FORBIDDEN, "too old")]
    town.send()
    entry = shown(town, "t", message_id)
    assert (entry.text, entry.delivery_state, entry.act_state) == (
        "Markt ist am Montag.",
        "sent",
        "dead",
    )
    with town.database.read() as session:
        [stuck], _ = queries.stuck(session)
        assert queries.lost(session, [stuck.conversation_id]) == set()
    assert (stuck.act, stuck.text) == (Act.EDIT, "Markt ist am Dienstag.")
    with town.database.unit_of_work() as session:
        outbox.requeue(session, stuck.id, actor=Actor(ActorKind.USER, 1), now=town.clock.now())
    town.send()
    assert shown(town, "t", message_id).text == "Markt ist am Dienstag."


def test_an_outage_of_more_than_a_day_ends_it_as_not_done(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    ask(town, "t", message_id, Act.DELETE)
    for _ in range(MAX_ATTEMPTS + 1):
        town.platform.script = [Transient("refused")]
        town.send()
        town.clock.advance(PATIENCE.total_seconds() / 4)
    assert shown(town, "t", message_id).act_state == "dead"


@pytest.mark.parametrize("act", [Act.EDIT, Act.DELETE])
def test_what_is_still_on_its_way_or_not_out_cannot_be_changed(town: Town, act: Act) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", message_id, act, "Anders")
    town.platform.script = [Permanent(Refusal.FORBIDDEN)]
    town.send()
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", message_id, act, "Anders")
    with pytest.raises(MessageNotFoundError):
        ask(town, "t", message_id + 100, act, "Anders")


def test_only_what_the_platform_offers_is_possible(town: Town) -> None:
    open_threads(town, "t")
    open_threads(town, "p", visibility=PUBLIC)
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    assert possible(town, "t", message_id) == {Act.EDIT, Act.DELETE}
    assert possible(town, "t", heard(town, "t")) == frozenset(), "in private nobody is moderated"
    town.platform.capabilities = ONCE
    assert possible(town, "t", message_id) == frozenset()
    assert possible(town, "p", heard(town, "p")) == frozenset()
    for name, one in (("t", message_id), ("p", heard(town, "p"))):
        with pytest.raises(ActNotPossibleError):
            ask(town, name, one, Act.DELETE)


def test_an_edit_is_one_text_and_passes_the_guard(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC)
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    assert town.conversation("t").visibility is Visibility.PUBLIC
    with pytest.raises(InvalidError):
        ask(town, "t", message_id, Act.EDIT, " \u200b ")
    with pytest.raises(InvalidError):
        ask(town, "t", message_id, Act.EDIT, "Wort " * ABLE.max_text)
    with pytest.raises(PublicTextError):
        ask(town, "t", message_id, Act.EDIT, "Schreiben Sie an karla.komet@example.org.")
    assert len(town.deliveries()) == 1


def test_what_the_assistant_said_can_be_taken_back_but_not_put_into_its_mouth(town: Town) -> None:
    town.turn("t", "Hallo")
    town.send()
    [answer] = town.answers("t")
    assert possible(town, "t", answer.id) == {Act.DELETE}


def test_of_two_who_change_it_at_once_the_second_is_told(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    town.send()
    seen = shown(town, "t", message_id).mark
    ask(town, "t", message_id, Act.EDIT, "Markt ist am Dienstag.", seen=seen)
    town.send()
    assert Act.EDIT in possible(town, "t", message_id)
    for act in (Act.EDIT, Act.DELETE):
        with pytest.raises(ActNotPossibleError):
            ask(town, "t", message_id, act, "Markt ist am Mittwoch.", seen=seen)
    assert shown(town, "t", message_id).text == "Markt ist am Dienstag."


def test_a_comment_that_its_author_has_changed_is_not_hidden_unread(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC)
    comment = heard(town, "t")
    seen = shown(town, "t", comment).mark
    edit = {"kind": "edit", "id": "m1", "text": "Hallo zusammen"}
    town.store(raw("e1", "t", edit, visibility=PUBLIC))
    town.work()
    assert shown(town, "t", comment).edited
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", comment, Act.HIDE, seen=seen)


def test_who_did_it_stands_in_the_audit_trail(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC)
    comment = heard(town, "t")
    ask(town, "t", comment, Act.HIDE)
    with town.database.read() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "message.hide")).one()
    assert (line.actor_id, line.subject_id) == (town.user_id, comment)
