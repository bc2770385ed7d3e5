"""The tree of errors: each carries a stable code and the HTTP status it answers with."""


class StadtdrahtError(Exception):
    """The root; subclasses are declared beside the service that raises them.

    `code` names it for programs. Texts for people are chosen by code where they are shown.
    """

    code = "error"
    status = 500


class NotFoundError(StadtdrahtError):
    """What was asked for is not there, or not for this person."""

    code = "not_found"
    status = 404


class StaleError(StadtdrahtError):
    """Somebody changed it since it was read."""

    code = "stale"
    status = 409


class InvalidError(StadtdrahtError):
    """The input breaks a rule; `field` names the place, where there is one."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class StoppingError(StadtdrahtError):
    """This process is ending; what it holds is for the next one."""

    code = "stopping"
    status = 503


class PermissionDeniedError(StadtdrahtError):
    """This person may not do that."""

    code = "forbidden"
    status = 403
