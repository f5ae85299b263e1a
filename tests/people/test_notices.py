"""Notifications outside the site: to whom, by which channel, when; sent once, retried only when surely not arrived."""

import base64
import datetime as dt
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from crm.lib import periods, sql
from people.models import Delivery, Notification, Robot
from people.notices import sending
from people.notices.choices import Choices, choices_of, store
from people.services import notify
from tests.chat import chat  # noqa: F401

pytestmark = pytest.mark.django_db
NO_QUIET = {"quiet_from": dt.time(0), "quiet_to": dt.time(0)}


@pytest.fixture
def team(world, settings):
    """The account manager has an address and no quiet hours; e-mail is set up."""
    settings.EMAIL_ENABLED, settings.SITE_URL = True, "https://crm.example.com"
    reader = world.am
    reader.email, reader.phone = "liming@example.com", "13800000001"
    reader.save()
    store(reader, Choices(**NO_QUIET))
    return world


@pytest.fixture
def robot(team, chat):  # noqa: F811
    return Robot.objects.create(unit=team.units["north"], name="城北群", url=chat.url)


def tell(person, text="请完成走访", key="task:1"):
    notify([person], text, url="/tasks/", key=key)
    return Notification.objects.get(user=person, key=key)


def states(notification):
    return dict(notification.deliveries.values_list("channel", "state"))


