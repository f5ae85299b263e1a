"""Template tags of every page: badges, numbers, times, addresses and blocks."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from crm.lib import periods
from crm.lib.templatetags import zoufang


def render(source: str, address: str = "/", **values: object) -> str:
    return Template(source).render(Context({"request": RequestFactory().get(address), **values}))


# --- Icons and badges -------------------------------------------------------------------------------------------


def test_icon_is_decoration_unless_it_says_something():
    plain = render('{% icon "home" css="zf-muted" %}')
    assert 'class="icon zf-muted"' in plain
    assert 'aria-hidden="true"' in plain
    assert '#home"' in plain
    assert 'role="img" aria-label="A &lt;b&gt;"' in render('{% icon "home" label=label %}', label="A <b>")


@pytest.mark.parametrize("tier", ["A", SimpleNamespace(code="A"), SimpleNamespace(code="A", name="Key client")])
def test_tier_badge_takes_a_code_or_a_tier(tier):
    assert 'data-tier="A"' in render("{% tier_badge tier %}", tier=tier)


def test_tier_badge_reads_aloud_and_knows_its_absence():
    with translation.override("zh-hans"):
        assert "A 级" in render('{% tier_badge "A" %}')
        assert "未定级" in render("{% tier_badge None %}")


@pytest.mark.parametrize(("grade", "name"), [("excellent", "优"), ("good", "良"), ("fair", "中"), ("fail", "未达标")])
def test_grade_badge_says_the_grade_in_words(grade, name):
    with translation.override("zh-hans"):
        badge = render("{% grade_badge grade %}", grade=grade)
    assert f'data-grade="{grade}">{name}<' in badge


def test_grade_badge_without_a_grade():
    assert "—" in render("{% grade_badge None %}")


def test_state_badge_escapes_its_text_and_refuses_an_unknown_tone():
    assert 'data-tone="danger">&lt;i&gt;<' in render('{% state_badge text "danger" %}', text="<i>")
    with pytest.raises(TemplateSyntaxError, match="no tone 'red'"):
        render('{% state_badge "late" "red" %}')


# --- Addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "query"),
    [
        ("{% qs page=2 %}", "?tier=A&amp;after=9&amp;page=2"),
        ('{% qs after=None tier="B" %}', "?tier=B"),
        ("{% qs tier='' after=False %}", "?"),
        ("{% qs after=ids %}", "?tier=A&amp;after=1&amp;after=2"),
    ],
)
def test_qs_changes_the_query(tag, query):
    assert render(tag, "/clients/?tier=A&after=9", ids=[1, 2]) == query


# --- Numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        (1234567, "¥1,234,567.00"),
        (Decimal("-0.004"), "¥0.00"),
        (-12, "−¥12.00"),
        (None, "—"),
        ("", "—"),
        ("no number", "—"),
        (float("nan"), "—"),
    ],
)
def test_money(value, shown):
    assert zoufang.money(value) == shown


def test_money_without_decimals():
    assert zoufang.money(Decimal("1234.50"), 0) == "¥1,234"
    assert render("{{ value|money:0 }}", value=1999) == "¥1,999"


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (123456, "¥12.3万", "¥123.5k"),
        (105000000, "¥1.05亿", "¥105.00m"),
        (-23456, "−¥2.3万", "−¥23.5k"),
        (999, "¥999", "¥999"),
        (None, "—", "—"),
    ],
)
def test_short_money_uses_the_readers_units(value, chinese, english):
    with translation.override("zh-hans"):
        assert zoufang.short_money(value) == chinese
    with translation.override("en"):
        assert zoufang.short_money(value) == english


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("0.1234"), "+12.3%"),
        (Decimal("-0.38"), "−38.0%"),
        (0, "0.0%"),
        (Decimal("-0.0001"), "0.0%"),
        (Decimal("0.0004"), "0.0%"),
        (12.5, "+1,250.0%"),
        (None, "—"),
    ],
)
def test_signed_percent(value, shown):
    assert zoufang.signed_percent(value) == shown


def test_percent_signed_and_grouped():
    assert zoufang.percent(Decimal("0.805"), 0) == "80%"  # half to even, as Decimal rounds
    assert zoufang.percent(None) == "—"
    assert zoufang.signed(Decimal("1.64")) == "+1.6"
    assert zoufang.signed(Decimal("-3")) == "−3.0"
    assert zoufang.signed(Decimal("0.04")) == "0.0"
    assert zoufang.grouped(1234567) == "1,234,567"
    assert zoufang.grouped(-1234.5, 1) == "−1,234.5"


# --- Times ------------------------------------------------------------------------------------------------------


@pytest.fixture
def midday(monkeypatch):
    """It is noon of 12 March 2026 in Shanghai."""
    noon = dt.datetime(2026, 3, 12, 4, 0, tzinfo=dt.UTC)
    monkeypatch.setattr(periods, "now", lambda: noon)
    return noon


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (dt.datetime(2026, 3, 12, 1, 5, tzinfo=dt.UTC), "今天 09:05"),
        (dt.datetime(2026, 3, 11, 16, 30, tzinfo=dt.UTC), "今天 00:30"),
        (dt.datetime(2026, 3, 11, 15, 30, tzinfo=dt.UTC), "昨天 23:30"),
        (dt.date(2026, 3, 13), "明天"),
        (dt.date(2026, 1, 5), "1月5日"),
        (dt.datetime(2025, 12, 31, 4, 0, tzinfo=dt.UTC), "2025-12-31 12:00"),
        (None, "—"),
    ],
)
def test_moment(midday, value, shown):
    with translation.override("zh-hans"):
        assert zoufang.moment(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 秒"),
        (59, "59 秒"),
        (60, "1 分钟"),
        (170, "3 分钟"),
        (5399, "90 分钟"),
        (7200, "2 小时"),
        (8700, "2 小时 25 分钟"),
        (7190, "2 小时"),
        (36000, "10 小时"),
        (40500, "11 小时"),
        (None, "—"),
    ],
)
def test_duration(seconds, shown):
    with translation.override("zh-hans"):
        assert zoufang.duration(seconds) == shown


# --- Blocks -----------------------------------------------------------------------------------------------------


def test_empty_state_offers_the_next_act():
    html = render('{% empty_state "inbox" "No clients" text="Import them" url="/import/" label="Import" %}')
    assert "No clients" in html
    assert '<a class="btn btn-primary" href="/import/">Import</a>' in html
    assert "<a" not in render('{% empty_state "inbox" "No clients" %}')


def test_progress_shows_a_bar_and_words():
    html = render('{% progress 3 9 unit=" 户" %}')
    assert '<progress max="9" value="3"' in html
    assert "3/9 户" in html
    assert "data-full" not in html
    assert "data-full" in render("{% progress 9 9 %}")


def test_progress_without_a_total_is_words_alone():
    html = render("{% progress 0 0 %}")
    assert "<progress" not in html
    assert "0/0" in html


def test_chart_carries_option_table_and_downloads():
    option = {
        "xAxis": {"type": "category", "data": ["2026-01"], "name": "Month"},
        "series": [{"type": "bar", "name": "</script>", "data": [7]}],
    }
    html = render('{% chart "sales" option "Do sales hold?" %}', option=option)
    assert 'data-chart="sales"' in html
    assert "Do sales hold?" in html
    assert '<script id="sales-data" type="application/json">' in html
    assert "\\u003C/script\\u003E" in html
    assert "<td>2026-01</td><td>7</td>" in html
    assert 'data-chart-csv="sales"' in html
    assert 'data-chart-png="sales"' in html


def test_chart_takes_a_table_of_its_own_and_refuses_an_unknown_size():
    html = render('{% chart "x" option "Why?" head=head rows=rows %}', option={}, head=["Unit"], rows=[["North"]])
    assert "<td>North</td>" in html
    with pytest.raises(TemplateSyntaxError, match="no size 'huge'"):
        render('{% chart "x" option "Why?" size="huge" %}', option={})


@pytest.mark.parametrize("source", ["parts/timeline.html", "parts/stat.html", "parts/pager.html", "parts/tabs.html"])
def test_parts_have_no_inline_style_or_script(source):
    item = {"when": dt.date(2026, 1, 1), "icon": "home", "title": "<b>", "text": "t", "url": "/", "tone": "info"}
    html = render(
        f'{{% include "{source}" %}}',
        items=[item],
        label="<b>",
        value=1,
        tabs=[{"label": "<b>", "url": "/", "active": True, "count": 0}],
        page={"next_url": "?a=1", "count_text": "<b>"},
    )
    assert "style=" not in html
    assert "<script" not in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
