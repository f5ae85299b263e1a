"""Where a person is logged in, and how to end it: one login, all but this one, or everything at once."""

import datetime as dt
import re
import time
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from crm.lib import periods
from people.models import Session, User
from people.sessions import ADDRESS, BEGAN, DEVICE, SEEN, is_over

# What a browser says of itself → its name, the first that fits: most of them also claim to be Chrome and Safari.
BROWSERS = (
    ("wxwork", "企业微信"), ("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("Lark|Feishu", "飞书"),
    ("HuaweiBrowser", "华为浏览器"), ("MiuiBrowser", "小米浏览器"), ("QQBrowser", "QQ 浏览器"),
    ("UCBrowser", "UC 浏览器"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("OpenHarmony|HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
PHONES = {"HarmonyOS", "Android", "iPhone", "iPad"}


@dataclass(frozen=True)
class Login:
    """One browser in which a person is logged in. ``mark`` stands in for the session's key, which opens it."""

    mark: str
    browser: str
    system: str
    address: str
    began_at: dt.datetime
    seen_at: dt.datetime
    is_here: bool
    key: str

    @property
    def is_phone(self) -> bool:
        """Whether the device is one that is carried about."""
        return self.system in PHONES


def of(user: User, here: str | None = None) -> list[Login]:
    """The living logins of a person, this one (``here`` is its key) first, then the latest seen."""
    now, right, found = int(time.time()), user.get_session_auth_hash(), []
    for row in user.sessions.filter(expire_date__gt=periods.now()):
        data = row.get_decoded()
        if is_over(data, now) or not constant_time_compare(data.get(HASH_SESSION_KEY, ""), right):
            continue
        found.append(_login(row.session_key, data, row.session_key == here))
    return sorted(found, key=lambda login: (not login.is_here, -login.seen_at.timestamp()))


def _login(key: str, data: dict[str, Any], is_here: bool) -> Login:
    device = str(data.get(DEVICE, ""))
    began, seen = (periods.local(dt.datetime.fromtimestamp(data[name], dt.UTC)) for name in (BEGAN, SEEN))
    names = (_first(BROWSERS, device), _first(SYSTEMS, device))
    return Login(mark_of(key), *names, str(data.get(ADDRESS, "")), began, seen, is_here, key)


def _first(names: tuple[tuple[str, str], ...], device: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, device)), "")


def mark_of(key: str) -> str:
    """What a page may say in place of a session's key."""
    return salted_hmac("people.logins.mark", key, algorithm="sha256").hexdigest()[:24]


def end(logins: list[Login]) -> int:
    """Log these browsers out with their next request; how many they were."""
    for login in logins:
        Session.get_session_store_class()(login.key).delete()
    return len(logins)


def close(people: QuerySet[User]) -> int:
    """End all logins, tokens and links of these people for good; how many people they are.

    The database does the same by itself when somebody is switched off or gets another role.
    """
    return people.update(generation=F("generation") + 1)


def forget_old() -> int:
    """Take out sessions whose time is over; how many they were."""
    return Session.objects.filter(expire_date__lt=periods.now()).delete()[0]
