"""What the assessment adds to lower packages: an organisation's first scheme."""

from typing import Any

from kpi import defaults
from people.models import OrgUnit
from people.services import organisation_created


def on_organisation_created(organisation: OrgUnit, **_sent: Any) -> None:
    """A new organisation begins with its industry's scheme."""
    defaults.install(organisation)


organisation_created.connect(on_organisation_created, dispatch_uid="kpi.first_scheme")
