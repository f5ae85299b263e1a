"""The demo's people, shops, days and notes, without a database."""

import datetime as dt
import random
import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from crm.demo.cards import Maker
from crm.demo.curves import bank_facts, months_until, tobacco_facts
from crm.demo.customers import check_character, make_customers
from crm.demo.days import Calendar, Shift
from crm.demo.diaries import Diarist
from crm.demo.notes import Writer
from crm.demo.seasons import next_festival, tobacco_season
from crm.demo.shops import make_shops
from crm.demo.telling import words
from crm.lib import periods
from crm.lib.geo import distance_m
from crm.lib.workdays import is_work_day
from visits.similarity import NEARLY_EQUAL, similarity

TODAY = dt.date(2026, 11, 18)
FIRST = dt.date(2026, 8, 1)
STANDARDS = {"A": (15, 7), "B": (30, 15), "C": (60, 30), "D": (90, 45)}
CODES = {"shop": ["display"], "company": ["needs"], "person": ["needs"]}


def cards_of(profile, today=TODAY, seed=5):
    region, make = {"tobacco": ("county", make_shops), "bank": ("city", make_customers)}[profile]
    return make(Maker(random.Random(f"{seed}:{profile}"), today, words(region), "1390000"))


@pytest.fixture(scope="module")
def shops():
    cards = cards_of("tobacco")
    facts = defaultdict(dict)
    for card, (month, amount, quantity, measures) in tobacco_facts(cards, TODAY, 26, 5):
        facts[card.code][month] = (float(amount), int(quantity), measures)
    return cards, facts


@pytest.fixture(scope="module")
def walked(shops):
    """Tiers by rank of the last amount, then every day of three quite different managers."""
    cards, _facts = shops
    order = sorted(cards, key=lambda card: -card.amounts[-1])
    tiers = {card.code: "ABCD"[sum(n > len(order) * cut for cut in (0.1, 0.4, 0.8))] for n, card in enumerate(order)}
    calendar = Calendar(random.Random(7), FIRST, TODAY, lambda month: tiers, STANDARDS)
    styles = {"YL-C1": "excellent", "YL-C4": "copier", "YL-E1": "fading", "YL-W1": "late"}
    shifts = [
        Shift(grid, style, [card for card in cards if card.grid == grid], FIRST, TODAY, (0.0, 0.0))
        for grid, style in styles.items()
    ]
    return styles, calendar.walk(shifts)


@pytest.fixture(scope="module")
def written(walked):
    writer = Writer(random.Random(8), "tobacco", periods.last_whole_month(TODAY), CODES)
    return [(day, [(meeting, writer.write(meeting)) for meeting in day.meetings]) for day in walked[1]]


def test_shops_have_licences_owners_and_places_in_the_county(shops):
    cards, _facts = shops
    assert len(cards) == 1800
    assert len({card.code for card in cards}) == len({card.name for card in cards}) == 1800
    assert all(re.fullmatch(r"539921\d{6}", card.code) for card in cards)
    assert all(re.fullmatch(r"1390000\d{4}", person.phone) for card in cards for person in card.people)
    longitude, latitude = words("county")["centre"]
    assert max(distance_m(longitude, latitude, card.longitude, card.latitude) for card in cards) < 26_000
    assert {grid for card in cards if card.is_representative for grid in [card.grid]} == {card.grid for card in cards}


def test_customers_have_valid_credit_codes():
    cards = cards_of("bank")
    assert Counter(card.kind for card in cards) == {"company": 260, "person": 640}
    for card in cards:
        if card.kind == "company":
            assert card.code[17] == check_character(card.code[:17])


def test_check_character_of_a_published_code():
    # The example of GB 32100-2015: 91350100M000100Y43
    assert check_character("91350100M000100Y4") == "3"


@pytest.mark.parametrize("profile", ["tobacco", "bank"])
def test_the_same_seed_makes_the_same_clients(profile):
    assert cards_of(profile) == cards_of(profile)
    assert cards_of(profile) != cards_of(profile, seed=6)


def test_facts_cover_26_whole_months_and_add_up(shops):
    cards, facts = shops
    months = months_until(TODAY, 26)
    assert (months[0], months[-1]) == (dt.date(2024, 9, 1), dt.date(2026, 10, 1))
    for card in cards:
        assert set(facts[card.code]) <= set(months)
        for _amount, quantity, measures in facts[card.code].values():
            assert quantity == sum(measures.values())


def three_months(facts, last):
    return sum(
        facts[periods.add_months(last, -back)][0] for back in range(3) if periods.add_months(last, -back) in facts
    )


def test_a_few_shops_fall_by_more_than_30_percent_on_last_year(shops):
    cards, facts = shops
    fallen = []
    for card in cards:
        now = three_months(facts[card.code], dt.date(2026, 10, 1))
        before = three_months(facts[card.code], dt.date(2025, 10, 1))
        if before and now < before * 0.7:
            fallen.append(card)
    assert 0.03 < len(fallen) / len(cards) < 0.07
    told = [card for card in fallen if card.story and card.story.kind in ("decline", "stopped")]
    assert len(told) > 0.8 * len(fallen)
    assert any(facts[card.code][dt.date(2026, 10, 1)][0] == 0 for card in cards if card.story)


def test_towns_grow_and_shrink(shops):
    cards, facts = shops
    growth = {}
    for town in ("东城街道", "松坪乡"):
        codes = [card.code for card in cards if card.town == town and len(facts[card.code]) == 26]
        now = sum(facts[code][dt.date(2026, month, 1)][0] for code in codes for month in range(1, 11))
        before = sum(facts[code][dt.date(2025, month, 1)][0] for code in codes for month in range(1, 11))
        growth[town] = now / before - 1
    assert growth["东城街道"] > 0.05
    assert growth["松坪乡"] < -0.04


