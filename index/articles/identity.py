"""What makes an article the same one after an edit: its id, else its canonical url, else its path."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

_TRACKING: Final = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|twclid|yclid|igshid|mc_[ce]id|ocid|_ga|_gl", re.IGNORECASE
)
_LONGEST_URL: Final = 2048
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def web_address(url: str) -> str | None:
    """The url as a link that can be shown and followed; None where it is no http or https address."""
    url = url.strip()
    # The length first: splitting normalises the host, which takes the square of a long one's accents.
    if len(url) > _LONGEST_URL or re.search(r"[\s\x00-\x20\x7f-\x9f<>\"`\\]", url) or _split(url) is None:
        return None
    return url


def canonical_url(url: str) -> str | None:
    """The form in which two links to one article are equal; None where the url can't tell one article from another.

    Scheme and host in lower case, no default port, no fragment, no tracking parameters, no slash at the end. Everything
    else stays: an unknown parameter may be what tells two articles apart, which is why no general cleaner does this
    (courlan, for one, drops ``cid``, ``eid`` and ``uid``, by which content systems number their stories). A bare
    front page names an outlet, not an article.
    """
    address = web_address(url)
    parts = _split(address) if address is not None else None
    if parts is None or parts.hostname is None:
        return None
    scheme = parts.scheme.lower()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    netloc = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.split("=")[0]))
    path = parts.path.rstrip("/")
    if not path and not query:
        return None
    return urlunsplit((scheme, netloc, path, query, ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port >= 0
    except ValueError:
        return None
    named = parts.scheme.lower() in _DEFAULT_PORTS and parts.hostname and parts.username is None
    return parts if named and port_is_readable else None
