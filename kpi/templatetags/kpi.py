"""Tags of the assessment's pages."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.lib.templatetags.zoufang import NOTHING
from kpi.models import Run

register = template.Library()


@register.simple_tag
def result_badge(run: Run, grade: str | None) -> SafeString:
    """Badge of a result's grade by the name that the run's scheme gives it."""
    return _badge(grade, run.rules.grade_name(grade)) if grade else _badge("", NOTHING)


@lru_cache(100)  # a board has hundreds
def _badge(grade: str, name: str) -> SafeString:
    return format_html('<span class="zf-grade" data-grade="{}">{}</span>', grade, name)
