"""Surveys about a product before its launch: questions, answers, and what they add up to."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from clients.models import ProductSurvey, SurveyReply
from clients.services.campaigns import add_to_list
from crm.lib import periods
from crm.lib.sql import rows
from people.models import User

TYPES = {
    "scale": gettext_lazy("Marks 1 to 5"),
    "choice": gettext_lazy("One of several"),
    "yes_no": gettext_lazy("Yes or no"),
    "number": pgettext_lazy("kind of field", "Number"),
}
MOST_QUESTIONS = 20


def questions_of(lines: str) -> list[dict[str, Any]]:
    """
    Questions from text, one a line: ``text | type | choice / choice``; the type may be left out (marks 1 to 5).

    ValidationError names the line.
    """
    labels = {str(label): name for name, label in TYPES.items()} | {name: name for name in TYPES}
    found: list[dict[str, Any]] = []
    problems = []
    for number, line in enumerate((line for line in lines.splitlines() if line.strip()), start=1):
        text, *rest = (part.strip() for part in line.replace("｜", "|").split("|"))
        kind = labels.get(rest[0], "") if rest else "scale"
        choices = (
            [part.strip() for part in rest[1].replace("／", "/").split("/") if part.strip()] if len(rest) > 1 else []
        )
        if not text or not kind:
            problems.append(
                _("Line %(n)d: write “question | type”; the types are %(types)s.")
                % {"n": number, "types": ", ".join(str(label) for label in TYPES.values())}
            )
        elif kind == "choice" and len(choices) < 2:
            problems.append(_("Line %(n)d: give at least two choices, separated by “/”.") % {"n": number})
        else:
            found.append(
                {"code": f"q{number}", "text": text[:200], "type": kind, "choices": list(dict.fromkeys(choices))}
            )
    if not problems and not 1 <= len(found) <= MOST_QUESTIONS:
        problems.append(_("Ask between 1 and %(n)d questions.") % {"n": MOST_QUESTIONS})
    if problems:
        raise ValidationError(problems)
    return found


def _parts(text: str) -> list[str]:
    parts = (part.strip() for part in text.replace("／", "/").split("/"))
    return list(dict.fromkeys(part for part in parts if part))


def lines_of(questions: Sequence[dict[str, Any]]) -> str:
    """The questions as the text that ``questions_of`` reads."""
    return "\n".join(
        " | ".join([one["text"], str(TYPES[one["type"]]), *([" / ".join(one["choices"])] if one["choices"] else [])])
        for one in questions
    )


@transaction.atomic
def set_questions(survey: ProductSurvey, questions: list[dict[str, Any]]) -> None:
    """Set the questions, as long as nobody has answered."""
    if survey.pk and survey.questions != questions and survey.replies.filter(recorded_at__isnull=False).exists():
        raise ValidationError(_("Clients have answered already: the questions stay as they are."))
    survey.questions = questions


@transaction.atomic
def add_clients(survey: ProductSurvey, clients: Any) -> int:
    """Put the clients of a queryset on the list, as far as they are under the survey's unit; the number of new ones."""
    _open(ProductSurvey.objects.select_for_update().get(pk=survey.pk))
    return add_to_list(SurveyReply.objects, clients.under(survey.unit), survey=survey)


@transaction.atomic
def answer(reply: SurveyReply, given: dict[str, Any], opinion: str, by: User) -> SurveyReply:
    """Note a client's answers; asking again replaces them. ValidationError: question code → what is wrong."""
    found: SurveyReply = SurveyReply.objects.select_for_update(of=("self",)).select_related("survey").get(pk=reply.pk)
    _open(found.survey)
    answers, problems = {}, {}
    for question in found.survey.questions:
        try:
            answers[question["code"]] = _value(question, given.get(question["code"]))
        except ValidationError as error:
            problems[question["code"]] = error.messages
    if problems:
        raise ValidationError(problems)
    found.answers, found.opinion = answers, opinion.strip()[:300]
    found.recorded_by, found.recorded_at = by, periods.now()
    found.save()
    return found


def _value(question: dict[str, Any], value: Any) -> Any:
    text = str("" if value is None else value).strip()
    match question["type"]:
        case "scale" if text in {"1", "2", "3", "4", "5"}:
            return int(text)
        case "yes_no" if text in {"yes", "no"}:
            return text == "yes"
        case "choice" if text in question["choices"]:
            return text
        case "number":
            try:
                number = Decimal(text)
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite() and abs(number) < 10**9:
                return float(number)
    raise ValidationError(_("Answer this question.") if not text else _("“%(value)s” does not fit.") % {"value": text})


@transaction.atomic
def close(survey: ProductSurvey) -> None:
    """No more answers from now on."""
    found = ProductSurvey.objects.select_for_update().get(pk=survey.pk)
    _open(found)
    found.closed_at = periods.now()
    found.save(update_fields=["closed_at"])


def _open(survey: ProductSurvey) -> None:
    if survey.closed_at:
        raise ValidationError(_("The survey is closed; its answers stand."))


def summary(survey: ProductSurvey, replies: Any) -> list[dict[str, Any]]:
    """Per question: text, n, mean (marks, numbers), counts by answer; counted in one statement over ``replies``."""
    query, params = replies.filter(recorded_at__isnull=False).order_by().values("pk").query.sql_with_params()
    counted = rows(
        f"""
        SELECT a.key AS code, a.value #>> '{{}}' AS answer, count(*) AS n
        FROM clients_surveyreply AS r CROSS JOIN LATERAL jsonb_each(r.answers) AS a
        WHERE r.id IN ({query})
        GROUP BY 1, 2
        """,
        params,
    )
    found = []
    for question in survey.questions:
        counts = {row["answer"]: row["n"] for row in counted if row["code"] == question["code"]}
        total = sum(counts.values())
        mean = None
        if question["type"] in ("scale", "number") and total:
            mean = sum(Decimal(value) * n for value, n in counts.items()) / total
        found.append({**question, "n": total, "mean": mean, "bars": _bars(question, counts, total)})
    return found


def _bars(question: dict[str, Any], counts: dict[str, int], total: int) -> list[dict[str, Any]]:
    labels: dict[str, str]
    match question["type"]:
        case "scale":
            labels = {
                str(mark): ngettext("%(n)d point", "%(n)d points", mark) % {"n": mark} for mark in range(5, 0, -1)
            }
        case "yes_no":
            labels = {"true": _("Yes"), "false": _("No")}
        case "choice":
            labels = {choice: choice for choice in question["choices"]}
        case _:
            labels = {}
    return [{"label": text, "n": counts.get(value, 0), "total": total} for value, text in labels.items()]
