"""The desk: what staff see and do."""

from fastapi import APIRouter

from dashboard.desk import (
    account,
    actions,
    events,
    failed,
    files,
    inbox,
    login,
    quarantine,
    texts,
    tickets,
)

router = APIRouter(include_in_schema=False)
for part in (
    login,
    inbox,
    actions,
    events,
    files,
    tickets,
    failed,
    quarantine,
    texts,
    account,
):
    router.include_router(part.router)
