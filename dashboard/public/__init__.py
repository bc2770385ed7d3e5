"""The citizens' pages: report, chat, tickets, markets, the city's texts."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from dashboard.public import chat, files, markets, pages, report, stream, tickets

_ENDLESS = "/chat/events"  # asking for the head of a stream would open it

router = APIRouter(include_in_schema=False)
for _part in (report, chat, stream, tickets, markets, pages, files):
    for _route in _part.router.routes:
        if isinstance(_route, APIRoute) and _route.methods == {"GET"} and _route.path != _ENDLESS:
            _route.methods = {"GET", "HEAD"}
    router.include_router(_part.router)
