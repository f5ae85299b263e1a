"""Signed addresses for people without a login, and how often they may be used."""

from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest

from clients.models import Client
from people.throttle import address_of
from service.models import ClientLink

HOUR, DAY = 3600, 24 * 3600
PER_ADDRESS = 30  # posts an hour from one address: a shop's customers may share one
PER_LINK = 10  # registrations a day through one client's link

_clients = signing.Signer(salt="service.client")


def token_of(client: Client) -> str:
    """The client's token: id and version with a signature that nobody can make up."""
    link = ClientLink.objects.filter(client=client).first()
    return _clients.sign(f"{client.pk}.{link.version if link else 1}").replace(":", "~")


def client_of(token: str) -> Client | None:
    """The active client whose token it is, or who took that one in; None for a forged, garbled or renewed one."""
    try:
        number, _dot, version = _clients.unsign(token.replace("~", ":")).partition(".")
    except signing.BadSignature:
        return None
    client = Client.objects.select_related("org__organisation", "owner__unit", "standing", "service_link")
    found = client.filter(pk=number).first()
    current = getattr(found, "service_link", None)
    if found is None or int(version) != (current.version if current else 1):
        return None
    while found is not None and found.merged_into_id:  # the code on the counter outlives a merge
        found = client.filter(pk=found.merged_into_id).first()
    return found if found is not None and found.is_active else None


def too_many(request: HttpRequest, link: str, per_link: int = PER_LINK) -> bool:
    """Count a post; True once an address in an hour or a link in a day has sent too many."""
    keys = {f"service:from:{address_of(request)}": (PER_ADDRESS, HOUR), f"service:by:{link}": (per_link, DAY)}
    counts = {key: _count(key, seconds) for key, (_limit, seconds) in keys.items()}  # both, whichever is over
    return any(counts[key] > limit for key, (limit, _seconds) in keys.items())


def _count(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        cache.set(key, 1, seconds)
        return 1
