"""The organisation: units, staff, postings."""

import datetime as dt
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from crm.demo import PASSWORD
from crm.demo.cards import Maker
from crm.demo.loading.base import Loading
from crm.demo.shops import grids
from crm.lib import periods
from crm.lib.workdays import same_or_next_work_day
from people import services
from people.models import Level, OrgUnit, Posting, Role, User
from people.services import add_person, create_unit

TITLES = {"am": "客户经理"}
NEW_SINCE = dt.timedelta(days=62)  # the newcomer took over two months ago


def create_organisation(cast: dict[str, Any]) -> OrgUnit:
    """The root unit; what the packages lay for a new organisation (standards, schemes) comes with it."""
    return services.create_organisation(cast["code"], cast["name"], cast["profile"])


def load_people(loading: Loading, region: dict[str, Any]) -> None:
    """Departments, grids, staff with one password for all, and their postings."""
    loading.units[loading.organisation.code] = loading.organisation
    for unit in loading.cast["units"]:
        loading.units[unit["code"]] = create_unit(loading.organisation, unit["code"], unit["name"], unit["level"])
    maker = Maker(loading.stream("places"), loading.today, region, "")
    for town, grid in grids(region):
        longitude, latitude = maker.spot(town["x"] + grid["dx"], town["y"] + grid["dy"])
        parent = loading.units[grid["code"][:4]]
        loading.units[grid["code"]] = create_unit(
            parent, grid["code"], grid["name"], Level.GRID, longitude=longitude, latitude=latitude
        )
    rng = loading.stream("staff")
    for number, person in enumerate(loading.cast["staff"], start=1):
        unit = loading.units[person.get("grids", [person["unit"]])[0]]
        loading.users[person["username"]] = add_person(
            unit,
            person["username"],
            person["name"],
            person["role"],
            employee_number=f"{loading.organisation.code}{number:04}",
            post_title=person.get("title") or TITLES.get(person["role"], ""),
            phone=f"{loading.cast['phone']}{number * 37:04}",
            joined_on=_joined(loading, person, rng.randint(0, 200)),
        )
    User.objects.filter(pk__in=[user.pk for user in loading.users.values()]).update(
        password=hashed(PASSWORD), must_change_password=False
    )
    _say_goodbye(loading)


@cache
def hashed(password: str) -> str:
    """The slow part of making people, done once."""
    return make_password(password)


def hand_over_day(loading: Loading) -> dt.date:
    """The newcomer's first day."""
    return same_or_next_work_day(loading.today - NEW_SINCE)


def _joined(loading: Loading, person: dict[str, Any], days: int) -> dt.date:
    if person.get("joins"):
        return hand_over_day(loading)
    start = periods.add_months(periods.this_month(), -12 * person["years"])
    return start - dt.timedelta(days=days)


def _say_goodbye(loading: Loading) -> None:
    """Whoever has left keeps the posting of old and logs in no more."""
    last = hand_over_day(loading) - dt.timedelta(days=1)
    gone = [loading.users[person["username"]].pk for person in loading.staff(Role.AM) if person.get("leaves")]
    Posting.objects.filter(user__in=gone).update(valid_to=last)
    User.objects.filter(pk__in=gone).update(is_active=False)
