"""Tags of the assessment's pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.lib.templatetags.zoufang import NOTHING
from kpi.models import Run

register = template.Library()


@register.simple_tag
def result_badge(run: Run, grade: str | None) -> SafeString:
    """Badge of a result's grade by the name that the run's scheme gives it."""
    if not grade:
        return format_html('<span class="zf-grade" data-grade="">{}</span>', NOTHING)
    return format_html('<span class="zf-grade" data-grade="{}">{}</span>', grade, run.rules.grade_name(grade))
