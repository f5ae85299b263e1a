"""Meetings: invited, recorded, decided, closed."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from crm.lib import periods
from journals import meetings
from journals.models import Meeting
from people.models import Notification

pytestmark = pytest.mark.django_db
ADD_SOMEBODY = """
    INSERT INTO journals_attendance (meeting_id, user_id, state)
    SELECT id, created_by_id, 'present' FROM journals_meeting
"""


@pytest.fixture
def meeting(world):
    people = [world.am, world.managers["team"]]
    return meetings.plan(
        world.supervisor, people, kind="weekly", title="周例会", begins_at=periods.at(dt.date(2026, 11, 20), 17)
    )


def test_the_invited_see_it_and_hear_of_it(world, meeting):
    assert list(Meeting.objects.visible_to(world.am)) == [meeting]
    assert Notification.objects.filter(key=f"meeting:{meeting.pk}").count() == 2
    assert not Meeting.objects.visible_to(world.managers["other_team"]).exists()
    assert list(Meeting.objects.visible_to(world.hr)) == [meeting]
    assert not Meeting.objects.editable_by(world.am).exists()


def test_the_invitation_names_the_day_whenever_it_is_read(world):
    tomorrow = periods.today() + dt.timedelta(days=1)
    meetings.plan(world.supervisor, [world.am], kind="daily", title="晨会", begins_at=periods.at(tomorrow, 8, 30))
    assert Notification.objects.get(user=world.am).text == f"晨会，{tomorrow} 08:30"


def test_minutes_attendance_and_actions(world, meeting):
    meetings.record(meeting, " 价签本周换完 ", {world.am.pk: "present", world.managers["team"].pk: "excused"})
    meeting.refresh_from_db()
    assert meeting.minutes == "价签本周换完"
    assert dict(meeting.attendance.values_list("user__username", "state")) == {"am": "present", "am.team": "excused"}
    due_on = periods.today() + dt.timedelta(days=2)
    action = meetings.decide(meeting, world.supervisor, world.am, "换完东街价签", due_on)
    assert (action.task.owner, action.task.due_on, action.task.created_by) == (world.am, due_on, world.supervisor)


def test_unknown_states_are_left_alone(world, meeting):
    meetings.record(meeting, "x", {world.am.pk: "asleep"})
    assert meeting.attendance.get(user=world.am).state == "invited"


def test_closing_needs_minutes_and_is_final(world, meeting):
    with pytest.raises(ValidationError):
        meetings.close(meeting)
    meetings.record(meeting, "价签本周换完", {})
    meetings.decide(meeting, world.supervisor, world.am, "换价签", periods.today())
    meetings.close(meeting)
    for attempt in (
        lambda: meetings.record(meeting, "改", {}),
        lambda: meetings.decide(meeting, world.supervisor, world.am, "再换", periods.today()),
    ):
        with pytest.raises(ValidationError):
            attempt()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journals_meeting SET minutes = 'x'",
        "UPDATE journals_meeting SET closed_at = NULL",
        "DELETE FROM journals_meeting",
        "UPDATE journals_attendance SET state = 'absent'",
        "DELETE FROM journals_attendance",
        "TRUNCATE journals_attendance",
        "DELETE FROM journals_action",
        ADD_SOMEBODY,
    ],
)
def test_closed_minutes_are_sealed_with_all_that_hangs_on_them(world, meeting, statement):
    meetings.record(meeting, "价签本周换完", {world.am.pk: "present"})
    meetings.decide(meeting, world.supervisor, world.am, "换价签", periods.today())
    meetings.close(meeting)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert meeting.attendance.get(user=world.am).state == "present"


def test_open_minutes_can_still_change(world, meeting):
    meetings.record(meeting, "草稿", {world.am.pk: "present"})
    meeting.attendance.filter(user=world.am).delete()
    assert meeting.attendance.count() == 1
