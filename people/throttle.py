"""Slows down guessing of passwords: a few failures per account from one address, more per address over all accounts.

An account is never locked as such, or anybody could lock a colleague out: the limits count address and account
together, and the address alone.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 15 * 60  # seconds
PER_ACCOUNT = 5
PER_ADDRESS = 50


@dataclass(frozen=True)
class Attempt:
    """A login attempt: which account, from where."""

    username: str
    address: str

    @property
    def _limits(self) -> dict[str, int]:
        account = self.username.strip().lower()[:40].encode().hex()
        return {f"login:{self.address}:{account}": PER_ACCOUNT, f"login:{self.address}": PER_ADDRESS}

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


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the address that the outermost trusted proxy saw; no header is believed without one.

    ``TRUSTED_PROXIES`` is how many proxies of our own stand in front and append to X-Forwarded-For.
    """
    proxies = settings.TRUSTED_PROXIES
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
