"""Content in chunks, once per content."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from bot.attachments import service as attachments
from bot.attachments.models import Blob, BlobChunk
from bot.attachments.service import CHUNK
from bot.db.engine import Database
from tests.fakes.clock import NOON


def store(database: Database, *contents: bytes) -> list[int]:
    with database.unit_of_work() as session:
        return attachments.store(session, contents, now=NOON)


CHUNKS = {
    0: 0,
    1: 1,
    CHUNK - 1: 1,
    CHUNK: 1,
    CHUNK + 1: 2,
    2 * CHUNK: 2,
    3 * CHUNK: 3,
}


def test_content_comes_back_whatever_its_size(database: Database) -> None:
    pattern = b"0123456789abcde" * (CHUNK // 4)
    contents = [pattern[:size] for size in CHUNKS]
    keys = store(database, *contents)
    with database.read() as session:
        assert [attachments.content(session, key) for key in keys] == contents
        found = session.execute(
            select(Blob.size, func.count(BlobChunk.position))
            .outerjoin(BlobChunk, BlobChunk.blob_id == Blob.id)
            .group_by(Blob.id)
        )
        assert dict(found.all()) == CHUNKS


def test_the_same_content_is_shared(database: Database) -> None:
    first = store(database, b"a", b"b", b"a")
    second = store(database, b"c", b"a")
    assert first[0] == first[2] == second[1]
    assert len({*first, *second}) == 3
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BlobChunk)) == 3
    assert store(database) == []


def test_an_unknown_blob_has_no_content(database: Database) -> None:
    with database.read() as session:
        assert attachments.content(session, 999) == b""


def test_who_stores_the_same_at_once_shares_it(database: Database) -> None:
    contents = [bytes([number]) * 1000 for number in range(12)]

    def store_all(turn: int) -> list[int]:
        order = contents if turn % 2 else contents[::-1]
        keys = store(database, *order)
        return keys if turn % 2 else keys[::-1]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(store_all, range(6)))
    assert all(answer == answers[0] for answer in answers)
    with database.read() as session:
        assert [attachments.content(session, key) for key in answers[0]] == contents
        assert session.scalar(select(func.count()).select_from(BlobChunk)) == 12
