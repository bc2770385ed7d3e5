"""Passwords, names, browser families and limits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.db.engine import Database
from bot.staff import limits, passwords, rules, tokens
from bot.staff.limits import Rule, TooManyAttemptsError
from bot.staff.passwords import WeakPasswordError
from tests.bot.staff.support import NOW, SECRET

WINDOW = timedelta(minutes=10)
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "qwertzuiopü",
    "qwertyuiop",
    "asdfghjkl",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
    "1q2w3e4r5t6z7u8i9o0p",
)
PLAIN_WORDS = """
erst wert durst stuhl konzert definition studio drei blaue fahrräder haus kaffee regen wolke
tisch lampe vogel garten fenster brot schere papier stein feder brücke nebel apfel birne
kette löffel gabel messer tasse teller window purple yellow tree letter bottle kitchen seven
"""


@pytest.mark.parametrize(
    "password",
    [
        "",
        "vierzehnlettrn",
        "xy" * 128 + "z",
        "aaaaaaaaaaaaaaa",
        "abababababababa",
        "laternelaterne!laternelaterne!",
        "laternelaternelaterne26!",
        "123456789012345",
        "qwertzuiopüasdfgh",
        "PasswortPasswort1",
        "Passwort-2026-2027",
        "WILLKOMMEN202611",
        "Stadtdraht123456",
        "Sommer in Leverkusen",
        "Bürgermeister_2026!",
        "jonas.weber.19841984",
        "\uff30asswort12345678",
        "1qaz2wsx3edc4rfv",
        "!QAZ2wsx#EDC4rfv",
        "1q2w3e4r5t6y7u8i",
        "q1w2e3r4t5z6u7i8",
        "qweasdzxc123qwe",
        "a1b2c3d4e5f6g7h8",
        "123456789abcdef",
        "111222333444555",
        "112233445566778899",
        "147258369147258369",
        "asdfasdfasdfasdfg",
        "abc1abc2abc3abc4abc5",
        "ichliebedich1234",
        "Sommer2026Herbst2027",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError) as caught:
        passwords.check(password, about=["jonas", "Jonas Weber", "Leverkusen"])
    assert caught.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "drei blaue Fahrräder",
        "738291046582915",
        "stadtpark mit tulpen",
        "ключ від міста 7",
        "🦊🐝🌳🚲🏛️🌧️🎺🧭🍒🥨🛟🧵🪁🧇🪺",
    ],
)
def test_no_kind_of_character_is_demanded(password: str) -> None:
    passwords.check(password, about=["jonas"])


@st.composite
def runs(draw: st.DrawFn) -> str:
    """Draw a way along the keyboard, the alphabet or the digits, in one direction or the other."""
    row = draw(st.sampled_from(ROWS))
    start = draw(st.integers(0, len(row) - 4))
    run = row[start : draw(st.integers(start + 4, len(row)))]
    return draw(st.sampled_from([run, run[::-1], run.upper()])) * draw(st.integers(1, 4))


@given(st.lists(runs(), min_size=1, max_size=2))
def test_runs_are_refused_however_they_are_joined(parts: list[str]) -> None:
    password = "".join(parts) * 4
    with pytest.raises(WeakPasswordError):
        passwords.check(password)


@given(st.text(min_size=1, max_size=4), st.text(max_size=2), st.integers(15, 40))
def test_a_repetition_is_refused_whatever_follows(piece: str, rest: str, times: int) -> None:
    with pytest.raises(WeakPasswordError):
        passwords.check((piece * times)[: 200 - len(rest)] + rest)


def test_a_generated_password_is_accepted() -> None:
    for _ in range(500):
        passwords.check(passwords.generate())


@given(st.lists(st.sampled_from(PLAIN_WORDS.split()), min_size=3, max_size=6, unique=True))
def test_a_phrase_of_plain_words_is_accepted(phrase: list[str]) -> None:
    for joined in (" ".join(phrase), "".join(word.title() for word in phrase)):
        if len(joined) >= passwords.MIN_LENGTH:
            passwords.check(joined, about=["jonas", "Jonas Weber", "Leverkusen"])


def test_the_way_a_letter_is_composed_does_not_matter() -> None:
    composed = passwords.hash_password("drei blaue Fahrr\u00e4der")
    assert passwords.verify(composed, "drei blaue Fahrra\u0308der")
    assert composed.startswith("$argon2id$")


@given(st.text())
def test_folding_twice_changes_nothing_for_real_names(name: str) -> None:
    folded = rules.fold(name)
    if folded.isascii():
        assert rules.fold(folded) == folded


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (None, "other"),
        ("curl/8.0", "other"),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
    ],
)
def test_of_a_browser_only_the_family_is_kept(agent: str | None, family: str) -> None:
    assert rules.client_family(agent) == family


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_a_sender_is_an_address_or_a_64_network(address: str | None, network: str) -> None:
    assert limits.network(address) == network


def test_a_limit_holds_until_its_window_ends(database: Database) -> None:
    def hit(key: str = "form:a", *, minutes: int = 0) -> bool:
        with database.unit_of_work() as session:
            return limits.hit(
                session,
                key,
                limit=3,
                window=WINDOW,
                now=NOW + timedelta(minutes=minutes),
                secret=SECRET,
            )

    assert [hit() for _ in range(5)] == [True, True, True, False, False]
    assert hit("form:b")
    assert not hit(minutes=9)
    assert hit(minutes=10)


def test_an_exceeded_rule_counts_none_of_them(database: Database) -> None:
    both = [Rule("a", 5, WINDOW), Rule("b", 2, WINDOW)]
    for _ in range(2):
        with database.unit_of_work() as session:
            limits.require(session, both, now=NOW, secret=SECRET)
    for _ in range(4):
        with pytest.raises(TooManyAttemptsError), database.unit_of_work() as session:
            limits.require(session, both, now=NOW, secret=SECRET)
    with database.read() as session:
        limits.check(session, [Rule("a", 3, WINDOW)], now=NOW, secret=SECRET)
        with pytest.raises(TooManyAttemptsError):
            limits.check(session, both, now=NOW, secret=SECRET)


@given(st.integers(1, 10**6), st.integers(0, 10**7))
def test_retry_after_leads_into_the_next_window(window_s: int, offset_ms: int) -> None:
    window, now = timedelta(seconds=window_s), NOW + timedelta(milliseconds=offset_ms)
    wait = limits.retry_after(window, now)
    assert 1 <= wait <= window_s
    later = now + timedelta(seconds=wait)
    assert limits._start(window, later) > limits._start(window, now)


def test_tokens_are_long_and_their_hashes_are_hex() -> None:
    assert len({tokens.new_token() for _ in range(50)}) == 50
    assert len(tokens.new_token()) == 43
    assert len(tokens.token_hash("\ud800")) == 64


def test_parallel_hits_are_all_counted(database: Database) -> None:
    def hit(_: int) -> bool:
        with database.unit_of_work() as session:
            return limits.hit(session, "form:a", limit=10, window=WINDOW, now=NOW, secret=SECRET)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(hit, range(40))) == [False] * 30 + [True] * 10
