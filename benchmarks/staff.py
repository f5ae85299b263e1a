"""Units and people of a world: provinces with cities, counties, departments and grids, one manager a grid."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MANAGERS_A_TEAM, TEAMS_A_COUNTY, COUNTIES_A_CITY = 12, 3, 5
NATIONAL_PROVINCES, FEWEST_PROVINCES, SMALLEST_PROVINCE = 31, 4, 12
JOINED = dt.date(2019, 1, 1)
NAMES = (
    "云岭长河青江北原东海南屏西川临海赤水白山黑河金陵淮上江右齐鲁"
    "中州荆楚潇湘岭南桂山琼岛巴渝蜀中黔山滇池藏东秦川陇上河湟塞上天山"
)
PROVINCES = [NAMES[place : place + 2] for place in range(0, len(NAMES), 2)]


@dataclass
class Staff:
    """Rows to be copied in: units, people and their posts; ``managers`` are (user, grid, organisation) in order."""

    units: list[list[Any]] = field(default_factory=list)
    people: list[list[Any]] = field(default_factory=list)
    postings: list[list[Any]] = field(default_factory=list)
    managers: list[tuple[int, int, int]] = field(default_factory=list)


UNIT_COLUMNS = (
    "id",
    "path",
    "code",
    "name",
    "level",
    "profile",
    "settings",
    "is_active",
    "organisation_id",
    "parent_id",
)
PERSON_COLUMNS = (
    "id", "password", "username", "employee_number", "name", "role", "post_title", "phone", "email", "language",
    "is_active", "must_change_password", "joined_on", "preferences", "unit_id",
)  # fmt: skip
POSTING_COLUMNS = ("user_id", "unit_id", "role", "valid_from")


def shares(total: int, parts: int) -> list[int]:
    """A number cut into nearly equal parts."""
    return [total * (part + 1) // parts - total * part // parts for part in range(parts)]


def number_of_provinces(managers: int) -> int:
    """As many as the country has for the whole of it; at least four, unless they would be too small."""
    share = round(NATIONAL_PROVINCES * managers / 40_000)
    return max(1, min(managers // SMALLEST_PROVINCE, max(FEWEST_PROVINCES, share)))


class Maker:
    """Makes the rows under organisations that are there already."""

    def __init__(self, first_unit: int, first_person: int, password: str, path_step: Any) -> None:
        self.staff = Staff()
        self.units = iter(range(first_unit, 10**9))
        self.persons = iter(range(first_person, 10**9))
        self.password, self.path_step = password, path_step

    def province(self, number: int, organisation: Any, managers: int) -> None:
        """Everything below an organisation of so many managers."""
        code, root = organisation.code, (organisation.pk, organisation.path)
        for role, title in (("hr", "考核员"), ("admin", "系统管理员"), ("back_office", "客服专员")):
            self._person(f"{code}-{role}".lower(), title, role, title, organisation.pk)
        self._person(f"{code}-head".lower(), "省公司主管", "supervisor", "省公司主管", organisation.pk)
        for county_number, teams in enumerate(self._counties(managers)):
            if county_number % COUNTIES_A_CITY == 0:
                city_number = county_number // COUNTIES_A_CITY + 1
                city = self._unit(root, organisation.pk, f"{code}-{city_number}", f"第{city_number}市公司", "city")
            county_code = f"{code}-{county_number + 1:03}"
            county = self._unit(city, organisation.pk, county_code, f"第{county_number + 1}县分公司", "county")
            for team_number, size in enumerate(teams):
                team_code = f"{county_code}-{team_number + 1}"
                team = self._unit(county, organisation.pk, team_code, f"第{team_number + 1}市场部", "department")
                self._person(f"{team_code}-s".lower(), "市场经理", "supervisor", "市场经理", team[0])
                for grid_number in range(size):
                    grid_code = f"{team_code}-{grid_number + 1:02}"
                    grid = self._unit(team, organisation.pk, grid_code, f"第{grid_number + 1}网格", "grid")
                    manager = self._person(grid_code.lower(), f"客户经理{grid_code[-8:]}", "am", "客户经理", grid[0])
                    self.staff.managers.append((manager, grid[0], organisation.pk))

    def _counties(self, managers: int) -> Iterator[list[int]]:
        teams = max(1, -(-managers // MANAGERS_A_TEAM))
        sizes = shares(managers, teams)
        for first in range(0, teams, TEAMS_A_COUNTY):
            yield sizes[first : first + TEAMS_A_COUNTY]

    def _unit(self, parent: tuple[int, str], organisation: int, code: str, name: str, level: str) -> tuple[int, str]:
        pk = next(self.units)
        path = parent[1] + self.path_step(pk)
        self.staff.units.append([pk, path, code, name, level, "tobacco", "{}", "t", organisation, parent[0]])
        return pk, path

    def _person(self, username: str, name: str, role: str, title: str, unit: int) -> int:
        pk = next(self.persons)
        self.staff.people.append(
            [pk, self.password, username, "", name, role, title, "", "", "", "t", "f", JOINED, "{}", unit]
        )
        self.staff.postings.append([pk, unit, role, JOINED])
        return pk
