"""Sample data on and off: an organisation of its own, beside the real one and never mixed with it.

What is sealed (submitted journals, published scores, the audit chain) cannot be deleted by anybody, sample or not. So
"off" closes the sample organisation: nobody of it can log in, no clock works for it, it stands in no list. "On" again
opens the same one.
"""

import secrets
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.demo.telling import words
from crm.lib import jobs
from crm.lib.models import Job
from people.models import OrgUnit, Profile, User

KIND = "sample_data"
SAMPLE, PASSWORD = "sample", "sample_password"
WHOLE = {Profile.BANK: "bank", Profile.TOBACCO: "tobacco", Profile.OTHER: "tobacco"}  # the demo's two organisations


def story_of(organisation: OrgUnit) -> dict[str, Any]:
    """The cast of the organisation's industry: one of the demo's two, or a small one."""
    profile = Profile(organisation.profile)
    found: dict[str, Any] = words("cast")[WHOLE[profile]] if profile in WHOLE else words(f"{profile.value}_story")
    return found


def sample_of(organisation: OrgUnit) -> OrgUnit | None:
    """The sample organisation beside a real one, open or closed."""
    return OrgUnit.objects.roots().filter(code=story_of(organisation)["code"]).exclude(pk=organisation.pk).first()


def logins(organisation: OrgUnit) -> list[dict[str, str]]:
    """Who can be tried: {label, username}."""
    return [
        {"label": person["login"], "username": person["username"]}
        for person in story_of(organisation)["staff"]
        if person.get("login")
    ]


def switch(organisation: OrgUnit, on: bool, user: User) -> Job:
    """Ask for the sample data to be there, or away."""
    return jobs.request(KIND, organisation.pk, params={"on": on, "done_url": "/setup/steps/"}, user=user)


@jobs.kind(KIND, gettext_lazy("Sample data"))
def sample_data(work: jobs.Work) -> jobs.Outcome:
    """Load or open the sample organisation, or close it."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    on = bool(work.job.params["on"])
    for _step in work.pending(["all"]):
        with work.step(str(_("Sample data on") if on else _("Sample data off"))):
            sample = sample_of(organisation)
            if sample is None and on:
                load(organisation)
                sample = sample_of(organisation)
            elif sample is not None and SAMPLE not in sample.settings:
                raise jobs.JobError(str(_("The demo runs here: its organisation is not a sample.")))
            if sample is not None:
                _set(sample, on)
    return jobs.Outcome({"on": on})


def load(organisation: OrgUnit) -> None:
    """The sample of the organisation's industry, whole or not at all."""
    from crm.demo import load as whole  # thirty modules that no other page or job needs
    from crm.demo import small

    profile = Profile(organisation.profile)
    if profile in WHOLE:
        whole.load_one(WHOLE[profile])
    else:
        small.load(profile.value)


@transaction.atomic
def _set(sample: OrgUnit, on: bool) -> None:
    """Open with a new password for all, or close."""
    people = User.objects.filter(unit__path__startswith=sample.path)
    password = secrets.token_urlsafe(9) if on else ""
    people.update(password=make_password(password or None))  # ends every session, too
    sample.is_active = on
    sample.settings = {**sample.settings, SAMPLE: True, PASSWORD: password}
    sample.save(update_fields=["is_active", "settings"])
