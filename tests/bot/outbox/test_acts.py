"""What is out can be edited and taken back, and what others wrote put out of sight and back."""

from dataclasses import replace
from datetime import timedelta

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
from bot.outbox.rules import ACT_PATIENCE, MAX_ATTEMPTS
from bot.work.states import Lane
from connectors.capabilities import Act, Visibility
from connectors.results import Permanent, Refusal, RetryAfter, Sent, Transient, Unknown
from tests.bot.outbox.support import ONCE, open_threads
from tests.fakes.town import Town, raw

PUBLIC = "public"
ABLE = replace(
    ONCE,
    acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
    moderates=frozenset({Act.HIDE, Act.SHOW, Act.DELETE}),
)


def send(town: Town, owner: str = "sender") -> None:
    """Let everything out that is due, answers and acts."""
    sender = town.sender(owner)
    for lane in (Lane.OUTBOUND, Lane.BULK):
        while sender.run_once(lane):
            pass


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
    send(town)
    ask(town, "t", message_id, Act.EDIT, "  Markt ist am Dienstag. ")
    before = shown(town, "t", message_id)
    assert (before.text, before.edited) == ("Markt ist am Montag.", False)

    send(town)

    [posted, edit] = town.platform.parts
    assert (edit.act, edit.target, edit.text) == (Act.EDIT, "native-1", "Markt ist am Dienstag.")
    assert (edit.thread, edit.visibility) == (posted.thread, posted.visibility)
    after = shown(town, "t", message_id)
    assert (after.text, after.edited, after.way.act_state) == (
        "Markt ist am Dienstag.",
        True,
        "sent",
    )
    assert town.conversation("t").preview == "Markt ist am Dienstag."
    with town.database.read() as session:
        assert list(session.scalars(select(MessageRevision.text))) == ["Markt ist am Montag."]


def test_taking_back_takes_every_part_and_is_done_when_the_last_is_gone(town: Town) -> None:
    town.platform.capabilities = replace(ABLE, max_text=40)
    open_threads(town, "t")
    message_id = reply(town, "t", "Der erste Satz ist lang genug.\n\nDer zweite Satz ist es auch.")
    send(town)
    sent = [f"native-{number + 1}" for number in range(len(town.platform.parts))]
    assert len(sent) > 1
    ask(town, "t", message_id, Act.DELETE)
    town.platform.script = [Sent("gone"), Permanent(Refusal.FORBIDDEN, "too old")]
    send(town)
    assert not shown(town, "t", message_id).deleted
    assert shown(town, "t", message_id).way.act_state == "dead"

    ask(town, "t", message_id, Act.DELETE)
    send(town)

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
    open_threads(town, "t", visibility=PUBLIC, below="our-post")
    comment = heard(town, "t")
    ask(town, "t", comment, Act.HIDE)
    assert possible(town, "t", comment) == frozenset(), "one act at a time"
    send(town)
    assert shown(town, "t", comment).moderated is Act.HIDE
    assert possible(town, "t", comment) == {Act.SHOW, Act.DELETE}
    ask(town, "t", comment, Act.SHOW)
    send(town)
    assert shown(town, "t", comment).moderated is None
    assert possible(town, "t", comment) == {Act.HIDE, Act.DELETE}
    ask(town, "t", comment, Act.DELETE)
    send(town)
    entry = shown(town, "t", comment)
    assert (entry.moderated, entry.text, entry.deleted) == (Act.DELETE, "Hallo", False)
    assert possible(town, "t", comment) == frozenset()
    assert {part.target for part in town.platform.parts} == {"m1"}
    assert [part.act for part in town.platform.parts] == [Act.HIDE, Act.SHOW, Act.DELETE]


