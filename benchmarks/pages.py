"""Pages of the product, warm, beside a bare view of the same rows."""

import gc
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Line, Taken, line, p95, timed

BARE_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
MOST_QUERIES = 12
DEEP = 0.8  # how far into the list the deep page lies


@dataclass
class Page:
    """A page for somebody, and its floor."""

    name: str
    user: Any
    url: str
    bare: str
    post: Callable[[], dict[str, Any]] | None = None


def pages() -> list[Page]:
    """The pages of the morning, for people in the middle of the first organisation."""
    from clients.models import Client
    from crm.lib import periods
    from people.models import User

    managers = User.objects.filter(role="am", is_active=True).select_related("unit").order_by("pk")
    am = managers[managers.count() // 8]
    supervisor = User.objects.get(role="supervisor", unit=am.unit.parent)
    head = User.objects.get(role="supervisor", unit=am.unit.organisation_id)
    hr = User.objects.get(role="hr", unit=am.unit.organisation_id)
    one = Client.objects.filter(owner=am, is_active=True, stage="active").order_by("pk")[3]
    codes = Client.objects.filter(organisation=am.organisation_id, is_active=True).order_by("code")
    deep = codes[int(codes.count() * DEEP)]
    cursor = next_of("/clients/", deep)

    def new_visit() -> dict[str, Any]:
        return {
            "client": one.pk, "client_uuid": uuid.uuid4(), "checked_in_at": periods.now().isoformat(),
            "mode": "on_site", "purpose": "routine", "result": "done", "people_met": "店主",
            "note": "检查陈列，核对订单", "longitude": one.longitude, "latitude": one.latitude,
            "accuracy_m": 12, "then": "",
        }  # fmt: skip

    return [
        Page("AM home", am, "/", "/home/"),
        Page("client list", am, "/clients/", "/clients/"),
        Page("client list of HR", hr, "/clients/", "/clients/"),
        Page("deep page", hr, cursor, f"/clients/?code={deep.code}"),
        Page("search by two characters", hr, "/clients/?q=兴隆", "/clients/?q=兴隆"),
        Page("client page", am, f"/clients/{one.pk}/", f"/client/?pk={one.pk}"),
        Page("visit form", am, f"/visits/new/?client={one.pk}", f"/visit/?pk={one.pk}"),
        Page("visit POST", am, "/visits/new/", "/visit/", post=new_visit),
        Page("review desk", supervisor, "/journals/desk/", "/desk/"),
        Page("supervisor dashboard", supervisor, "/", "/team/"),
        Page("province dashboard", head, "/", "/team/"),
        Page("leaderboard", am, "/kpi/board/", "/board/"),
    ]


def next_of(url: str, after: Any) -> str:
    """Address of the page behind a client."""
    from django.test import RequestFactory

    from crm.lib.pages import _url

    return url + _url(RequestFactory().get(url), "after", ("code", "pk"), after)


def browsers() -> tuple[Any, Any]:
    """Two clients of Django's: one of the product, one of the bare views."""
    from django.test import Client
    from django.test.utils import override_settings

    product, bare = Client(), Client()
    product.handler.load_middleware()
    with override_settings(MIDDLEWARE=BARE_MIDDLEWARE):
        bare.handler.load_middleware()
    return product, bare


def measure(scale: float, *, times: int = 40) -> Iterator[Line]:
    """Every page's line."""
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    from crm.assets import collect_when_stale

    collect_when_stale()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    product, bare = browsers()
    gc.freeze()  # as a web process does once it has started
    for page in pages():
        product.force_login(page.user)
        bare.force_login(page.user)

        def ours(page: Page = page) -> Any:
            if page.post:
                return product.post(page.url, page.post())
            return product.get(page.url, follow=False)

        def floor(page: Page = page) -> Any:
            with override_settings(ROOT_URLCONF="benchmarks.bare"):
                return bare.post(page.bare, page.post()) if page.post else bare.get(page.bare)

        while (answer := ours()).status_code == 302 and not page.post:  # the desk leads to its first journal
            page.url = answer["Location"]
        expected = 302 if page.post else 200
        plain = floor()
        for found in (answer, plain):
            if found.status_code != expected:
                raise RuntimeError(f"{page.name}: {found.status_code} {found.content[:300]!r}")
        ours(), floor()
        taken: tuple[list[Taken], list[Taken]] = ([], [])
        for _round in range(times):
            taken[0].append(timed(ours))
            taken[1].append(timed(floor))
        with CaptureQueriesContext(connection) as queries:
            ours()
        yield line(
            page.name, scale, taken, 3, same_rows(page, answer, plain), queries=len(queries),
            p95_s=p95([one.wall for one in taken[0]]),
        )  # fmt: skip


def same_rows(page: Page, ours: Any, floor: Any) -> bool | None:
    """Whether the page shows all that its floor says has to be there."""
    if page.post:
        return None
    words = re.findall(r"<th>(.*?)</th>", floor.content.decode())
    text = ours.content.decode()
    return bool(words) and all(word in text for word in words)
