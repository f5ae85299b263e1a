"""Tables of a survey for a spreadsheet: what came of it, and the answers behind it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from clients.models.client import BusinessFormat
from crm.lib import periods
from people.models import OrgUnit
from service.models import Survey, Wave
from service.results import choices_of, groups_of, results_of
from service.services.surveys import label_of

Table = tuple[list[Any], Iterator[list[Any]]]


def results_table(wave: Wave, unit: OrgUnit) -> Table:
    """Indicators, groups and own questions of a wave, one line each; what does not apply to a line is empty."""
    header = [
        _("Part"), _("Item"), _("Answers"), _("Satisfaction"), _("Margin of error"), _("Importance"),
        _("Quadrant"), _("Derived importance"), _("Quadrant by derived importance"), _("Against the last wave"),
        _("Share"),
    ]  # fmt: skip
    return header, _results(wave, unit)


def _results(wave: Wave, unit: OrgUnit) -> Iterator[list[Any]]:
    got = results_of(wave, unit)
    part = _("Indicators")
    for row in got.indicators:
        yield [
            part, row.label, row.n, _round(row.satisfaction), _round(row.margin), _round(row.importance),
            row.quadrant and str(row.quadrant.label), _round(row.derived),
            row.derived_quadrant and str(row.derived_quadrant.label), _round(row.change), None,
        ]  # fmt: skip
    change = _round(got.overall_change)
    margin = _round(got.overall_margin)
    yield [part, _("Overall"), got.n, _round(got.overall), margin, None, None, None, None, change, None]
    yield [part, _("Net promoter score"), got.n, got.nps, None, None, None, None, None, None, None]
    for group in groups_of(wave, unit):
        for line in group["rows"]:
            values = [group["title"], str(line["label"]), line["n"], _round(line["satisfaction"])]
            yield [*values, _round(line["margin"]), *[None] * 6]
    for question in choices_of(wave, unit, got.n):
        for option in question["options"]:
            yield [question["label"], option["label"], option["n"], *[None] * 7, _round(option["share"])]


def answers_table(wave: Wave, answers: Any) -> Table:
    """One line an answer; neither the client nor the account manager is named."""
    survey = wave.survey
    labels = [label_of(item) for item in survey.questions["indicators"]]
    header = [
        _("Day"), _("Way of answering"), _("Unit"), _("Tier"), _("Business format"),
        *(_("%(indicator)s: satisfaction") % {"indicator": label} for label in labels),
        *(_("%(indicator)s: importance") % {"indicator": label} for label in labels),
        _("Overall"), _("Net promoter score"), _("Clients' comments"),
        *(question["label"] for question in _own(survey)),
    ]  # fmt: skip
    return header, _answers(survey, answers)


def _answers(survey: Survey, answers: Any) -> Iterator[list[Any]]:
    formats = {value: str(label) for value, label in BusinessFormat.choices}
    for row in answers.select_related("org").order_by("pk").iterator(chunk_size=2000):
        yield [
            periods.local(row.at).date(), str(row.get_channel_display()), row.org.name, row.tier,
            formats.get(row.business_format, row.business_format), *row.satisfaction, *row.importance,
            row.overall, row.nps, row.comment, *(_said(question, row.extra) for question in _own(survey)),
        ]  # fmt: skip


def _own(survey: Survey) -> list[dict[str, Any]]:
    return [*survey.asked("before"), *survey.asked("after")]


def _said(question: dict[str, Any], extra: dict[str, Any]) -> str:
    """The answer to an own question in words."""
    value = extra.get(question["code"], "")
    if isinstance(value, str):
        return value
    places = value if isinstance(value, list) else [value]
    return _(", ").join(question["options"][place] for place in places)


def _round(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)
