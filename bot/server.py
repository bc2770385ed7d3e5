"""The serving process: the app, the web by name, an orderly end."""

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from socket import socket
from threading import Event
from typing import cast

import click
import uvicorn
from uvicorn._types import ASGIApplication

from bot import addresses
from bot.app import App
from bot.config import Settings
from bot.errors import StadtdrahtError
from bot.processes.states import Role

_SWITCH = 0.001  # seconds: a request waits less for the threads that process
_LOOK_EVERY = 0.5  # seconds
_GRACE = 8  # seconds for open requests; the whole stop has to fit into ten


class CannotListenError(StadtdrahtError):
    """The address is taken or not ours."""

    code = "cannot_listen"


class CannotStartError(StadtdrahtError):
    """Something that no check has foreseen."""

    code = "cannot_start"


class _Server(uvicorn.Server):
    """Tells the app first, so that open streams end and the stop is not kept waiting.

    Not in the signal handler: a second signal would meet the locks that the first one holds.
    """

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then say where everything is; raises `CannotStartError`."""
        try:
            await super().startup(sockets)
        except SystemExit:
            message = "The server cannot start; its log names the error and the place."
            raise CannotStartError(message) from None
        if self.started:
            _say_where(self._app)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End the loops and streams, then the server."""
        self._app.ask_to_stop()
        await super().shutdown(sockets)


def serve(settings: Settings, role: Role = Role.ALL) -> None:
    """Serve until a signal ends it; `bot` names the web and never imports it.

    A role without pages serves its health and its metrics.
    """
    sys.setswitchinterval(_SWITCH)
    app = App.create(settings, role)
    app.prepare()
    try:
        listener = addresses.listen(settings.host, settings.port, backlog=2048)
    except OSError as error:
        where = addresses.shown(settings.host, settings.port)
        message = f"Cannot listen on {where}: {addresses.reason(error)}."
        raise CannotListenError(message) from None
    pages = import_module("dashboard.app" if app.has(Role.WEB) else "dashboard.monitor")
    create = cast("Callable[[App], ASGIApplication]", pages.create_app)
    config = uvicorn.Config(
        create(app),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies) or None,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30,
        limit_concurrency=2000,
    )
    server = _Server(config, app)
    try:
        server.run(sockets=[listener])
    finally:
        if not server.started:
            app.stop()


def work(settings: Settings, role: Role) -> None:
    """Do the work of a role without pages and without a port, until a signal ends it."""
    app = App.create(settings, role)
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    app.start()
    _say_where(app)
    while not ended.wait(_LOOK_EVERY):  # a wait without an end would not see the signal
        pass
    app.stop()


def _say_where(app: App) -> None:
    if not app.has(Role.WEB):
        click.echo(f"Stadtdraht works as {app.role} (stop with Ctrl+C).")
        return
    base = app.settings.public_url
    click.echo(f"Stadtdraht is ready (stop with Ctrl+C):\n  City page  {base}/")
    click.echo(f"  Chat       {base}/chat\n  Desk       {base}/desk")
