"""Whose thread a conversation is: one look for all who ask, never a failure that stays."""

import asyncio

import pytest

from dashboard.public.whose import Threads


class Shelf:
    """Answers like a database, counts the questions, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[int] = []
        self._failures = failures

    async def look_up(self, conversation_id: int) -> str | None:
        self.asked.append(conversation_id)
        await asyncio.sleep(0)
        if len(self.asked) <= self._failures:
            raise OSError("out of order")
        return f"thread-{conversation_id}"


def test_hundreds_of_pages_ask_once() -> None:
    shelf = Shelf()

    async def ask() -> list[str | None]:
        threads = Threads(shelf.look_up)
        return await asyncio.gather(*(threads.of(number % 3) for number in range(300)))

    assert asyncio.run(ask()) == ["thread-0", "thread-1", "thread-2"] * 100
    assert shelf.asked == [0, 1, 2]


def test_a_failure_is_asked_again() -> None:
    shelf = Shelf(failures=1)

    async def ask() -> str | None:
        threads = Threads(shelf.look_up)
        with pytest.raises(OSError, match="out of order"):
            await threads.of(1)
        return await threads.of(1)

    assert asyncio.run(ask()) == "thread-1"


def test_who_leaves_takes_the_answer_from_nobody() -> None:
    shelf = Shelf()

    async def ask() -> str | None:
        threads = Threads(shelf.look_up)
        leaving = asyncio.create_task(threads.of(1))
        staying = asyncio.create_task(threads.of(1))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(ask()) == "thread-1"
    assert shelf.asked == [1]


def test_only_the_newest_are_kept() -> None:
    shelf = Shelf()

    async def ask() -> None:
        threads = Threads(shelf.look_up, most=2)
        for number in (1, 2, 3, 2, 1):
            await threads.of(number)

    asyncio.run(ask())
    assert shelf.asked == [1, 2, 3, 1]
