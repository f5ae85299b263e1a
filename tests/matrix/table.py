"""The permission table: what each URL answers to each role, by relation of the row to the role's own work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.world import RELATIONS, ROLES, World

Expected = int | tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One URL and method. ``expect``: role → status, or statuses in the order of RELATIONS when the URL names a row.

    ``kwargs(world, relation)`` makes the URL's arguments (and the row, where it is not in the world yet);
    ``data(world, relation)`` the posted form. Roles that are left out answer 403.
    """

    url: str
    expect: Mapping[str, Expected]
    method: str = "GET"
    kwargs: Callable[[World, str], dict[str, Any]] | None = None
    data: Callable[[World, str], dict[str, Any]] | None = None
    query: str = ""

    @property
    def name(self) -> str:
        """How tests name it: method and URL."""
        return f"{self.method}-{self.url}{self.query}"

    def cases(self) -> list[tuple[str, str, int]]:
        """(role, relation, status) of each case; the relation is "own" where the URL names no row."""
        found = []
        for role in ROLES:
            expected = self.expect.get(role, 403)
            relations = RELATIONS if self.kwargs else RELATIONS[:1]
            statuses = expected if isinstance(expected, tuple) else (expected,) * len(relations)
            if len(statuses) != len(relations):
                raise ValueError(f"{self.url} {role}: {len(statuses)} statuses for {len(relations)} relations")
            found += [(str(role), relation, status) for relation, status in zip(relations, statuses, strict=True)]
        return found


# Usual answers: to a row of the own team's sight, and to a page without a row.
SEEN = {
    "am": (200, 404, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "back_office": (200, 200, 404, 404),
    "admin": (200, 200, 200, 404),
}
EVERYBODY = dict.fromkeys([str(role) for role in ROLES], 200)


def only(*roles: str, status: int = 200) -> dict[str, int]:
    """A page for some roles; the others get 403."""
    return dict.fromkeys(roles, status)


API = (
    "openapi-json", "api-root", "me", "clients", "client", "facts", "visits", "journals", "scorecards", "alerts",
    "import-clients", "import-facts", "import",
)  # fmt: skip

# URLs that need no login, with the reason.
PUBLIC = {
    **{f"api:{name}": "a token stands in for the login, see tests/api" for name in API},
    "visits:manifest": "a browser asks for it without cookies",
    "visits:worker": "the browser renews the script by itself, also while nobody is logged in; it holds no data",
    "calendar": "calendars cannot log in: the address carries a token, see tests/api",
    "healthz": "monitoring asks without an account",
    "metrics": "Prometheus sends a token of its own",
    "people:login": "one logs in here",
    "people:login-code": "the second step of a login; goes back to the first without it",
    "people:sso": "leads to the company's login; not found where there is none",
    "people:sso-back": "comes from the company's login with a state that this session knows",
    "service:answer": "a client answers a survey by a personal signed link, once, until it ends",
    "service:say": "a client registers by the own signed link or QR code; it shows nothing, is limited in rate",
    "setup": "opens with a key, and only until the first account is made, see tests/experience",
    "set_language": "the login page has the language switch, too",
}

# Pages that show, by design, names beyond the reader's sight: whoever takes over or comes along, the best, the
# boards of all, what was passed on to the reader. URL → role → relations.
SHOWS: dict[str, dict[str, tuple[str, ...]]] = {
    "clients:handover": {"am": ("team",)},
    "clients:handover-print": {"am": ("team",)},
    "clients:handovers": {"am": ("other_team", "team"), "supervisor": ("other_team",)},
    "clients:team-new": {"supervisor": ("other_team",)},
    "home": {"back_office": ("other_team",), "supervisor": ("other_team",)},
    "journals:best": {"am": ("other_team", "team"), "back_office": ("other_team",), "supervisor": ("other_team",)},
    "journals:joint-new": {"back_office": ("other_team",), "supervisor": ("other_team",)},
    "journals:plan": {"am": ("team",)},
    "kpi:board": {"am": ("other_team", "team"), "supervisor": ("other_team",)},
    "people:notifications": {"back_office": ("other_team",)},
    "service:interviews": {"back_office": ("other_team",)},
    "service:list": {"back_office": ("other_team",), "supervisor": ("other_team",)},
    "service:new": {"back_office": ("other_team",)},
    "service:rechecks": {"back_office": ("other_team",)},
    "service:slips": {"back_office": ("other_team",), "supervisor": ("other_team",)},
}
