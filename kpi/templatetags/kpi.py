"""Tags of the assessment's pages."""

from django import template
from django.utils.safestring import SafeString

from crm.lib.templatetags.zoufang import named_grade
from kpi.models import Run

register = template.Library()


@register.simple_tag
def result_badge(run: Run, grade: str | None) -> SafeString:
    """Badge of a result's grade by the name that the run's scheme gives it."""
    return named_grade(grade or "", run.rules.grade_name(grade) if grade else "")
