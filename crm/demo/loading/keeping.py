"""What supervisors do about the file: clients entered twice, handovers, a leave; and what clients are worth."""

import datetime as dt
from typing import Any

from clients import ownership
from clients.models import Client, Handover, HandoverClient, StageChange
from clients.names import spelling
from clients.services.handover import cover_leave, plan_handover, tick, usual_checklist
from crm.demo.cards import Card
from crm.demo.loading.base import Loading, aware
from crm.demo.loading.people import hand_over_day
from crm.demo.loading.results import run_job
from crm.lib import periods
from people.models import Role, User
from people.services import supervisors_of

MORNING = dt.time(9, 20)
HANDED = 14  # clients of the handover that waits


def value_clients(loading: Loading) -> None:
    """Value and stage of every client; the file begins with the stages that the rules give."""
    month = periods.last_whole_month(loading.today)
    run_job(loading, "value_clients", periods.Period.month(month))
    StageChange.objects.filter(client__organisation=loading.organisation).delete()


def load_keeping(loading: Loading) -> None:
    """Doubles with the scan that finds them, a handover of the past and one to come, a leave."""
    managers = [loading.users[person["username"]] for person in loading.staff(Role.AM) if not person.get("leaves")]
    with periods.clock_at(aware(dt.datetime.combine(loading.today - dt.timedelta(days=2), MORNING))):
        _doubles(loading)
        _leave(managers[2], managers[3])
        _to_come(loading, managers[4], managers[5])
    _retired(loading)
    run_job(loading, "find_duplicates", periods.Period.week(loading.today))


def _doubles(loading: Loading) -> None:
    """Three clients that somebody has entered anew: with another spelling of the code, of the name, or a new number."""
    rng = loading.stream("doubles")
    first, second, third = rng.sample([card for card in loading.cards if card.has_place and card.story is None], 3)
    short = third.name.replace("便利店", "便利商店").replace("超市", "连锁超市")
    made = [
        _double(loading, first, code=f"{first.code[:4]}-{first.code[4:]}", address=""),
        _double(loading, second, code=f"{second.code[:-2]}99", name=f"{second.name}（新）"),
        _double(loading, third, code=f"{third.code[:-2]}98", name=short, phone=third.people[0].phone),
    ]
    ownership.record("SELECT unnest(%s::bigint[])", [[client.pk for client in made]], periods.today())


def _double(loading: Loading, card: Card, **changes: Any) -> Client:
    like = loading.clients[card.pk]
    values = {
        "name": like.name, "phone": like.phone, "address": like.address, "kind": like.kind, "market": like.market,
        "business_format": like.business_format, "stage": "new", "opened_on": periods.today(), **changes,
    }  # fmt: skip
    return Client.objects.create(
        organisation=loading.organisation, org=like.org, owner=like.owner, pinyin=spelling(values["name"]), **values
    )


def _supervisor(manager: User) -> User:
    return supervisors_of(manager)[0]


def _leave(person: User, deputy: User) -> None:
    start = periods.today() + dt.timedelta(days=1)
    cover_leave(person, deputy, start, start + dt.timedelta(days=9), by=_supervisor(person), reason="年休假")


def _to_come(loading: Loading, giver: User, taker: User) -> None:
    """A street goes to the neighbouring grid from the first of next month on; half of the list is done."""
    day = periods.add_months(periods.month_of(loading.today), 1)
    street = Client.objects.filter(owner=giver).order_by("address", "pk").values("pk")[:HANDED]
    made = plan_handover(
        giver,
        taker,
        day,
        Client.objects.filter(pk__in=street),
        by=_supervisor(giver),
        reason="网格微调",
        note="沿街客户随网格边界调整，约定的送货日不变。",
    )
    tick(made, [0, 1, 2])


def _retired(loading: Loading) -> None:
    """Who left has handed everything over and signed."""
    leaver = next((person for person in loading.staff(Role.AM) if person.get("leaves")), None)
    joiner = next((person for person in loading.staff(Role.AM) if person.get("joins")), None)
    if leaver is None or joiner is None:
        return
    giver, taker, day = loading.users[leaver["username"]], loading.users[joiner["username"]], hand_over_day(loading)
    moment = aware(dt.datetime.combine(day, MORNING))
    made = Handover.objects.create(
        organisation=loading.organisation, giver=giver, taker=taker, day=day, reason="退休",
        note="重点户已逐户上门介绍。", checklist=[{"text": text, "done": True} for text in usual_checklist()],
        made_by=_supervisor(taker), made_at=moment - dt.timedelta(days=12),
        giver_signed_at=moment, taker_signed_at=moment + dt.timedelta(minutes=40), done_at=moment,
    )  # fmt: skip
    taken = Client.objects.filter(ownerships__owner=taker, ownerships__valid_from=day).order_by("pk").distinct()
    HandoverClient.objects.bulk_create(
        [HandoverClient(handover=made, client_id=pk, taken=True) for pk in taken.values_list("pk", flat=True)]
    )
