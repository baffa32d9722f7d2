"""Who may ask: a browser that reached this machine by a name of it, from no page or one of ours.

A page of another site can make a browser send requests to this machine. It is refused by what it cannot forge: the name
it was reached by (``Host``; a foreign name that resolves to this machine is DNS rebinding) and the page that asks
(``Origin``). A websocket must show, besides, the token that its page came with, and in time: Bokeh would answer another
one with a traceback on the terminal.
"""

import time
import zlib
from typing import Any

from bokeh.util.token import check_token_signature, get_token_payload
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

__all__ = ["Ours"]

_SOCKET = "/ws"


class Ours(Matcher):
    """Matches requests that are ours.

    Parameters
    ----------
    hosts : collection of str
        Names of this server, each with its port.
    key : bytes
        What tokens are signed with.
    """

    def __init__(self, hosts: "set[str]", key: bytes) -> None:
        self._hosts, self._key = hosts, key
        self._origins = {f"http://{host}" for host in hosts}

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return arguments for the handler, none, or None where the request is foreign."""
        origins = request.headers.get_list("Origin")
        ours = request.headers.get_list("Host") and request.host.lower() in self._hosts
        if not ours or not all(origin.lower() in self._origins for origin in origins):
            return None
        return {} if request.path != _SOCKET or self._invited(request) else None

    def _invited(self, request: HTTPServerRequest) -> bool:
        spoken = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if len(spoken) != 2 or spoken[0] != "bokeh":
            return False
        try:
            signed = check_token_signature(spoken[1], secret_key=self._key, signed=True)
            return signed and time.time() < get_token_payload(spoken[1])["session_expiry"]
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):  # it is no token
            return False
