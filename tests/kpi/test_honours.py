"""Honours follow published runs by visible rules, are given by HR, and stay."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client as Browser
from django.urls import reverse

from kpi import honouring, services
from kpi.models import Honour, SoftScore, Training
from people.models import Notification
from tests.kpi.helpers import computed_run, leaf, scheme, soft

pytestmark = pytest.mark.django_db
MANAGERS = ("own", "team", "other_team")


def published(world, period, scores):
    for relation, score in zip(MANAGERS, scores, strict=True):
        soft(world.managers[relation], score, world.supervisor, period=period)
    run = services.review(computed_run(world.organisation, period), world.hr)
    return services.publish(run, world.actors["admin"])


@pytest.fixture
def months(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    published(world, "2026-08", (95, 91, 80))
    published(world, "2026-09", (92, 89, 80))
    return published(world, "2026-10", (96, 97, 70))


def proposed(run):
    return [(one.name, one.kind) for one in honouring.proposals(run)]


def test_places_and_models(months):
    """Zhao Qiang is third but only fair; Wang Fang was not excellent in September."""
    assert proposed(months) == [("王芳", "champion"), ("李明", "second"), ("李明", "model")]


def test_a_podium_needs_three(world, months):
    grouped = scheme(world.organisation, [leaf("soft:attitude", high="100")], name="分组", group="department")
    services.request_scores(world.organisation.pk, months.span, world.hr)
    computed_run(world.organisation)
    run = grouped.runs.get()
    assert proposed(run) == []


def test_given_once_and_for_good(world, months):
    keys = [one.key for one in honouring.proposals(months)]
    assert honouring.give(months, keys[:2], world.hr) == 2
    assert honouring.give(months, keys, world.hr) == 1
    assert Honour.objects.count() == 3
    assert Notification.objects.filter(user=world.am, key__startswith="honour").count() == 2
    everything = Honour.objects.all()
    for change in (lambda: everything.update(kind="champion"), lambda: everything._raw_delete("default")):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            change()


def test_nobody_is_honoured_for_a_draft(world, months):
    draft = services.new_version(months, world.hr, "更正")
    with pytest.raises(ValidationError):
        honouring.give(draft, [], world.hr)


def corrected(world, run, scores):
    """A published correction of a run by other scores."""
    services.new_version(run, world.hr, "更正")
    for relation, score in zip(MANAGERS, scores, strict=True):
        SoftScore.objects.filter(manager=world.managers[relation], period=run.period).update(score=score)
    new = services.review(computed_run(world.organisation, run.period), world.hr)
    return services.publish(new, world.actors["admin"])


def test_a_correction_gives_nothing_twice(world, months):
    keys = [one.key for one in honouring.proposals(months)]
    honouring.give(months, keys, world.hr)
    new = corrected(world, months, (96, 98, 70))
    assert [(one.name, one.kind, one.given) for one in honouring.proposals(new)] == [
        ("王芳", "champion", True),
        ("李明", "second", True),
        ("李明", "model", True),
    ]
    assert honouring.give(new, keys, world.hr) == 0
    assert (Honour.objects.count(), Training.objects.count()) == (3, 1)
    with pytest.raises(ValidationError):
        honouring.give(months, keys, world.hr)  # superseded


def test_a_title_given_before_the_correction_stays_where_it_is(world, months):
    """Wang Fang was champion; corrected, Li Ming is first and she is second. Certificates do not change hands."""
    champion = next(one for one in honouring.proposals(months) if one.kind == "champion")
    honouring.give(months, [champion.key], world.hr)
    new = corrected(world, months, (98, 97, 80))
    found = {one.kind: one for one in honouring.proposals(new)}
    assert {kind: (one.name, one.taken) for kind, one in found.items()} == {
        "champion": ("李明", "王芳 · 冠军"),
        "second": ("王芳", "王芳 · 冠军"),
        "third": ("赵强", ""),
        "model": ("李明", ""),
    }
    assert honouring.give(new, [one.key for one in found.values()], world.hr) == 2
    assert Training.objects.count() == 1
    browser = Browser()
    browser.force_login(world.hr)
    text = browser.get(reverse("kpi:run", args=[new.pk]) + "?step=archive").content.decode()
    assert "王芳 · 冠军" in text
    assert 'name="honour"' not in text
