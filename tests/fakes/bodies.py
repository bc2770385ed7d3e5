"""Reading what a client asks: all of it, or nothing was asked."""

from http.server import BaseHTTPRequestHandler


def whole(request: BaseHTTPRequestHandler) -> bytes:
    """Return a request's body; raises `ConnectionAbortedError` where the client died within it."""
    length = int(request.headers.get("Content-Length") or 0)
    body = request.rfile.read(length)
    if len(body) < length:
        raise ConnectionAbortedError("the client has gone before it had asked")
    return body
