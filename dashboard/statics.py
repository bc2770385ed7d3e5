"""Static files: kept for ever under their content's mark."""

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from dashboard.render import STATIC


class MarkedFiles(StaticFiles):
    """Files whose address carries a mark of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file; with a mark it may be kept for ever."""
        response = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def mount(web: FastAPI) -> None:
    """Serve the folder of static files."""
    web.mount("/static", MarkedFiles(directory=STATIC), name="static")
