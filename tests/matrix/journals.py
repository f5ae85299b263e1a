"""Rows of journals."""

from datetime import timedelta

from crm.lib import periods
from journals import joint, meetings, sampling, services, sharing
from journals.models import Article, Draw, Journal, MarketingPlan, Phrase, PlanItem, SampledJournal
from journals.rules import rules_of
from people.models import User
from tests.journals.helpers import DAY, handed_in
from tests.matrix.table import EVERYBODY, SEEN, Row, only
from tests.world import person

DAY_BEFORE = DAY - timedelta(days=1)


def a_journal(world, relation):
    return {"pk": handed_in(world.managers[relation]).pk}


def a_draft(world, relation):
    journal = services.open_journal(world.managers[relation], "day", DAY_BEFORE)  # that of DAY is handed in
    if journal.state == Journal.State.DRAFT:
        services.save_draft(journal, {"summary": "走访 8 户"})
    return {"pk": journal.pk}


def a_day(world, relation):
    return {"text": DAY.isoformat()}


def texts(world, relation):
    return {"summary": "走访 8 户"}


def a_review(world, relation):
    return {"version": 1, "decision": "accepted", "mark": 4}


def a_draw(world, relation):
    unit = {"own": "north", "team": "north", "other_team": "south", "other_org": "branch"}[relation]
    journal = handed_in(world.managers[relation])
    week = services.span("week", DAY).start
    found = sampling.draw_unit(world.units[unit], week, periods.now(), rules_of(journal.author.organisation_id))
    return {"pk": found[0].pk}


def a_unit(world, relation):
    return {"pk": world.units[relation].pk}


SUPERVISORS = {"other_team": "supervisor_south", "other_org": "supervisor_beta"}


def supervisor_of(world, relation):
    return world.actors[SUPERVISORS.get(relation, "supervisor")]


def a_praised_journal(world, relation):
    journal = handed_in(world.managers[relation])
    if not journal.reviews.exists():
        services.review(journal, 1, supervisor_of(world, relation), mark=5, praise=True)
        sharing.set_consent(journal.author, True)
    return {"pk": journal.reviews.get().pk}


def a_phrase(world, relation):
    owner = supervisor_of(world, relation) if relation != "team" else world.managers["team"]
    return {"pk": Phrase.objects.create(owner=owner, part="evaluation", text=f"具体{Phrase.objects.count()}").pk}


def an_article(world, relation):
    author = supervisor_of(world, relation)
    return {"pk": Article.objects.create(author=author, unit=author.unit, title="新品", text="清甜。").pk}


def a_case(world, relation):
    author = world.managers[relation]
    return {
        "pk": Article.objects.create(author=author, unit=author.unit, kind="case", title="案例", text="一次挽回。").pk
    }


def an_idea(world, relation):
    return {"pk": sharing.hand_in_idea(world.managers[relation], "合并线路", "隔周一条。").pk}


def an_answer(world, relation):
    return {"answer": "adopted", "text": "下月起试行"}


def a_meeting(world, relation):
    invited = [world.managers[relation]]
    values = {"kind": "weekly", "title": "周例会", "begins_at": periods.at(DAY, 17)}
    return {"pk": meetings.plan(supervisor_of(world, relation), invited, **values).pk}


def an_action(world, relation):
    return {"title": "换价签", "owner": world.managers[relation].pk, "due_on": periods.today().isoformat()}


def some_joint_work(world, relation):
    partner = {"other_team": "supervisor_south", "other_org": "supervisor_beta"}.get(relation, "supervisor")
    return {"pk": joint.record(world.managers[relation], world.actors[partner], text="随车送货，核对两户差错").pk}


def a_joint_work(world, relation):
    return {"kind": "delivery", "partner": world.actors["back_office"].pk, "day": "2026-11-20", "text": "随车送货"}


def a_plan(world, relation):
    leader = supervisor_of(world, relation)
    values = {"goal": "新品上柜", "created_by": leader}
    return {
        "pk": MarketingPlan.objects.get_or_create(unit=leader.unit, month=DAY.replace(day=1), defaults=values)[0].pk
    }


