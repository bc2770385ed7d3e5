"""Files on citizens' pages: the widget's loader, robots, the favicon, harmless pictures."""

from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from dashboard.render import STATIC, static

router = APIRouter()
_ROBOTS = """User-agent: *
Disallow: /t/
Disallow: /chat
Disallow: /desk
Disallow: /api/
"""
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})


@router.get("/widget.js")
def widget() -> Response:
    """Return the loader that any page may embed."""
    return Response(
        (STATIC / "widget.js").read_bytes(),
        media_type="text/javascript; charset=utf-8",
        headers={
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


@router.get("/favicon.ico")
def favicon() -> Response:
    """Lead to the picture."""
    return RedirectResponse(static("favicon.svg"), status_code=307)


@router.get("/robots.txt")
def robots() -> Response:
    """Keep search engines off what is nobody else's business."""
    return PlainTextResponse(_ROBOTS)


def picture_response(content: bytes, media_type: str, name: str) -> Response:
    """Return a citizen's file: a picture to look at, all else to download, nothing to execute."""
    kind = media_type if media_type in _SHOWN else "application/octet-stream"
    how = "inline" if kind == media_type else "attachment"
    return Response(
        content,
        media_type=kind,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
