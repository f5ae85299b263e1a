"""Pages of journals."""

import datetime as dt

from crm.lib import periods
from journals import joint, meetings, sampling, services, sharing
from journals.models import Article, Attendance, Draw, JointWork, Journal, MarketingPlan, Meeting, PlanItem
from journals.rules import rules_of
from tests.journals.helpers import DAY, handed_in, visit
from tests.world import client_of, person
from visits.models import Visit


def first(world):
    """A journal of a day with a visit."""
    if not Visit.objects.filter(manager=world.am, day=DAY).exists():
        visit(world.am, world.clients["own"])
    return handed_in(world.am)


def returned(world):
    """A journal in its second version, so that everything a page can show is there."""
    journal = handed_in(world.am, DAY - dt.timedelta(days=1))
    if journal.versions.count() == 1:
        services.return_(journal, 1, world.supervisor, "补充市场动态")
        journal.refresh_from_db()
        handed_in(world.am, journal.day)
    return journal


def drawn(world):
    """A draw of one week, and after growing of the ones before."""
    first(world)
    week = services.span("week", DAY).start
    for back in range(4):
        sampling.draw_unit(
            world.units["north"], week - dt.timedelta(weeks=back), periods.now(), rules_of(world.organisation.pk)
        )
    return Draw.objects.get(unit=world.units["north"], week=week, level="first")


def read(world):
    """An article that somebody has read."""
    values = {"author": world.supervisor, "unit": world.units["north"], "title": "新品", "text": "清甜。"}
    found = Article.objects.filter(author=world.supervisor).order_by("pk").first() or Article.objects.create(**values)
    sharing.mark_read(found, world.am)
    return found


def met(world):
    """A meeting with minutes and an action."""
    found = Meeting.objects.order_by("pk").first()
    if found is None:
        values = {"kind": "weekly", "title": "周例会", "begins_at": periods.at(DAY, 17)}
        found = meetings.plan(world.supervisor, [world.am], **values)
        meetings.decide(found, world.supervisor, world.am, "换价签", periods.today())
    return found


def planned(world):
    """A marketing plan with work."""
    unit = world.units["north"]
    values = {"goal": "新品上柜", "created_by": world.supervisor}
    found, _created = MarketingPlan.objects.get_or_create(unit=unit, month=DAY.replace(day=1), defaults=values)
    if not found.items.exists():
        PlanItem.objects.create(plan=found, owner=world.am, title="上柜", target=30, due_on=DAY)
    return found


def jointly(world):
    """Joint work with something agreed."""
    found = JointWork.objects.order_by("pk").first()
    values = {"client": world.clients["own"], "text": "随车送货", "agreed": "换固定时间", "agreed_due_on": DAY}
    return found or joint.record(world.am, world.actors["back_office"], **values)


PAGES = {
    "journal editor": ("am", lambda world: f"/journals/write/{DAY - dt.timedelta(days=2)}/"),
    "my journals": ("am", lambda world: f"/journals/mine/?month={DAY:%Y-%m}"),
    "journal": ("am", lambda world: f"/journals/{returned(world).pk}/"),
    "journal on paper": ("am", lambda world: f"/journals/{returned(world).pk}/print/"),
    "minutes on paper": ("supervisor", lambda world: f"/journals/meetings/{met(world).pk}/print/"),
    "journal list": ("supervisor", lambda world: "/journals/all/"),
    "review desk": ("supervisor", lambda world: f"/journals/desk/{first(world).pk}/"),
    "board of people": ("supervisor", lambda world: f"/journals/board/{world.units['own'].pk}/?month={DAY:%Y-%m}"),
    "board of units": ("hr", lambda world: f"/journals/board/{world.organisation.pk}/?month={DAY:%Y-%m}"),
    "best journals": ("am", lambda world: "/journals/best/"),
    "articles": ("am", lambda world: "/journals/articles/"),
    "article": ("supervisor", lambda world: f"/journals/articles/{read(world).pk}/"),
    "ideas": ("supervisor", lambda world: "/journals/ideas/"),
    "marketing plans": ("am", lambda world: "/journals/plans/"),
    "marketing plan": ("supervisor", lambda world: f"/journals/plans/{planned(world).pk}/"),
    "meetings": ("supervisor", lambda world: "/journals/meetings/?view=past"),
    "meeting": ("supervisor", lambda world: f"/journals/meetings/{met(world).pk}/"),
    "joint work": ("supervisor", lambda world: "/journals/joint/"),
    "a joint work": ("am", lambda world: f"/journals/joint/{jointly(world).pk}/"),
    "journal rules": ("hr", lambda world: "/journals/rules/"),
    "samples": ("supervisor", lambda world: "/journals/samples/"),
    "sample": ("supervisor", lambda world: f"/journals/samples/{drawn(world).pk}/"),
    "requirements": ("supervisor", lambda world: "/journals/requirements/"),
}


def grow(world):
    for number in range(20):
        visit(world.am, client_of(world.am, f"J{number}", f"便利店{number}"), hour=8, minutes=5 + number)
        handed_in(world.managers["team"], DAY - dt.timedelta(days=number))
        services.return_(
            Journal.objects.get(author=world.managers["team"], day=DAY - dt.timedelta(days=number)),
            1,
            world.supervisor,
            "补",
        ) if number % 2 else None
    for number in range(10):
        reader = person(world.units["own"], f"reader{number}", f"同事{number}", "am")
        sharing.mark_read(read(world), reader)
        Article.objects.create(author=world.supervisor, unit=world.units["north"], title=f"知识{number}", text="清甜。")
        sharing.hand_in_idea(reader, f"建议{number}", "隔周一条。")
        Attendance.objects.create(meeting=met(world), user=reader)
        joint.record(reader, world.supervisor, text="随车送货", agreed="换固定时间", agreed_due_on=DAY)
        meetings.decide(met(world), world.supervisor, reader, "换价签", periods.today())
        meetings.plan(world.supervisor, [reader], kind="daily", title="晨会", begins_at=periods.at(DAY, 8))
        PlanItem.objects.create(plan=planned(world), owner=reader, title="上柜", target=30, due_on=DAY)
        month = dt.date(2027, 1 + number, 1)
        MarketingPlan.objects.create(unit=world.units["north"], month=month, goal="上柜", created_by=world.supervisor)
