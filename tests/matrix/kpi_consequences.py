"""Rows of pay, careers and coaching."""

import datetime as dt

from kpi.careers import ladder
from kpi.models import CoachingCase, Exam, GradeMove, PayLine, PaySheet, Rotation, Term, Training
from kpi.pay import services
from tests.matrix.kpi import HR_MOVES, HR_SEES, LEADERS, NEVER, OF_PEOPLE, OFFICERS, organisation_of, pk
from tests.matrix.table import Row, only

SUPERVISED = {"supervisor": (302, 302, 404, 404)}
PAY_LINE = {"am": (200, 404, 404, 404), "supervisor": NEVER, "back_office": NEVER, "hr": (200, 200, 200, 404)}


def a_sheet(world, relation):
    """A final sheet of July with a line for everybody."""
    organisation = organisation_of(world, relation)
    sheet = PaySheet.objects.filter(organisation=organisation).first()
    if sheet is None:
        sheet = PaySheet.objects.create(
            organisation=organisation, period="2026-07", rules=services.install(organisation)
        )
        for manager in world.managers.values():
            if manager.organisation_id == organisation.pk:
                PayLine.objects.create(
                    sheet=sheet, manager=manager, org=manager.unit, of_days=31, base=3000, total=3000
                )
        PaySheet.objects.filter(pk=sheet.pk).update(state="final", final_by=world.hr, final_at=dt.datetime.now(dt.UTC))
    return sheet


def a_line(world, relation):
    return PayLine.objects.get(sheet=a_sheet(world, relation), manager=world.managers[relation])


def a_rung(world, relation):
    return ladder.install(organisation_of(world, relation))[0]


def a_manager(world, relation):
    return world.managers[relation]


def a_move(world, relation):
    rungs = ladder.install(organisation_of(world, relation))
    return GradeMove.objects.get_or_create(
        manager=world.managers[relation], period="2026-10",
        defaults={"organisation": organisation_of(world, relation), "kind": "promote", "from_grade": rungs[0],
                  "to_grade": rungs[1], "figures": {"months": 3, "score": "92"}},
    )[0]  # fmt: skip


def a_term(world, relation):
    return Term.objects.get_or_create(
        manager=world.managers[relation],
        defaults={"organisation": organisation_of(world, relation), "starts_on": dt.date(2025, 1, 1),
                  "ends_on": dt.date(2026, 12, 31)},
    )[0]  # fmt: skip


def an_exam(world, relation):
    return Exam.objects.get_or_create(
        organisation=organisation_of(world, relation), name="应知应会", defaults={"held_on": dt.date(2026, 6, 24)}
    )[0]


def a_training(world, relation):
    return Training.objects.get_or_create(
        manager=world.managers[relation], title="新品营销",
        defaults={"organisation": organisation_of(world, relation), "given_by": world.hr},
    )[0]  # fmt: skip


def a_rotation(world, relation):
    person = world.managers[relation]
    return Rotation.objects.get_or_create(
        person=person,
        defaults={"organisation": organisation_of(world, relation), "unit": person.unit, "role": "am",
                  "starts_on": dt.date(2030, 1, 1), "reason": "轮岗", "planned_by": world.hr},
    )[0]  # fmt: skip


def a_case(world, relation):
    person = world.managers[relation]
    return CoachingCase.objects.get_or_create(
        manager=person, period="2026-10",
        defaults={"organisation": organisation_of(world, relation), "org": person.unit, "proposed": "unsure",
                  "type": "unsure", "figures": [["new_days", 40, 180]], "score_before": 61},
    )[0]  # fmt: skip


OF_ORGANISATION = dict.fromkeys(("supervisor", "hr", "admin"), (200, 200, 200, 404))

ROWS = [
    Row("kpi:pay", only("hr")),
    Row("kpi:pay-open", only("hr", status=302), method="POST"),
    Row("kpi:pay-rules", only("hr")),
    Row("kpi:pay-rules", only("hr"), method="POST"),
    Row("kpi:my-pay", only("am", "supervisor", "back_office")),
    Row("kpi:pay-sheet", HR_SEES, kwargs=pk(a_sheet)),
    Row("kpi:pay-export", HR_SEES, kwargs=pk(a_sheet)),
    Row("kpi:pay-line", PAY_LINE, kwargs=pk(a_line)),
    *(Row(f"kpi:pay-{verb}", HR_MOVES, method="POST", kwargs=pk(a_sheet)) for verb in ("final", "correct")),
    Row("kpi:careers", LEADERS),
    Row("kpi:my-career", only("am")),
    Row("kpi:ladder", OFFICERS),
    Row("kpi:ladder-usual", only("hr", status=302), method="POST"),
    Row("kpi:ladder-limits", only("hr", status=302), method="POST"),
    Row("kpi:rung-new", only("hr")),
    Row("kpi:rung-new", only("hr"), method="POST"),
    Row("kpi:rung", HR_SEES, kwargs=pk(a_rung)),
    Row("kpi:rung", HR_SEES, method="POST", kwargs=pk(a_rung)),
    Row("kpi:career", OF_PEOPLE, kwargs=pk(a_manager)),
    *(Row(f"kpi:{name}", HR_MOVES, method="POST", kwargs=pk(a_manager)) for name in ("grade-set", "term-begin")),
    Row("kpi:moves", LEADERS),
    Row("kpi:moves-propose", only("hr", status=302), method="POST"),
    Row("kpi:move-decide", HR_MOVES, method="POST", kwargs=pk(a_move)),
    Row("kpi:terms", LEADERS),
    Row("kpi:term-decide", HR_MOVES, method="POST", kwargs=pk(a_term)),
    Row("kpi:bottom", OFFICERS),
    Row("kpi:exams", LEADERS),
    Row("kpi:exams", only("hr"), method="POST"),
    Row("kpi:exam", OF_ORGANISATION, kwargs=pk(an_exam)),
    Row(
        "kpi:exam",
        {"hr": (302, 302, 302, 404), "supervisor": (403, 403, 403, 404), "admin": (403, 403, 403, 404)},
        method="POST",
        kwargs=pk(an_exam),
    ),
    Row("kpi:training", LEADERS),
    Row("kpi:training", only("hr"), method="POST"),
    Row("kpi:training-attended", HR_MOVES, method="POST", kwargs=pk(a_training)),
    Row("kpi:rotation", OFFICERS),
    Row("kpi:rotation", only("hr"), method="POST"),
    *(Row(f"kpi:rotation-{verb}", HR_MOVES, method="POST", kwargs=pk(a_rotation)) for verb in ("carry-out", "drop")),
    Row("kpi:coaching", LEADERS),
    Row("kpi:coaching-rules", LEADERS),
    Row("kpi:coaching-rules", only("hr"), method="POST"),
    Row("kpi:case", OF_PEOPLE, kwargs=pk(a_case)),
    *(
        Row(f"kpi:case-{verb}", SUPERVISED, method="POST", kwargs=pk(a_case))
        for verb in ("confirm", "dismiss", "close")
    ),
]
