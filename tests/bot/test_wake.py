"""Bells: no ring is lost, whether the waiter is a thread or a coroutine."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from bot.wake import Bell

FOREVER = 3600.0  # a lost ring would hang the test


def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    seen = bell.rung
    bell.ring()
    bell.wait(seen, FOREVER)
    asyncio.run(bell.wait_async(seen, FOREVER))


def test_a_wait_ends_when_its_time_is_over() -> None:
    bell = Bell()
    bell.wait(bell.rung, 0.001)
    asyncio.run(bell.wait_async(bell.rung, 0.001))
    assert bell.rung == 0


def test_every_waiting_thread_is_woken() -> None:
    bell = Bell()
    seen = bell.rung
    with ThreadPoolExecutor(6) as pool:
        waits = [pool.submit(bell.wait, seen, FOREVER) for _ in range(6)]
        bell.ring()
        for wait in waits:
            wait.result()


def test_every_waiting_coroutine_is_woken() -> None:
    bell = Bell()

    async def wait_and_ring() -> None:
        seen = bell.rung
        waits = [asyncio.ensure_future(bell.wait_async(seen, FOREVER)) for _ in range(5)]
        await asyncio.sleep(0)
        await asyncio.to_thread(bell.ring)
        await asyncio.gather(*waits)

    asyncio.run(wait_and_ring())


def test_work_is_handed_over_without_a_lost_wake_up() -> None:
    """A consumer that looks, then waits, sees every one of 2,000 items of four producers."""
    bell, items = Bell(), list[int]()

    def produce(first: int) -> None:
        for number in range(first, first + 500):
            items.append(number)
            bell.ring()

    async def consume() -> int:
        while True:
            seen = bell.rung
            if len(items) == 2000:
                return len(items)
            await bell.wait_async(seen, FOREVER)

    def consume_blocking() -> int:
        while True:
            seen = bell.rung
            if len(items) == 2000:
                return len(items)
            bell.wait(seen, FOREVER)

    with ThreadPoolExecutor(8) as pool:
        blocking = pool.submit(consume_blocking)
        waiting = pool.submit(asyncio.run, consume())
        for number in range(4):
            pool.submit(produce, number * 500)
        assert blocking.result() == waiting.result() == 2000


def test_a_loop_that_has_ended_does_not_stop_the_ringer() -> None:
    bell = Bell()
    loop = asyncio.new_event_loop()
    waiter = loop.create_task(bell.wait_async(bell.rung, FOREVER))
    loop.run_until_complete(asyncio.sleep(0))
    waiter.cancel()
    loop.run_until_complete(asyncio.gather(waiter, return_exceptions=True))
    loop.close()
    bell.ring()

    gone = asyncio.new_event_loop()
    gone.close()
    bell._futures.add((gone, asyncio.Event()))
    bell.ring()
    assert bell.rung == 2
