"""The staff's JSON API: conversations, tickets, search, with the rights of the token's user."""

from fastapi import APIRouter

from dashboard.api.staff import conversations, search, tickets
from dashboard.api.staff.models import Problem

router = APIRouter(prefix="/api/v1", responses={401: {"model": Problem}, 403: {"model": Problem}})
for part in (conversations, tickets, search):
    router.include_router(part.router)
