"""Slows down guessing of passwords and codes: per account from one address, per account from anywhere, per address.

An account is never locked as such, or anybody could lock a colleague out: a device on which the person has logged in
before carries a signed cookie and is counted by itself, whatever others try elsewhere.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

WINDOW = 15 * 60  # seconds
PER_ACCOUNT = 5  # from one address
PER_ACCOUNT_ANYWHERE = 100  # by devices that nobody knows
PER_ADDRESS = 50
DEVICE_COOKIE = "__Host-device" if settings.HTTPS else "zoufang_device"
DEVICE_AGE = 365 * 24 * 3600


@dataclass(frozen=True)
class Attempt:
    """A login attempt: which account, from where, and on which device that the account knows ("" for none)."""

    username: str
    address: str
    device: str = ""

    @property
    def _limits(self) -> dict[str, int]:
        account = _plain(self.username).encode().hex()
        if self.device:
            return {f"login:{account}:device:{self.device}": PER_ACCOUNT}
        return {
            f"login:{self.address}:{account}": PER_ACCOUNT,
            f"login:{account}:anywhere": PER_ACCOUNT_ANYWHERE,
            f"login:{self.address}": PER_ADDRESS,
        }

    def refused(self) -> bool:
        """Whether to wait before another try."""
        counts = cache.get_many(self._limits)
        return any(counts.get(key, 0) >= limit for key, limit in self._limits.items())

    def failed(self) -> None:
        """Count a failure."""
        for key in self._limits:
            cache.add(key, 0, WINDOW)
            cache.incr(key)

    def succeeded(self) -> None:
        """Forget the failures of this account from here."""
        cache.delete(next(iter(self._limits)))


def attempt_of(request: HttpRequest, username: str) -> Attempt:
    """The attempt that a request makes."""
    return Attempt(username, address_of(request), _device_of(request, username))


def _plain(username: str) -> str:
    return username.strip().lower()[:40]


def _device_of(request: HttpRequest, username: str) -> str:
    try:
        known = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return ""
    return str(known[1]) if known[0] == _plain(username) else ""


def remember_device(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """After a login: the device is known to the account from now on."""
    if _device_of(request, username):
        return
    value = signing.dumps([_plain(username), secrets.token_hex(8)], salt=DEVICE_COOKIE)
    response.set_cookie(DEVICE_COOKIE, value, max_age=DEVICE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax")


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the address that the outermost trusted proxy saw; no header is believed without one.

    ``TRUSTED_PROXIES`` is how many proxies of our own stand in front and append to X-Forwarded-For.
    """
    proxies = settings.TRUSTED_PROXIES
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
