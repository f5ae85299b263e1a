"""Requests, complaints, slips and a survey, each through the product's own services at the clock of its day."""

import datetime as dt
import random
import uuid
from decimal import Decimal
from typing import Any

from django.db.models import F

from clients.models import Client
from crm.demo.cards import Card
from crm.demo.loading.base import Loading, aware
from crm.demo.notes import Writer
from crm.demo.telling import Picks, words
from crm.lib import periods
from crm.lib.workdays import is_work_day
from people.models import Notification, Role, User
from service.models import EightD, Invitation, Recheck, ServiceRequest, Wave
from service.rules import Rules, rules_of
from service.services import act, rechecks, register, write_eight_d
from service.services.escalation import escalate
from service.services.slips import advance, give_slip
from service.services.surveys import answer, indicator_labels, open_wave, save_survey

CASES = {"tobacco": 32, "bank": 14}
SLIPS = {"tobacco": 16, "bank": 8}
COMPLAINTS = 0.3
DAYS = 75
MOODS = {"excellent": 0.3, "keen": 0.15, "rough": -0.7, "copier": -0.3, "late": -0.2, "unsure": -0.2}
# How clients mark the nine indicators (satisfaction, importance), before the manager's own share in it.
MARKS = (
    (4.2, 4.4), (3.5, 4.2), (4.0, 4.3), (4.3, 3.6), (4.4, 4.0), (4.2, 3.7), (4.5, 3.2), (3.8, 4.5), (3.4, 4.4),
)  # fmt: skip


def load_service(loading: Loading) -> int:
    """The demo of service; the number of requests."""
    teller = _Teller(loading)
    for _number in range(CASES[loading.profile]):
        teller.request()
    for _number in range(SLIPS[loading.profile]):
        teller.slip()
    _survey(loading)
    escalate(loading.organisation, aware(loading.now))
    # What is older than two days has been read; the bell shows what is new.
    old = Notification.objects.filter(user__in=loading.users.values(), url__startswith="/service/", read_at=None)
    fresh = aware(loading.now - dt.timedelta(days=2))
    old.filter(created_at__lt=fresh).update(read_at=F("created_at") + dt.timedelta(hours=1))
    return ServiceRequest.objects.filter(organisation=loading.organisation).count()


