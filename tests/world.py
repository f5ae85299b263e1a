"""A small world with two organisations, in which every relation between a person and a row occurs.

Relations of a row to the account manager ``am``: *own*, *team* (a teammate's, same supervisor), *other_team* (same
organisation, another supervisor), *other_org* (another organisation).
"""

import datetime as dt
from dataclasses import dataclass, field

from clients.models import Client, ClientTier, Ownership, ServiceStandard
from people.models import Level, OrgUnit, Role, User
from people.services import add_person, create_unit

RELATIONS = ("own", "team", "other_team", "other_org")
ROLES = (Role.AM, Role.SUPERVISOR, Role.HR, Role.BACK_OFFICE, Role.ADMIN)
JOINED = dt.date(2026, 1, 5)
PASSWORD = "Kunming-2026-spring"


@dataclass
class World:
    """Units, people and clients by name or relation."""

    organisation: OrgUnit
    other_organisation: OrgUnit
    units: dict[str, OrgUnit] = field(default_factory=dict)
    actors: dict[str, User] = field(default_factory=dict)
    managers: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def am(self) -> User:
        return self.actors["am"]

    @property
    def supervisor(self) -> User:
        return self.actors["supervisor"]

    @property
    def hr(self) -> User:
        return self.actors["hr"]


def person(unit: OrgUnit, username: str, name: str, role: str) -> User:
    """A member of staff who joined at the beginning of the year."""
    return add_person(unit, username, name, role, password=PASSWORD, joined_on=JOINED)


def client_of(owner: User, code: str, name: str, **fields: object) -> Client:
    """A client of an account manager in the manager's own grid, tier B, with an open ownership."""
    client = Client.objects.create(
        organisation_id=owner.organisation_id, org=owner.unit, owner=owner, code=code, name=name, **fields
    )
    Ownership.objects.create(client=client, owner=owner, valid_from=JOINED)
    ClientTier.objects.create(client=client, tier="B", month=dt.date(2026, 9, 1), since=dt.date(2026, 9, 1))
    return client


def add_standards(organisation: OrgUnit) -> None:
    """Service standards of four tiers."""
    for position, (tier, days) in enumerate({"A": 15, "B": 30, "C": 60, "D": 90}.items()):
        ServiceStandard.objects.get_or_create(
            organisation=organisation,
            tier=tier,
            defaults={"position": position, "visit_days": days, "call_days": days // 2},
        )


def build() -> World:
    """The world, in the database."""
    alpha = create_unit(None, "ALPHA", "云岭县烟草公司", Level.ORGANISATION, profile="tobacco")
    beta = create_unit(None, "BETA", "滨江银行", Level.ORGANISATION, profile="bank")
    world = World(alpha, beta)
    north = create_unit(alpha, "ALPHA-N", "城北市场部", Level.DEPARTMENT)
    south = create_unit(alpha, "ALPHA-S", "城南市场部", Level.DEPARTMENT)
    branch = create_unit(beta, "BETA-1", "江北支行", Level.SUB_BRANCH)
    world.units = {
        "north": north,
        "south": south,
        "branch": branch,
        "own": create_unit(north, "ALPHA-N1", "东街网格"),
        "team": create_unit(north, "ALPHA-N2", "西街网格"),
        "other_team": create_unit(south, "ALPHA-S1", "南门网格"),
        "other_org": create_unit(branch, "BETA-1-1", "江滨片区"),
    }
    for organisation in (alpha, beta):
        add_standards(organisation)
    world.managers = {
        "own": person(world.units["own"], "am", "李明", Role.AM),
        "team": person(world.units["team"], "am.team", "王芳", Role.AM),
        "other_team": person(world.units["other_team"], "am.south", "赵强", Role.AM),
        "other_org": person(world.units["other_org"], "am.beta", "陈静", Role.AM),
    }
    world.actors = {
        "am": world.managers["own"],
        "supervisor": person(north, "supervisor", "周建国", Role.SUPERVISOR),
        "hr": person(alpha, "hr", "吴敏", Role.HR),
        "back_office": person(north, "backoffice", "郑凯", Role.BACK_OFFICE),
        "admin": person(alpha, "admin", "孙丽", Role.ADMIN),
        "supervisor_south": person(south, "supervisor.south", "钱勇", Role.SUPERVISOR),
        "supervisor_beta": person(branch, "supervisor.beta", "冯娟", Role.SUPERVISOR),
        "hr_beta": person(beta, "hr.beta", "沈涛", Role.HR),
    }
    names = {"own": "兴隆便利店", "team": "惠民超市", "other_team": "老街烟酒店", "other_org": "江北机械公司"}
    for number, (relation, name) in enumerate(names.items(), start=1):
        world.clients[relation] = client_of(
            world.managers[relation], f"53010000000{number}", name, longitude=102.71, latitude=25.04
        )
    return world


def twice(world: World, number: str) -> None:
    """Two account managers of one organisation with the same employee number, as older installations may have them."""
    unit = OrgUnit.objects.filter(pk=world.units["team"].pk)
    unit.update(organisation=world.other_organisation)  # out of the trigger's sight while the numbers are written
    User.objects.filter(pk__in=[world.managers[name].pk for name in ("own", "team")]).update(employee_number=number)
    unit.update(organisation=world.organisation)