def a_plan_item(world, relation):
    values = {"owner": world.managers[relation], "title": "新品上柜", "target": 30, "due_on": DAY}
    return {"pk": PlanItem.objects.create(plan_id=a_plan(world, relation)["pk"], **values).pk}


def some_work(world, relation):
    return {"title": "新品上柜", "owner": world.managers[relation].pk, "target": 30, "due_on": "2026-11-30"}


def a_new_meeting(world, relation):
    return {"kind": "daily", "title": "晨会", "begins_at": "2026-11-20T08:30", "people": [world.am.pk]}


def a_second_reading(world, relation):
    """Drawn for the supervisor at the top of an organisation, above the one who reviewed it."""
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    name = f"director{organisation.pk}"
    if not User.objects.filter(username=name).exists():
        person(organisation, name, "马总", "supervisor")
    journal = handed_in(world.managers[relation])
    if not journal.reviews.exists():
        supervisor = {"other_team": "supervisor_south", "other_org": "supervisor_beta"}.get(relation, "supervisor")
        services.review(journal, 1, world.actors[supervisor], mark=4)
    draw = Draw.objects.filter(unit=organisation, level="second").first() or sampling.draw_once(
        organisation,
        "second",
        services.span("week", DAY).start,
        periods.now(),
        [unit.pk for unit in world.units.values() if unit.organisation_id == organisation.pk],
        1,
        1,
    )
    item, _created = SampledJournal.objects.get_or_create(
        draw=draw, journal=journal, defaults={"stratum": world.supervisor.pk}
    )
    return {"pk": item.pk}


