"""Tokens: made by a person for a program that acts in that person's name, narrowed by scopes, ended by a date."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from crm.models import ApiToken
from people.models import Role, User

PREFIX = "zf_"
LONGEST_DAYS = 365
TOUCH_EVERY = dt.timedelta(minutes=1)  # "last used" is not worth a write for each request


@dataclass(frozen=True)
class Scope:
    """What a token may be used for, and by whom."""

    label: Any
    roles: tuple[str, ...]


EVERYBODY = tuple(Role.values)
SCOPES = {
    "read": Scope(_("Read what I can see"), EVERYBODY),
    "visits": Scope(_("Log visits"), (Role.AM, Role.SUPERVISOR)),
    "data": Scope(_("Import clients and monthly facts"), (Role.HR, Role.ADMIN)),
    "calendar": Scope(_("Subscribe to my calendar"), (Role.AM, Role.SUPERVISOR)),
}


def scopes_for(user: User) -> dict[str, Scope]:
    """The scopes that a person may give away."""
    return {name: scope for name, scope in SCOPES.items() if user.role in scope.roles}


def make(user: User, name: str, scopes: list[str], days: int) -> tuple[ApiToken, str]:
    """A new token and its secret, which is kept nowhere else. ValueError for a scope that is not the person's."""
    if not scopes or set(scopes) - set(scopes_for(user)):
        raise ValueError(f"not among the person's scopes: {sorted(set(scopes) - set(scopes_for(user)))}")
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = periods.now() + dt.timedelta(days=min(days, LONGEST_DAYS))
    token = ApiToken.objects.create(
        user=user,
        name=name,
        scopes=sorted(scopes),
        digest=digest(secret),
        hint=secret[:8],
        expires_at=expires_at,
        generation=user.generation,
    )
    return token, secret


def find(secret: str) -> ApiToken | None:
    """The living token of a person who may log in; None for any other text."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    now = periods.now()
    found = ApiToken.objects.living().select_related("user__unit").filter(digest=digest(secret)).first()
    if found:
        used_long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - TOUCH_EVERY)
        ApiToken.objects.filter(used_long_ago, pk=found.pk).update(last_used_at=now)
    return found


def allows(token: ApiToken, scope: str) -> bool:
    """Whether a token may be used for something: its scope, and still within its person's role."""
    return scope in token.scopes and token.user.role in SCOPES[scope].roles


def digest(secret: str) -> str:
    """What is kept of a secret. Its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
