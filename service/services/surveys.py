"""Survey verbs: a version, a wave with its drawn sample, one answer per invitation."""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client
from crm.lib import periods
from people.models import OrgUnit, User
from service.analysis import stratified_sample
from service.models import Answer, Invitation, Survey, Wave

MOST_INDICATORS = 15
_signer = signing.Signer(salt="service.survey")


def indicator_labels() -> dict[str, str]:
    """The nine default indicators of service, by code."""
    return {
        "conformity": _("Service as promised"),
        "frequency": _("Frequency of visits"),
        "accuracy": _("Accuracy of service"),
        "language": _("Language"),
        "manner": _("Manner"),
        "affinity": _("Friendliness"),
        "appearance": _("Appearance"),
        "knowledge": _("Business knowledge"),
        "convenience": _("Convenience"),
    }


def label_of(item: dict[str, str]) -> str:
    """An indicator in the organisation's own words, else in the reader's language."""
    return item.get("label") or indicator_labels().get(item["code"], item["code"])


@transaction.atomic
def save_survey(
    organisation: OrgUnit, name: str, labels: list[tuple[str, str]], *, nps: bool, text: bool, by: User
) -> Survey:
    """A new version of a survey. ``labels``: (code, own label or ""); at least one indicator."""
    if not 1 <= len(labels) <= MOST_INDICATORS:
        raise ValidationError(_("A survey asks about 1 to %(n)d indicators.") % {"n": MOST_INDICATORS})
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)  # versions are numbered one by one
    last = Survey.objects.filter(organisation=organisation, name=name).order_by("-version").first()
    return Survey.objects.create(
        organisation=organisation,
        name=name,
        version=last.version + 1 if last else 1,
        questions={
            "indicators": [{"code": code, "label": label} for code, label in labels],
            "nps": nps,
            "text": text,
        },
        created_by=by,
    )


@transaction.atomic
def open_wave(
    survey: Survey, unit: OrgUnit, *, name: str, share: Decimal, expires_on: Any, by: User, seed: str = ""
) -> Wave:
    """Draw a sample of the unit's clients, by tier and business format, and invite it; the seed is recorded."""
    if expires_on < periods.today():
        raise ValidationError({"expires_on": _("Choose today or a later day.")})
    strata: dict[tuple[str, str], list[int]] = {}
    rows = Client.objects.under(unit).filter(is_active=True).order_by("pk")
    for pk, tier, business_format in rows.values_list("pk", "standing__tier", "business_format"):
        strata.setdefault((tier or "", business_format), []).append(pk)
    if not strata:
        raise ValidationError({"unit": _("This unit has no clients.")})
    seed = seed or secrets.token_hex(8)
    drawn = stratified_sample(strata, share, seed)
    wave = Wave.objects.create(
        survey=survey,
        unit=unit,
        name=name,
        share=share,
        seed=seed,
        strata=[[*key, len(strata[key]), len(drawn[key])] for key in sorted(strata)],
        population=sum(map(len, strata.values())),
        created_by=by,
        expires_on=expires_on,
    )
    Invitation.objects.bulk_create(
        [Invitation(wave=wave, client_id=pk) for key in sorted(drawn) for pk in drawn[key]], batch_size=5000
    )
    return wave


def token_of(invitation: Invitation) -> str:
    """The personal token: the invitation's id with a signature."""
    return _signer.sign(str(invitation.pk)).replace(":", "~")


def invitation_of(token: str) -> Invitation | None:
    """The invitation that a token belongs to; None for a forged one."""
    try:
        number = _signer.unsign(token.replace("~", ":"))
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("wave__survey__organisation").filter(pk=number).first()


@transaction.atomic
def answer(
    invitation: Invitation,
    *,
    satisfaction: Sequence[int | None],
    importance: Sequence[int | None],
    overall: int,
    nps: int | None = None,
    comment: str = "",
    interviewer: User | None = None,
) -> Answer:
    """Store an answer; ValidationError when the wave is over or this invitation has been used."""
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("wave__survey", "client")
        .get(pk=invitation.pk)
    )
    if not invitation.wave.is_open:
        raise ValidationError(_("This survey has ended."), code="expired")
    if invitation.answered_at:
        raise ValidationError(_("This survey has been answered already."), code="used")
    if len(satisfaction) != len(invitation.wave.survey.codes) or len(importance) != len(satisfaction):
        raise ValueError("one mark per indicator")
    invitation.answered_at = periods.now()
    invitation.save(update_fields=["answered_at"])
    client = invitation.client
    return Answer.objects.create(
        invitation=invitation,
        wave=invitation.wave,
        at=invitation.answered_at,
        channel=Answer.Channel.INTERVIEW if interviewer else Answer.Channel.LINK,
        interviewer=interviewer,
        satisfaction=list(satisfaction),
        importance=list(importance),
        overall=overall,
        nps=nps,
        comment=comment,
        org_id=client.org_id,
        manager_id=client.owner_id,
        tier=getattr(getattr(client, "standing", None), "tier", ""),
        business_format=client.business_format,
    )
