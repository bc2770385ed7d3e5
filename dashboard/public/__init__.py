"""The citizens' pages: report, chat, tickets, markets, the city's texts."""

from fastapi import APIRouter

from dashboard.public import chat, files, markets, pages, report, stream, tickets

router = APIRouter(include_in_schema=False)
for _part in (report, chat, stream, tickets, markets, pages, files):
    router.include_router(_part.router)
