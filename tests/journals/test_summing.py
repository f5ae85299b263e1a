"""Week summaries and month reports from the journals below."""

import datetime as dt
import uuid

import pytest

from crm.lib import periods
from crm.lib.periods import Period
from journals import drafting, services, summing
from journals.rules import rules_of
from people.models import Task
from people.services import finish_task, give_task
from service.services import register
from tests.journals.helpers import DAY, TEXTS, handed_in, visit
from visits.models import Mode

pytestmark = pytest.mark.django_db
WEEK = Period.parse("2026-W47")


@pytest.fixture
def week(world, monkeypatch):
    monkeypatch.setattr(periods, "now", lambda: periods.at(dt.date(2026, 11, 20), 18))
    handed_in(world.am, dt.date(2026, 11, 16), texts={"summary": "走访 6 户。其余正常。", "problems": "无。"})
    other = handed_in(world.am, DAY, texts={**TEXTS, "summary": "东街两户缺货。已联系配送。"})
    services.review(other, 1, world.supervisor, mark=4)
    visit(world.am, world.clients["own"], dt.date(2026, 11, 16), minutes=30)
    visit(world.am, world.clients["own"], DAY, minutes=20)
    visit(world.am, world.clients["own"], DAY, hour=15, mode=Mode.PHONE)
    visit(world.am, world.clients["own"], dt.date(2026, 11, 12), minutes=15)
    return world


def test_figures_stand_beside_the_week_before(week):
    found = summing.figures(week.am, WEEK)
    assert found == {
        "visits": 2,
        "clients": 1,
        "calls": 1,
        "minutes": 50,
        "tasks": 0,
        "journals": 2,
        "on_time": 2,
        "mark": 4.0,
    }
    assert summing.figures(week.am, WEEK.previous)["visits"] == 1


def test_texts_are_carried_up_without_empty_words(week):
    texts = drafting.prefill(week.am, WEEK, rules_of(week.organisation.pk))
    lines = texts["summary"].splitlines()
    assert "2" in lines[0]
    assert lines[1:] == ["走访 6 户。", "东街两户缺货。"]
    assert texts["market"] == TEXTS["market"]
    assert texts["problems"] == TEXTS["problems"]


def test_a_month_is_made_from_its_weeks(week):
    handed_in(week.am, DAY, "week", texts={"summary": "本周走完东街。", "market": "旺季来了，动销快。"})
    texts = drafting.prefill(week.am, Period.parse("2026-11"), rules_of(week.organisation.pk))
    assert texts["market"] == "旺季来了，动销快。"
    assert "本周走完东街。" in texts["summary"]


def test_facts_hold_the_chart_and_the_journals(week):
    found = drafting.facts(week.am, WEEK)
    days = next(fact["days"] for fact in found if fact.get("days"))
    assert days == [{"day": "11-16", "visits": 1, "calls": 0}, {"day": "11-19", "visits": 1, "calls": 1}]
    texts = [line["text"] for fact in found for line in fact["lines"]]
    assert "走访 6 户。" in texts
    version = services.submit(services.open_journal(week.am, "week", DAY), {"summary": "本周走完东街。"})
    version.refresh_from_db()
    chart = next(fact["chart"] for fact in summing.with_charts(version.facts) if fact.get("chart"))
    assert chart["option"]["series"][0]["data"] == [1, 1]


def test_an_empty_week_begins_empty(world):
    assert drafting.prefill(world.am, Period.parse("2026-W40"), rules_of(world.organisation.pk)) == {}
    assert drafting.facts(world.am, Period.parse("2026-W40")) == []


def test_a_week_names_the_last_tasks_with_their_day_and_counts_all(week):
    for number in range(7):
        task = give_task(week.am, f"事项{number}", DAY, by=week.supervisor, source=f"test:{number}")
        finish_task(task, "")
        Task.objects.filter(pk=task.pk).update(done_at=periods.at(dt.date(2026, 11, 16), 9, number))
    register(
        client=week.clients["own"], by=week.am, uuid=uuid.uuid4(), kind="request", category="order", channel="phone",
        text="要货",
    )  # fmt: skip
    of_week = {fact["title"]: fact["lines"] for fact in drafting.facts(week.am, WEEK)}
    assert [line["when"] for line in of_week["完成任务 7 项"]] == [f"11-16 09:0{minute}" for minute in range(2, 7)]
    assert [line["when"][:5] for line in of_week["业务单和投诉 1 件"]] == ["11-20"]
    of_day = {fact["title"]: fact["lines"] for fact in drafting.facts(week.am, Period.parse("2026-11-16"))}
    assert [line["when"] for line in of_day["完成任务 7 项"]] == [f"09:0{minute}" for minute in range(7)]