DESK = {"supervisor": (200, 200, 404, 404)}
UNIT_SEEN = {
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
TOP_SEEN = {
    "supervisor": (404, 404, 404, 404),  # of a unit below the one that reads
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
# Meant for all below the author's unit: the units "own" and "team" hang under the same supervisor.
ARTICLE_SEEN = {
    "am": (200, 200, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "back_office": (200, 200, 404, 404),
    "admin": (200, 200, 200, 404),
}
CASE_WITHDRAWN = {
    "am": (302, 404, 404, 404),
    "supervisor": (403, 403, 404, 404),
    "hr": (403, 403, 403, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (403, 403, 403, 404),
}
IDEA_ANSWERED = {
    "am": (403, 404, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (302, 302, 302, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (302, 302, 302, 404),
}
CHANGED = {
    "am": (403, 404, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (302, 302, 302, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (302, 302, 302, 404),
}
PLAN_CHANGED = {
    "am": (403, 403, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (403, 403, 403, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (403, 403, 403, 404),
}
ITEM_REPORTED = {
    "am": (302, 403, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (403, 403, 403, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (403, 403, 403, 404),
}
JOINT_CONFIRMED = {
    "am": (403, 404, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (403, 403, 403, 404),
    "back_office": (403, 403, 404, 404),
    "admin": (403, 403, 403, 404),
}
OWN = {"am": (200, 404, 404, 404)}

ROWS = [
    Row("journals:home", dict.fromkeys(EVERYBODY, 302)),
    Row("journals:list", EVERYBODY),
    Row("journals:today", only("am", status=302)),
    Row("journals:mine", only("am")),
    Row("journals:write", only("am"), kwargs=a_day),
    Row("journals:write", only("am", status=302), method="POST", kwargs=a_day, data=texts),
    Row("journals:autosave", only("am"), method="POST", kwargs=a_day, data=texts),
    Row("journals:detail", SEEN, kwargs=a_journal),
    Row("journals:print", SEEN, kwargs=a_journal),
    Row("journals:preview", OWN, kwargs=a_draft),
    Row("journals:preview", {"am": (302, 404, 404, 404)}, method="POST", kwargs=a_draft),
    Row("journals:desk", only("supervisor", status=200)),
    Row("journals:desk-journal", DESK, kwargs=a_journal),
    Row("journals:desk-journal", {"supervisor": (302, 302, 404, 404)}, method="POST", kwargs=a_journal, data=a_review),
    Row("journals:requirements", only("supervisor", "hr")),
    Row("journals:best", EVERYBODY),
    Row("journals:best-journal", dict.fromkeys(EVERYBODY, (200, 200, 200, 404)), kwargs=a_praised_journal),
    Row("journals:consent", only("am", status=302), method="POST"),
    Row("journals:phrases", only("supervisor")),
    Row("journals:phrases", only("supervisor", status=302), method="POST", data=lambda world, relation: {"usual": "1"}),
    Row("journals:phrase-delete", {"supervisor": (302, 404, 404, 404)}, method="POST", kwargs=a_phrase),
    Row("journals:articles", EVERYBODY),
    Row("journals:article-new", EVERYBODY),
    Row(
        "journals:article-new",
        dict.fromkeys(EVERYBODY, 302),
        method="POST",
        data=lambda world, relation: {"kind": "case", "title": "案例", "text": "一次挽回。"},
    ),
    Row("journals:article", ARTICLE_SEEN, kwargs=an_article),
    Row("journals:article-withdraw", CASE_WITHDRAWN, method="POST", kwargs=a_case),
    Row("journals:ideas", EVERYBODY),
    Row("journals:idea-new", EVERYBODY),
    Row(
        "journals:idea-new",
        dict.fromkeys(EVERYBODY, 302),
        method="POST",
        data=lambda world, relation: {"title": "合并线路", "text": "隔周一条。"},
    ),
    Row("journals:idea", SEEN, kwargs=an_idea),
    Row("journals:idea", IDEA_ANSWERED, method="POST", kwargs=an_idea, data=an_answer),
    Row("journals:meetings", EVERYBODY),
    Row("journals:meeting-new", only("supervisor", "hr", "admin")),
    Row("journals:meeting-new", only("supervisor", "hr", "admin", status=302), method="POST", data=a_new_meeting),
    Row("journals:meeting", SEEN, kwargs=a_meeting),
    Row("journals:meeting", CHANGED, method="POST", kwargs=a_meeting),
    Row("journals:meeting-print", SEEN, kwargs=a_meeting),
    Row("journals:meeting-action", CHANGED, method="POST", kwargs=a_meeting, data=an_action),
    Row("journals:plans", EVERYBODY),
    Row("journals:plan-new", only("supervisor", "hr", "admin")),
    Row(
        "journals:plan-new",
        only("supervisor", "hr", "admin", status=302),
        method="POST",
        data=lambda world, relation: {"month": f"20{len(MarketingPlan.objects.all()) + 27}-01", "goal": "新品上柜"},
    ),
    Row("journals:plan", ARTICLE_SEEN, kwargs=a_plan),
    Row("journals:plan", PLAN_CHANGED, method="POST", kwargs=a_plan, data=some_work),
    Row(
        "journals:plan-report",
        ITEM_REPORTED,
        method="POST",
        kwargs=a_plan_item,
        data=lambda world, relation: {"done": 3},
    ),
    Row("journals:joint", EVERYBODY),
    Row("journals:joint-new", only("am", "back_office", "supervisor")),
    Row(
        "journals:joint-new",
        {"am": 302, "supervisor": 302, "back_office": 200},  # nobody has worked with oneself
        method="POST",
        data=a_joint_work,
    ),
    Row("journals:joint-work", SEEN, kwargs=some_joint_work),
    Row("journals:joint-work", JOINT_CONFIRMED, method="POST", kwargs=some_joint_work),
    Row("journals:rules", only("hr", "admin")),
    Row("journals:rules", only("hr", "admin"), method="POST"),
    Row("journals:boards", only("supervisor", "hr", "admin", status=302)),
    Row("journals:board", UNIT_SEEN, kwargs=a_unit),
    Row("journals:samples", only("supervisor", "hr", "admin")),
    Row("journals:sample", UNIT_SEEN, kwargs=a_draw),
    Row("journals:reading", TOP_SEEN, kwargs=a_second_reading),
    Row("journals:reading", TOP_SEEN, method="POST", kwargs=a_second_reading),
]
