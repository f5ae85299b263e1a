"""Calls to other servers: JSON by POST to an address that somebody typed in.

The host's name is looked up once, each of its addresses must be a public one, and the connection goes to the address
that was checked: a name that points into the own network, or changes meanwhile, reaches nothing. No redirects.
``OUTBOUND_PRIVATE=1`` allows plain http and private addresses, for a relay inside the house.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 64 * 1024


class Refused(Exception):
    """The address may not be called; the message says why."""


class NotSent(Exception):
    """The other side got nothing: the call can be made again."""


class Unclear(Exception):
    """The connection broke after the call went out: the other side may have got it."""


@dataclass(frozen=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be called, whatever its host's name leads to; Refused otherwise."""
    schemes = ("https", "http") if settings.OUTBOUND_PRIVATE else ("https",)
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address of IPv6 in them, a port that is no number
        is_good = False
    if not is_good:
        raise Refused(_("Enter an address that begins with https://."))
    if parts.username or parts.password:
        raise Refused(_("Leave user name and password out of the address."))
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet; IPv4 inside IPv6 counts as IPv4."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in ipaddress.ip_network("2000::/3"):  # nothing else is given to the internet (RFC 4291)
            return False
    return found.is_global and not found.is_multicast


def resolve(host: str, port: int) -> str:
    """The IP address to connect to; Refused when the name leads into a private network, NotSent when nowhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(_("The host %(host)s is not found.") % {"host": host}) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not settings.OUTBOUND_PRIVATE and not all(is_public(address) for address in addresses):
        raise Refused(_("The address leads into a private network, which is not allowed."))
    return addresses[0]


def post_json(url: str, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """The answer to a call. Refused, NotSent or Unclear when there is none."""
    return post_body(url, json.dumps(payload, ensure_ascii=False).encode(), headers)


def post_body(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """The same for JSON that is written already, because its bytes are signed."""
    parts = check_address(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = _connect(parts.scheme, host, port)
        target = iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        try:
            connection.request(
                "POST", target, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
            )
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(LONGEST_ANSWER))
        except (OSError, http.client.HTTPException) as error:
            raise Unclear(_("The connection broke before an answer came.")) from error
    finally:
        connection.close()


def _connect(scheme: str, host: str, port: int) -> socket.socket:
    address = resolve(host, port)
    try:
        plain = socket.create_connection((address, port), TIMEOUT_SECONDS)
        if scheme == "http":
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
    except OSError as error:
        raise NotSent(_("No connection to %(host)s.") % {"host": host}) from error
