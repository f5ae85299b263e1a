"""Journals, reviews and minutes on paper, in Chinese."""

import re
import zlib

import pytest
from django.test import Client

from crm.lib import periods
from journals import meetings, services
from tests.journals.helpers import DAY, handed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(world):
    journal = handed_in(world.am)
    services.return_(journal, 1, world.supervisor, "补充市场动态")
    journal.refresh_from_db()
    services.submit(journal, {"summary": "走访 8 户，补了市场动态"})
    services.review(journal, 2, world.supervisor, evaluation="具体", suggestion="分享给同事", mark=5, praise=True)
    return journal


def test_a_journal_with_all_its_reviews(reviewed):
    reader = Client()
    reader.force_login(reviewed.author)
    page = reader.get(f"/journals/{reviewed.pk}/print/").content.decode()
    for text in (
        "走访 8 户，补了市场动态",
        "补充市场动态",
        "具体",
        "分享给同事",
        "李明",
        "东街网格",
        "客户经理（签字）",
    ):
        assert text in page
    assert "?format=pdf" in page


def test_the_pdf_is_in_chinese_and_named(reviewed):
    reader = Client()
    reader.force_login(reviewed.author)
    answer = reader.get(f"/journals/{reviewed.pk}/print/?format=pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "%E6%9D%8E%E6%98%8E" in answer["Content-Disposition"]  # 李明
    streams = re.findall(rb"FlateDecode.*?stream\n(.*?)endstream", answer.content, re.DOTALL)
    assert any(b"CJK" in zlib.decompress(stream) for stream in streams)


def test_minutes(world):
    values = {"kind": "weekly", "title": "周例会", "begins_at": periods.at(DAY, 17), "place": "二楼会议室"}
    meeting = meetings.plan(world.supervisor, [world.am], **values)
    meetings.decide(meeting, world.supervisor, world.am, "换价签", periods.today())
    meetings.record(meeting, "通报上周走访。", {world.am.pk: "present"})
    reader = Client()
    reader.force_login(world.am)
    page = reader.get(f"/journals/meetings/{meeting.pk}/print/").content.decode()
    for text in ("通报上周走访。", "换价签", "二楼会议室", "草稿，未定稿", "到会"):
        assert text in page
    meetings.close(meeting)
    assert "草稿" not in reader.get(f"/journals/meetings/{meeting.pk}/print/").content.decode()
    assert reader.get(f"/journals/meetings/{meeting.pk}/print/?format=pdf").content.startswith(b"%PDF")