class _Teller:
    """Lets clients speak and staff answer, never later than the demo's own present."""

    def __init__(self, loading: Loading):
        self.loading = loading
        self.rng = loading.stream("service")
        self.now = aware(loading.now)
        self.rules: Rules = rules_of(loading.organisation)
        last_month = periods.last_whole_month(loading.today)
        self.writer = Writer(loading.stream("service words"), loading.profile, last_month, {})
        self.words = words(f"{loading.profile}_service")
        rows = Client.objects.filter(pk__in=loading.clients)
        self.clients = rows.select_related("org__organisation", "owner__unit", "standing").in_bulk()
        self.desk = [loading.users[person["username"]] for person in loading.staff(Role.BACK_OFFICE)]

    def request(self) -> None:
        """One case from the client's word as far towards its end as time allows."""
        rng = self.rng
        card, start = self._whom_and_when()
        is_complaint = rng.random() < COMPLAINTS
        told = rng.choice(self.words["complaints" if is_complaint else "requests"])
        picks = self.writer.picks(card, start.date())
        channel = rng.choices(("phone", "visit", "link", "appointment"), (55, 25, 12, 8))[0]
        client = self.clients[card.pk]
        by = {"link": None, "visit": client.owner}.get(channel, self.desk[0])
        with periods.clock_at(start):
            case = register(
                client=client,
                by=by,
                uuid=_uuid(rng),
                kind="complaint" if is_complaint else "request",
                category=told["category"],
                channel=channel,
                text=picks.tell(told["text"]),
                contact=card.people[0].name,
                phone=card.people[0].phone,
                priority="urgent" if rng.random() < 0.08 else "normal",
            )
        self._handle(case, told, picks, client)

    def _handle(self, case: ServiceRequest, told: dict[str, Any], picks: Picks, client: Client) -> None:
        handler, rng, work = case.handler, self.rng, self.rules.work
        if handler is None:
            return
        moment = work.add(case.registered_at, rng.randint(10, 200))
        whole = work.between(case.registered_at, case.due_at)
        case = self._at(moment, case, "start", handler)
        for line in told.get("handling", []):
            moment = work.add(moment, rng.randint(20, 90))
            case = self._at(moment, case, "note", handler, note=picks.tell(line))
        if rng.random() < 0.12:
            case = self._at(work.add(moment, 20), case, "wait", handler, note="等客户确认方便的时间")
            moment = work.add(moment, rng.randint(300, 900))
            case = self._at(moment, case, "go_on", handler, note="客户已回复")
        moment = work.add(moment, max(30, int(whole * rng.triangular(0.2, 1.25, 0.5))))
        if case.is_serious and moment < self.now:
            with periods.clock_at(moment - dt.timedelta(minutes=5)):
                write_eight_d(case, _report(case), handler)
        case = self._at(moment, case, "resolve", handler, note=picks.tell(told["result"]))
        caller = client.owner if client.owner and client.owner != handler else None
        if case.state != "resolved" or caller is None or case.callback_on is None:
            return
        called = periods.at(case.callback_on, rng.randint(9, 11), rng.randint(0, 59))
        mark = rng.choices((5, 4, 3, 2), (38, 44, 12, 6))[0]
        case = self._at(called, case, "call_back", caller, satisfaction=mark, note=_said(rng, mark))
        if mark > 2:
            self._at(called + dt.timedelta(minutes=2), case, "close", caller)
        else:
            self._at(called + dt.timedelta(minutes=2), case, "reopen", caller, note="客户说问题没有解决，请再办。")

    def _at(self, moment: dt.datetime, case: ServiceRequest, name: str, by: User, **given: Any) -> ServiceRequest:
        """The case after an act, or as it is where that moment is still to come or the way there was not gone."""
        ways = {"start": ("assigned",), "note": ("handling",), "wait": ("handling",), "go_on": ("waiting_client",)}
        ways |= {"resolve": ("handling",), "call_back": ("resolved",)}
        if moment > self.now or case.state not in ways.get(name, ("called_back",)):
            return case
        with periods.clock_at(moment):
            return act(case, name, by, **given)

    def slip(self) -> None:
        """One slip of an account manager, answered if there was time."""
        rng, work = self.rng, self.rules.work
        card, start = self._whom_and_when()
        told = rng.choice(self.words["slips"])
        picks = self.writer.picks(card, start.date())
        giver = self.clients[card.pk].owner
        if giver is None:
            return
        with periods.clock_at(start):
            slip = give_slip(
                giver,
                uuid=_uuid(rng),
                category=told["category"],
                content=picks.tell(told["text"]),
                client=self.clients[card.pk],
            )
        moment = start
        answer_text = picks.tell(told["answer"])
        for state, text in (("received", ""), ("handled", "安排专人核实办理。"), ("fed_back", answer_text)):
            moment = work.add(moment, rng.randint(40, 420))
            if moment > self.now:
                return
            with periods.clock_at(moment):
                slip = advance(slip, state, slip.receiver, text)

    def _whom_and_when(self) -> tuple[Card, dt.datetime]:
        """A client, and a working hour, more often of a recent day."""
        rng, loading = self.rng, self.loading
        card = rng.choice(loading.cards)
        while True:
            day = loading.today - dt.timedelta(days=int(rng.triangular(0, DAYS, 0)))
            moment = periods.at(day, rng.randint(9, 17), rng.randint(0, 59))
            if is_work_day(day, self.rules.work.changes) and moment < self.now:
                return card, moment


def _report(case: ServiceRequest) -> EightD:
    report = EightD.objects.get(request=case)
    report.team = "市场部主任、经办人、客户经理"
    report.containment = "当天电话致歉，约定上门时间，先把客户的急事办了。"
    report.cause = "来电较多时没有统一记录，回复靠个人记忆，容易漏；解释政策时没有换位说明。"
    report.correction = "来电统一登记，一小时内回电；常见政策整理成一页口径。"
    report.proof = "两周内同类来电全部按时回复，回访客户表示满意。"
    report.prevention = "晨会通报一次，纳入新员工培训。"
    return report


def _said(rng: random.Random, mark: int) -> str:
    if mark >= 4:
        return rng.choice(("满意，处理得快。", "问题解决了，谢谢。", "可以，以后多联系。"))
    return rng.choice(("办是办了，等得有点久。", "一般，希望下次提前说一声。")) if mark == 3 else "问题还在，不满意。"