def later(delivery):
    """What waits is due now."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=periods.now())


# --- Who gets what, and when --------------------------------------------------------------------------------------


def test_each_channel_gets_one_delivery(team, robot):
    found = tell(team.am)
    assert states(found) == {"email": "waiting", "robot": "waiting"}
    tell(team.am)  # the same key: nothing new
    assert Delivery.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(notification=found, channel="email")


def test_several_people_are_told_at_once(team, robot):
    notify([team.am, team.managers["team"], team.supervisor], "请完成走访", url="/tasks/", key="task:2")
    assert Notification.objects.filter(key="task:2").count() == 3


def test_nothing_goes_out_where_nothing_is_set_up(world, settings):
    settings.EMAIL_ENABLED = False
    assert states(tell(world.am)) == {}


def test_choices_decide(team, robot):
    store(team.am, Choices(email={"task": "off"}, robot={"task": False}, **NO_QUIET))
    assert states(tell(team.am)) == {}


def test_the_nearest_robot_speaks(team, robot):
    own = Robot.objects.create(unit=team.units["own"], name="东街群", url=robot.url)
    assert tell(team.am).deliveries.get(channel="robot").robot == own
    assert tell(team.managers["team"]).deliveries.get(channel="robot").robot == robot
    assert states(tell(team.managers["other_team"])) == {}
    own.is_active = False
    own.save()
    assert tell(team.am, key="task:2").deliveries.get(channel="robot").robot == robot


def test_quiet_hours_wait_until_they_end():
    night = Choices(quiet_from=dt.time(21), quiet_to=dt.time(7))
    day = dt.date(2026, 11, 20)
    assert night.after_quiet(periods.at(day, 22)) == periods.at(day + dt.timedelta(1), 7)
    assert night.after_quiet(periods.at(day, 6, 59)) == periods.at(day, 7)
    assert night.after_quiet(periods.at(day, 7)) == periods.at(day, 7)
    assert night.after_quiet(periods.at(day, 20, 59)) == periods.at(day, 20, 59)
    noon = Choices(quiet_from=dt.time(12), quiet_to=dt.time(14))
    assert noon.after_quiet(periods.at(day, 13)) == periods.at(day, 14)
    assert noon.after_quiet(periods.at(day, 22)) == periods.at(day, 22)
    assert Choices(**NO_QUIET).after_quiet(periods.at(day, 3)) == periods.at(day, 3)


def test_the_next_digest():
    choices = Choices(digest_at=dt.time(7, 30))
    day = dt.date(2026, 11, 20)
    assert choices.next_digest(periods.at(day, 7)) == periods.at(day, 7, 30)
    assert choices.next_digest(periods.at(day, 7, 30)) == periods.at(day + dt.timedelta(1), 7, 30)


def test_what_is_chosen_is_kept_and_defaults_follow(team):
    store(team.am, Choices(email={"task": "now", "other": "off"}, quiet_from=dt.time(20), quiet_to=dt.time(8)))
    team.am.refresh_from_db()
    assert team.am.preferences["notices"]["email"] == {"other": "off"}
    assert choices_of(team.am.preferences).quiet_to == dt.time(8)


# --- E-mail -------------------------------------------------------------------------------------------------------


def test_an_email_leads_back(team):
    found = tell(team.am)
    assert sending.send_due() == 1
    (message,) = mail.outbox
    assert message.to == ["liming@example.com"]
    assert message.subject == "请完成走访"
    assert "https://crm.example.com/tasks/" in message.body
    assert message.extra_headers["Message-ID"] == f"<{found.deliveries.get().pk}@crm.example.com>"
    assert states(found) == {"email": "sent"}
    assert sending.send_due() == 0
    assert len(mail.outbox) == 1


def test_a_subject_is_one_line(team):
    tell(team.am, text="第一行\r\nBcc: x@example.com")
    sending.send_due()
    assert mail.outbox[0].subject == "第一行 Bcc: x@example.com"


def test_a_digest_is_one_email(team):
    store(team.am, Choices(email={"task": "digest"}, **NO_QUIET))
    found = [tell(team.am, f"事项{n}", f"task:{n}") for n in range(3)]
    assert sending.send_due() == 0  # tomorrow
    Delivery.objects.update(due_at=periods.now())
    assert sending.send_due() == 1
    (message,) = mail.outbox
    assert all(f"事项{n}" in message.body for n in range(3))
    assert [states(row) for row in found] == [{"email": "sent"}] * 3


def test_what_has_been_read_stays_at_home(team):
    found = tell(team.am)
    Notification.objects.update(read_at=periods.now())
    assert sending.send_due() == 0
    assert states(found) == {"email": "skipped"}


def test_a_mail_server_that_is_down_is_tried_again(team, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    found = tell(team.am)
    sending.send_due()
    row = found.deliveries.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.due_at > periods.now() + dt.timedelta(seconds=50)
    for _time in sending.AGAIN_AFTER:
        later(row)
        sending.send_due()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 6)


# --- Robots -------------------------------------------------------------------------------------------------------


def test_wecom(team, robot, chat):  # noqa: F811
    found = tell(team.am, text="客户<@all>要补货")
    sending.send_due()
    (post,) = chat.posts
    assert post["body"] == {
        "msgtype": "text",
        "text": {
            "content": "李明：客户＜@all>要补货\nhttps://crm.example.com/tasks/",
            "mentioned_mobile_list": ["13800000001"],
        },
    }
    assert post["headers"]["X-Zoufang-Delivery"] == str(found.deliveries.get(channel="robot").pk)
    assert states(found)["robot"] == "sent"


def test_dingtalk_signs_the_address(team, robot, chat):  # noqa: F811
    Robot.objects.update(maker="dingtalk", secret="SEC1")
    tell(team.am)
    sending.send_due()
    (post,) = chat.posts
    query = parse_qs(urlsplit(post["path"]).query)
    stamp = query["timestamp"][0]
    expected = base64.b64encode(hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()).decode()
    assert query == {"key": ["k"], "timestamp": [stamp], "sign": [expected]}
    assert abs(int(stamp) / 1000 - periods.now().timestamp()) < 60
    assert post["body"]["text"] == {"content": "李明：请完成走访\nhttps://crm.example.com/tasks/"}
    assert post["body"]["at"] == {"atMobiles": ["13800000001"], "isAtAll": False}


def test_feishu_signs_the_body(team, robot, chat):  # noqa: F811
    Robot.objects.update(maker="feishu", secret="f1")
    tell(team.am)
    sending.send_due()
    body = chat.posts[0]["body"]
    expected = base64.b64encode(hmac.new(f"{body['timestamp']}\nf1".encode(), b"", hashlib.sha256).digest()).decode()
    assert body["sign"] == expected
    assert body["content"]["post"]["zh_cn"]["content"] == [
        [{"tag": "text", "text": "李明：请完成走访"}],
        [{"tag": "a", "text": "打开", "href": "https://crm.example.com/tasks/"}],
    ]


def test_an_error_of_the_chat_is_tried_again_with_growing_pauses(team, robot, chat):  # noqa: F811
    chat.answers = [(500, {}), (503, {})]
    row = tell(team.am).deliveries.get(channel="robot")
    waits = []
    for _time in range(3):
        later(row)
        before = periods.now()
        sending.send_due()
        row.refresh_from_db()
        waits.append(round((row.due_at - before).total_seconds() / 60))
    assert (row.state, row.attempts) == ("sent", 3)
    assert waits[:2] == [1, 5]
    assert len(chat.texts) == 1


def test_a_wrong_address_is_not_tried_again(team, robot, chat):  # noqa: F811
    chat.answers = [(200, {"errcode": 93000, "errmsg": "invalid webhook url"})]
    row = tell(team.am).deliveries.get(channel="robot")
    sending.send_due()
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "93000: invalid webhook url")
    later(row)
    sending.send_due()
    assert len(chat.posts) == 1


def test_a_lost_answer_is_unclear_and_never_sent_again_by_itself(team, robot, chat):  # noqa: F811
    chat.answers = [None]
    row = tell(team.am).deliveries.get(channel="robot")
    sending.send_due()
    later(row)
    sending.send_due()
    row.refresh_from_db()
    assert row.state == "unclear"
    assert len(chat.posts) == 1
    assert sending.send_again(row)
    sending.send_due()
    assert len(chat.posts) == 2
    assert not sending.send_again(row)


def test_a_crowded_chat_rests_for_all(team, robot, chat):  # noqa: F811
    chat.answers = [(200, {"errcode": 45009, "errmsg": "freq out of limit"})]
    rows = [tell(team.am, key=f"task:{n}").deliveries.get(channel="robot") for n in range(3)]
    sending.send_due()
    assert len(chat.posts) == 1
    robot.refresh_from_db()
    assert robot.rests_until > periods.now()
    Robot.objects.update(rests_until=periods.now())
    Delivery.objects.update(due_at=periods.now())
    sending.send_due()
    assert [states(row.notification)["robot"] for row in rows] == ["sent"] * 3
    assert len(chat.texts) == 3


def test_a_worker_that_died_leaves_it_unclear(team, robot, chat):  # noqa: F811
    row = tell(team.am).deliveries.get(channel="robot")
    (claimed,) = (each for each in (sending.claim(), sending.claim()) for each in each if each.channel == "robot")
    assert claimed.pk == row.pk
    sending.send_due()
    row.refresh_from_db()
    assert row.state == "sending"
    Delivery.objects.update(claimed_at=periods.now() - dt.timedelta(minutes=6))
    sending.send_due()
    row.refresh_from_db()
    assert row.state == "unclear"
    sending.note([claimed], "sent", "", sent_at=periods.now())  # the dead one comes back: its claim holds no more
    row.refresh_from_db()
    assert row.state == "unclear"
    assert chat.posts == []


# --- Pages --------------------------------------------------------------------------------------------------------


def client_of(user):
    found = Client()
    found.force_login(user)
    return found


def test_a_test_message(team, robot, chat):  # noqa: F811
    page = client_of(team.actors["admin"]).post(f"/robots/{robot.pk}/test/", follow=True)
    assert "测试消息已发到" in page.content.decode()
    assert "城北市场部" in chat.texts[0]
    chat.answers = [(200, {"errcode": 310000, "errmsg": "sign not match"})]
    page = client_of(team.actors["admin"]).post(f"/robots/{robot.pk}/test/", follow=True)
    assert "sign not match" in page.content.decode()


def test_a_private_address_is_refused_in_the_form_and_in_the_call(team, robot, settings):
    settings.OUTBOUND_PRIVATE = False
    admin = client_of(team.actors["admin"])
    page = admin.post("/robots/new/", {"unit": team.units["south"].pk, "maker": "wecom", "name": "x", "url": robot.url})
    assert "https://" in page.content.decode()
    assert not Robot.objects.filter(name="x").exists()
    Robot.objects.update(url="https://127.0.0.1/send")
    page = admin.post(f"/robots/{robot.pk}/test/", follow=True)
    assert "内网" in page.content.decode()


def test_the_address_is_never_shown_and_stays_when_left_empty(team, robot):
    Robot.objects.update(url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=secret-part-of-it", secret="s3cret")
    admin = client_of(team.actors["admin"])
    for path in ("/robots/", f"/robots/{robot.pk}/"):
        page = admin.get(path).content.decode()
        assert "secret-part" not in page
        assert "s3cret" not in page
    admin.post(
        f"/robots/{robot.pk}/",
        {"unit": robot.unit_id, "maker": "wecom", "name": "新名", "url": "", "secret": "", "is_active": "on"},
    )
    robot.refresh_from_db()
    assert (robot.name, robot.secret) == ("新名", "s3cret")
    assert robot.url.endswith("secret-part-of-it")


def test_the_database_never_sees_a_robots_address_and_key(team, robot, settings):
    Robot.objects.update(url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=part-of-it", secret="s3cret")
    [stored] = sql.rows("SELECT url, secret FROM people_robot")
    assert not any(word in text for text in stored.values() for word in ("part-of-it", "weixin", "s3cret"))
    assert Robot.objects.get().secret == "s3cret"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert Robot.objects.get().url.endswith("part-of-it")
    settings.SECRET_KEY_FALLBACKS = []  # the key is lost: the robot is mute and says why, nothing breaks
    assert (Robot.objects.get().url, Robot.objects.get().secret) == ("", "")
    page = client_of(team.actors["admin"]).post(f"/robots/{robot.pk}/test/", follow=True)
    assert "https://" in page.content.decode()


def test_choices_by_page(team):
    own = client_of(team.am)
    form = own.get("/notifications/settings/").context["form"]
    values = {name: "off" if name == "email-task" else form[name].value() or "" for name in form.fields}
    values |= {"quiet_from": "20:00", "quiet_to": "08:00", "digest_at": "12:00"}
    assert own.post("/notifications/settings/", values).status_code == 302
    team.am.refresh_from_db()
    chosen = choices_of(team.am.preferences)
    assert (chosen.email_of("task"), chosen.quiet_from) == ("off", dt.time(20))
    page = own.post("/notifications/settings/", values | {"digest_at": "quarter past"})
    assert page.status_code == 200


def test_the_list_by_kind(team):
    tell(team.am)
    tell(team.am, "别的事", "something:1")
    page = client_of(team.am).get("/notifications/?kind=task").content.decode()
    assert "请完成走访" in page
    assert "别的事" not in page
