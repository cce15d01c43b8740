"""Why a request is not taken as a whole."""


class RequestRefusedError(Exception):
    """Nothing of the request was taken.

    Attributes:
        status: of the HTTP answer.
        detail: what is wrong and what to do next; no value out of an event.
        headers: of the answer.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def try_later(status: int, detail: str, seconds: int) -> RequestRefusedError:
    """The same request may be taken after so many seconds."""
    return RequestRefusedError(status, detail, {"Retry-After": str(seconds)})