def _survey(loading: Loading) -> None:
    """One survey, half a year and a few days ago, what the clients of the samples answered, and the re-check."""
    rng = loading.stream("survey")
    hr = loading.users[loading.staff(Role.HR)[0]["username"]]
    moods = {person["username"]: MOODS.get(person.get("style", ""), 0.0) for person in loading.staff(Role.AM)}
    own = words(f"{loading.profile}_service")["survey"]
    for back, shift in ((170, -0.15), (9, 0.0)):
        moment = aware(loading.now - dt.timedelta(days=back))
        day = periods.local(moment).date()
        with periods.clock_at(moment):
            if back > 100:
                survey = save_survey(
                    loading.organisation, "客户满意度调查", [(code, "") for code in indicator_labels()],
                    nps=True, text=True, by=hr, sections=own, titles={"before": "您的情况", "after": "最后几题"},
                )  # fmt: skip
            wave = open_wave(
                survey, loading.organisation, name=f"{day.year} 年{'上' if day.month <= 6 else '下'}半年",
                share=Decimal("0.04"), expires_on=day + dt.timedelta(days=20), by=hr, seed=f"{loading.seed}-{day}",
            )  # fmt: skip
        for invitation in Invitation.objects.filter(wave=wave).select_related("client__owner").order_by("pk"):
            if rng.random() < 0.2:
                continue
            owner = invitation.client.owner
            mood = shift + (moods.get(owner.username, 0.0) if owner else 0.0) + rng.gauss(0, 0.55)
            good = [_mark(rng, satisfaction + mood) for satisfaction, _importance in MARKS]
            extra = {
                "b1": rng.choices(range(len(own["before"][0]["options"])), (5, 3, 2))[0],
                "a1": sorted(rng.sample(range(len(own["after"][0]["options"])), rng.randint(1, 2))),
            }
            asked = {"interviewer": owner, "channel": rng.choice(("interview", "phone"))} if owner else {}
            overall = _mark(rng, sum(good) / len(good), 0.3)
            with periods.clock_at(moment + dt.timedelta(hours=rng.randint(1, 8 * 24))):
                answer(
                    invitation,
                    satisfaction=good,
                    importance=[_mark(rng, importance) for _satisfaction, importance in MARKS],
                    overall=overall,
                    nps=max(0, min(10, round(7.6 + 2 * mood + rng.gauss(0, 1.2)))),
                    comment=rng.choice(own["wishes"]["good" if overall > 3 else "poor"]) if rng.random() < 0.25 else "",
                    extra=extra,
                    **(asked if rng.random() < 0.3 else {}),
                )
        if back > 100:
            _ask_again(loading, wave, moment + dt.timedelta(days=24), hr)


def _ask_again(loading: Loading, wave: Wave, moment: dt.datetime, hr: User) -> None:
    """The re-check after the end of a wave: most of the drawn are asked, and most say what they said before."""
    rng = loading.stream("re-check")
    with periods.clock_at(moment):
        rechecks.draw(wave, hr, seed=f"{wave.seed}-复核")
    desk = [loading.users[person["username"]] for person in loading.staff(Role.BACK_OFFICE)]
    heads = [loading.users[person["username"]] for person in loading.staff(Role.SUPERVISOR)]
    rows = Recheck.objects.filter(wave=wave).select_related("answer", "wave__survey", "wave__recheck_draw")
    for row in rows.order_by("pk"):
        chance = rng.random()
        by = rng.choice(desk if row.mode == "phone" else heads)
        if chance < 0.15:
            continue
        with periods.clock_at(moment + dt.timedelta(days=rng.randint(1, 6), hours=rng.randint(1, 6))):
            if chance < 0.25:
                rechecks.record(row, by, outcome="unreached", marks={}, note="两次未接通")
                continue
            codes = wave.survey.codes
            first = {
                item["code"]: row.answer.satisfaction[codes.index(item["code"])] for item in rechecks.asked_again(row)
            }
            again = {code: _mark(rng, mark or 3, 0.35) for code, mark in first.items()}
            rechecks.record(row, by, outcome="asked", overall=_mark(rng, row.answer.overall, 0.3), marks=again)


def _mark(rng: random.Random, around: float, spread: float = 0.6) -> int:
    return max(1, min(5, round(around + rng.gauss(0, spread))))


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