def test_what_nobody_knows_of_is_done_again_for_twice_is_once(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
    ask(town, "t", message_id, Act.DELETE)
    town.platform.script = [Unknown("cut"), RuntimeError("a bug"), Sent("native-1")]
    for _ in range(3):
        send(town)
        town.clock.advance(600)
    assert shown(town, "t", message_id).deleted
    assert town.platform.asked == []


def test_a_server_that_died_meanwhile_does_it_again(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
    ask(town, "t", message_id, Act.DELETE)

    class DiedError(BaseException):
        """The process is gone."""

    def die() -> Sent:
        raise DiedError

    town.platform.script = [die]
    with pytest.raises(DiedError):
        send(town, "first")
    town.clock.advance(120)
    send(town, "second")
    assert shown(town, "t", message_id).deleted


def test_no_answer_waits_behind_an_act_that_does_not_succeed(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC, below="our-post")
    ask(town, "t", heard(town, "t"), Act.HIDE)
    town.platform.script = [RetryAfter(timedelta(minutes=30))]
    send(town)
    message_id = reply(town, "t", "Markt ist am Montag.")
    other = town.turn("u", "Hallo")
    send(town)
    assert other in town.platform.texts
    assert shown(town, "t", message_id).delivery_state == "sent"
    assert shown(town, "t", heard(town, "t")).way.act_state == "retry"


def test_what_is_no_comment_below_our_post_can_only_be_deleted(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC)
    assert possible(town, "t", heard(town, "t")) == {Act.DELETE}


def test_of_what_arrived_in_part_that_part_can_be_taken_back(town: Town) -> None:
    town.platform.capabilities = replace(ABLE, max_text=40)
    open_threads(town, "t")
    message_id = reply(town, "t", "Der erste Satz ist lang genug.\n\nDer zweite Satz ist es auch.")
    town.platform.script = [Sent("one"), Permanent(Refusal.FORBIDDEN, "no more")]
    send(town)
    assert possible(town, "t", message_id) == {Act.DELETE}
    ask(town, "t", message_id, Act.DELETE)
    send(town)
    assert town.platform.parts[-1].target == "one"
    assert shown(town, "t", message_id).deleted


def test_what_the_platform_refuses_waits_for_a_person_who_may_try_again(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
    ask(town, "t", message_id, Act.EDIT, "Markt ist am Dienstag.")
    town.platform.script = [Permanent(Refusal.FORBIDDEN, "too old")]
    send(town)
    entry = shown(town, "t", message_id)
    assert (entry.text, entry.delivery_state, entry.way.act_state) == (
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
    send(town)
    assert shown(town, "t", message_id).text == "Markt ist am Dienstag."


def test_an_outage_of_more_than_an_hour_ends_it_as_not_done(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
    ask(town, "t", message_id, Act.DELETE)
    for _ in range(MAX_ATTEMPTS + 1):
        town.platform.script = [Transient("refused")]
        send(town)
        town.clock.advance(ACT_PATIENCE.total_seconds() / 4)
    assert shown(town, "t", message_id).way.act_state == "dead"


@pytest.mark.parametrize("act", [Act.EDIT, Act.DELETE])
def test_what_is_still_on_its_way_or_not_out_cannot_be_changed(town: Town, act: Act) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", message_id, act, "Anders")
    town.platform.script = [Permanent(Refusal.FORBIDDEN)]
    send(town)
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", message_id, act, "Anders")
    with pytest.raises(MessageNotFoundError):
        ask(town, "t", message_id + 100, act, "Anders")


def test_only_what_the_platform_offers_is_possible(town: Town) -> None:
    open_threads(town, "t")
    open_threads(town, "p", visibility=PUBLIC)
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
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
    send(town)
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
    send(town)
    [answer] = town.answers("t")
    assert possible(town, "t", answer.id) == {Act.DELETE}


def test_of_two_who_change_it_at_once_the_second_is_told(town: Town) -> None:
    open_threads(town, "t")
    message_id = reply(town, "t", "Markt ist am Montag.")
    send(town)
    seen = shown(town, "t", message_id).mark
    ask(town, "t", message_id, Act.EDIT, "Markt ist am Dienstag.", seen=seen)
    send(town)
    assert Act.EDIT in possible(town, "t", message_id)
    for act in (Act.EDIT, Act.DELETE):
        with pytest.raises(ActNotPossibleError):
            ask(town, "t", message_id, act, "Markt ist am Mittwoch.", seen=seen)
    assert shown(town, "t", message_id).text == "Markt ist am Dienstag."


def test_a_comment_that_its_author_has_changed_is_not_hidden_unread(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC, below="our-post")
    comment = heard(town, "t")
    seen = shown(town, "t", comment).mark
    edit = {"kind": "edit", "id": "m1", "text": "Hallo zusammen"}
    town.store(raw("e1", "t", edit, visibility=PUBLIC))
    town.work()
    assert shown(town, "t", comment).edited
    with pytest.raises(ActNotPossibleError):
        ask(town, "t", comment, Act.HIDE, seen=seen)


def test_who_did_it_stands_in_the_audit_trail(town: Town) -> None:
    open_threads(town, "t", visibility=PUBLIC, below="our-post")
    comment = heard(town, "t")
    ask(town, "t", comment, Act.HIDE)
    with town.database.read() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "message.hide")).one()
    assert (line.actor_id, line.subject_id) == (town.user_id, comment)
