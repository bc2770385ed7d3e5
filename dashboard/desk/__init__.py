"""The desk: what staff see and do."""

from fastapi import APIRouter

from dashboard.desk import (
    account,
    actions,
    alarms,
    channel_form,
    channel_kinds,
    channels,
    events,
    failed,
    files,
    inbox,
    knowledge,
    knowledge_form,
    learning,
    login,
    meaning,
    message,
    missing,
    models,
    moderation,
    quarantine,
    record,
    second_factor,
    slip,
    texts,
    tickets,
)

router = APIRouter(include_in_schema=False)
for part in (
    login,
    inbox,
    actions,
    message,
    meaning,
    events,
    files,
    tickets,
    failed,
    quarantine,
    moderation,
    learning,
    models,
    record,
    alarms,
    texts,
    knowledge_form,  # before the list: a new one is no article's name
    knowledge,
    channel_form,  # before the channels: a new one is no channel's name
    channels,
    channel_kinds,
    account,
    second_factor,
    slip,
    missing,  # last: it answers what no other one does
):
    router.include_router(part.router)
