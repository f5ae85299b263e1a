"""Survey verbs: a version, a wave with its drawn sample, one answer per invitation."""

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import OrgUnit, User
from service.analysis import allocation
from service.models import Answer, Invitation, Survey, Wave

MOST_INDICATORS = 15
MOST_QUESTIONS = 20
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
    organisation: OrgUnit,
    name: str,
    labels: list[tuple[str, str]],
    *,
    nps: bool,
    text: bool,
    by: User,
    sections: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Survey:
    """A new version of a survey. ``labels``: (code, own label or ""); at least one indicator.

    ``sections``: own questions "before" and "after" the indicators as {"kind", "label", "options", "required"}; their
    codes are given here. ``titles``: of these sections.
    """
    if not 1 <= len(labels) <= MOST_INDICATORS:
        raise ValidationError(_("A survey asks about 1 to %(n)d indicators.") % {"n": MOST_INDICATORS})
    own = {side: list((sections or {}).get(side, [])) for side in ("before", "after")}
    if sum(map(len, own.values())) > MOST_QUESTIONS:
        raise ValidationError(_("At most %(n)d questions of your own.") % {"n": MOST_QUESTIONS})
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
            "titles": dict(titles or {}),
            **{
                side: [{**question, "code": f"{side[0]}{number}"} for number, question in enumerate(rows, start=1)]
                for side, rows in own.items()
            },
        },
        created_by=by,
    )


# Client, tier and format of everybody whom a wave of the unit stands for.
FRAME = """
    SELECT client.id, client.org_id, client.owner_id, coalesce(standing.tier, '') AS tier, client.business_format
    FROM clients_client client
    JOIN people_orgunit org ON org.id = client.org_id
    LEFT JOIN clients_clienttier standing ON standing.client_id = client.id
    WHERE org.path LIKE %(path)s AND client.is_active
"""
# The draw of ``analysis.stratified_sample``, in the database: in each stratum those whose hash with the seed is least.
DRAW = f"""
    INSERT INTO service_invitation (wave_id, client_id)
    SELECT %(wave)s, id FROM (
        SELECT frame.*, row_number() OVER (
            PARTITION BY tier, business_format ORDER BY sha256(convert_to(%(seed)s || ':' || id, 'UTF8'))
        ) AS place
        FROM ({FRAME}) AS frame
    ) AS ranked
    JOIN unnest(%(tiers)s::text[], %(formats)s::text[], %(counts)s::int[]) AS wanted (tier, business_format, drawn)
        USING (tier, business_format)
    WHERE place <= drawn ORDER BY id
"""
COUNT = f"""
    INSERT INTO service_wavepopulation (wave_id, org_id, manager_id, tier, business_format, clients)
    SELECT %(wave)s, org_id, owner_id, tier, business_format, count(*) FROM ({FRAME}) AS frame GROUP BY 2, 3, 4, 5
"""


@transaction.atomic
def open_wave(
    survey: Survey, unit: OrgUnit, *, name: str, share: Decimal, expires_on: Any, by: User, seed: str = ""
) -> Wave:
    """Draw a sample of the unit's clients, by tier and business format, and invite it; the seed is recorded."""
    if expires_on < periods.today():
        raise ValidationError({"expires_on": _("Choose today or a later day.")})
    frame = {"path": f"{unit.path}%"}
    strata = sql.rows(
        f"SELECT tier, business_format, count(*) AS clients FROM ({FRAME}) AS frame GROUP BY 1, 2 ORDER BY 1, 2", frame
    )
    if not strata:
        raise ValidationError({"unit": _("This unit has no clients.")})
    sizes = {(row["tier"], row["business_format"]): row["clients"] for row in strata}
    counts = allocation(sizes, share)
    wave = Wave.objects.create(
        survey=survey,
        unit=unit,
        name=name,
        share=share,
        seed=seed or secrets.token_hex(8),
        strata=[[*key, size, counts[key]] for key, size in sizes.items()],
        population=sum(sizes.values()),
        created_by=by,
        expires_on=expires_on,
    )
    drawn = {
        "wave": wave.pk,
        "seed": wave.seed,
        "tiers": [tier for tier, _format in sizes],
        "formats": [business_format for _tier, business_format in sizes],
        "counts": [counts[key] for key in sizes],
    }
    sql.execute(DRAW, {**frame, **drawn})
    sql.execute(COUNT, {**frame, "wave": wave.pk})
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
    extra: Mapping[str, Any] | None = None,
    interviewer: User | None = None,
    channel: str = Answer.Channel.INTERVIEW,
) -> Answer:
    """Store an answer; ValidationError when the wave is over or this invitation has been used.

    ``extra``: {code of an own question: place of the option, places, or text}. With an ``interviewer`` the
    ``channel`` says whether face to face or by phone.
    """
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
        channel=channel if interviewer else Answer.Channel.LINK,
        interviewer=interviewer,
        satisfaction=list(satisfaction),
        importance=list(importance),
        overall=overall,
        nps=nps,
        comment=comment,
        extra=dict(extra or {}),
        org_id=client.org_id,
        manager_id=client.owner_id,
        tier=getattr(getattr(client, "standing", None), "tier", ""),
        business_format=client.business_format,
    )
