"""Put on the path as `sitecustomize`: notes every connection and name that is looked up, and unpickling; stops both."""

import os
import sys

_LOCAL = ("127.", "::1", "/", "\0", "localhost")


def _note(name: str, text: str) -> None:
    path = os.environ.get(name)
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - as little as can be is imported here
            file.write(text + "\n")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple):
            _note("CONNECTIONS", f"{address[0]}:{address[1]}")
            if not str(address[0]).startswith(_LOCAL):
                raise PermissionError(f"a socket was to be connected to {address[0]}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode() if isinstance(host, bytes) else str(host)
        if host is not None and not name.startswith(_LOCAL):
            _note("CONNECTIONS", f"{name}:{arguments[1]} (looked up)")
            raise PermissionError(f"a socket was to be connected to {name}")
    elif event == "pickle.find_class":
        _note("UNPICKLED", f"unpickled {arguments[0]}.{arguments[1]}")


sys.addaudithook(_watch)