def test_the_season_peaks_before_the_spring_festival():
    # 29 January 2025 and 17 February 2026
    assert max(range(1, 13), key=lambda month: tobacco_season(dt.date(2025, month, 1))) == 1
    assert tobacco_season(dt.date(2025, 2, 1)) < 0.9 < 1.05 < tobacco_season(dt.date(2026, 2, 1))
    assert next_festival(dt.date(2026, 11, 18)) == "元旦"
    assert next_festival(dt.date(2027, 1, 5)) == "春节"


def test_bank_facts_split_assets():
    cards = cards_of("bank")
    for _card, (_month, amount, _quantity, measures) in bank_facts(cards[:40], TODAY, 26, 5):
        assert measures["deposits"] + measures["wealth"] == pytest.approx(float(amount), abs=0.02)


def test_meetings_happen_in_office_hours_of_work_days_one_after_the_other(walked):
    rest = 0
    for day in walked[1]:
        if day.meetings and not is_work_day(day.day):
            rest += 1
        for before, after in pairwise(day.meetings):
            assert before.end <= after.start
        for meeting in day.meetings:
            assert FIRST <= meeting.day <= TODAY
            assert dt.time(8, 30) <= meeting.start.time() <= meeting.end.time() <= dt.time(18, 45)
    assert rest < 0.08 * sum(bool(day.meetings) for day in walked[1])


def test_nobody_is_faster_than_the_road_allows(walked):
    for day in walked[1]:
        on_site = [meeting for meeting in day.meetings if meeting.mode == "on_site"]
        for before, after in pairwise(on_site):
            metres = distance_m(before.card.longitude, before.card.latitude, after.card.longitude, after.card.latitude)
            hours = (after.start - before.end).total_seconds() / 3600
            assert metres / 1000 / hours < 60


def test_plans_name_nobody_twice_a_day_and_reach_into_next_week(walked):
    for day in walked[1]:
        codes = [card.code for card in day.planned]
        assert len(codes) == len(set(codes))
    ahead = {day.day for day in walked[1] if day.day > TODAY}
    assert len(ahead) == 5
    assert all(not day.meetings for day in walked[1] if day.day > TODAY)


def test_a_strong_start_and_weak_finish_shows(walked):
    styles, days = walked
    made = defaultdict(Counter)
    for day in days:
        made[styles[day.manager]][day.day.month] += sum(meeting.mode == "on_site" for meeting in day.meetings)
    assert made["fading"][8] > 1.4 * made["fading"][10]
    assert made["excellent"][10] > made["fading"][10] * 1.5


def test_only_the_copier_copies(written):
    copied, total = Counter(), Counter()
    seen = defaultdict(list)
    for day, held in written:
        for _meeting, note in held if day.day.month > 9 else []:
            text = f"{note.demand} {note.note}"
            total[day.manager] += 1
            copied[day.manager] += any(similarity(text, earlier) >= NEARLY_EQUAL for earlier in seen[day.manager][-60:])
            seen[day.manager].append(text)
    shares = {manager: copied[manager] / total[manager] for manager in total}
    assert shares.pop("YL-C4") > 0.25
    assert max(shares.values()) < 0.03


def test_notes_keep_to_the_client_and_the_day(written):
    for _day, held in written:
        for meeting, note in held:
            assert "{" not in note.note + note.demand + note.next_step
            assert note.note
            if note.next_step_on:
                assert note.next_step_on > meeting.day
                assert is_work_day(note.next_step_on)


def test_journals_come_on_time_or_late_as_the_manager_is(walked, written):
    styles, _days = walked
    now = dt.datetime.combine(TODAY, dt.time(16, 30))
    late = {}
    for manager, style in styles.items():
        diarist = Diarist(random.Random(f"9 {manager}"), "tobacco", now, "杨丽华", "周倩")
        days = [entry for entry in written if entry[0].manager == manager and is_work_day(entry[0].day)]
        diaries = diarist.write([entry for entry in days if entry[0].day <= TODAY], "prompt")
        assert all(moment <= now for diary in diaries for moment, _texts in diary.versions)
        for diary in diaries:
            for version, review in zip(diary.versions, diary.reviews, strict=False):
                assert review is None or version[0] < review.at <= now
        late[style] = sum(
            diary.versions[0][0].time() > dt.time(9) and diary.versions[0][0].date() > diary.day for diary in diaries
        ) / len(diaries)
        spans = diarist.write_spans("week", days, FIRST, "prompt")
        assert {diary.day.weekday() for diary in spans} == {0}
    assert late["excellent"] == 0
    assert late["late"] > 0.4


def test_a_year_whose_make_up_days_are_not_known_yet_works_too():
    today = dt.date(2027, 3, 3)
    cards = [card for card in cards_of("tobacco", today) if card.grid == "YL-W5"]
    list(tobacco_facts(cards, today, 26, 5))
    tiers = {card.code: "B" for card in cards}
    calendar = Calendar(random.Random(1), dt.date(2026, 12, 1), today, lambda month: tiers, STANDARDS)
    days = calendar.walk([Shift("new", "new", cards, dt.date(2027, 1, 4), today, (0.0, 0.0))])
    assert {day.day for day in days if day.meetings} >= {dt.date(2027, 3, 1), today}
    assert not any(day.meetings for day in days if day.day == dt.date(2027, 2, 7))
