"""One journal with its versions and reviews."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.lib.scope import get_visible
from journals import services
from journals.diff import pieces
from journals.models import Journal, JournalVersion
from journals.sections import filled
from journals.summing import with_charts


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A journal as it was handed in; ``?version=1`` an earlier one, ``?changes=1`` what changed since then."""
    journal = get_visible(Journal.objects.select_related("author__unit", "org"), request.user, pk=pk)
    versions = list(journal.versions.select_related("review__reviewer", "review__task").order_by("number"))
    is_author = journal.author_id == request.user.pk
    if is_author:
        services.mark_read(journal)
    version = chosen(versions, request.GET.get("version"))
    changes = None
    if version and version.number > 1 and request.GET.get("changes"):
        changes = changes_between(journal.kind, versions[version.number - 2], version)
    context = {
        "journal": journal,
        "versions": versions,
        "version": version,
        "sections": filled(journal.kind, version.sections if version else journal.draft),
        "facts": with_charts(version.facts) if version else [],
        "changes": changes,
        "is_author": is_author,
        "can_edit": is_author and journal.state in (Journal.State.DRAFT, Journal.State.RETURNED),
        "can_review": Journal.objects.reviewable_by(request.user).filter(pk=journal.pk).exists(),
    }
    return render(request, "journals/detail.html", context)


def chosen(versions: list[JournalVersion], number: str | None) -> JournalVersion | None:
    """The version of a number, the newest without one; 404 when there is none of that number."""
    if not number:
        return versions[-1] if versions else None
    found = [version for version in versions if str(version.number) == number]
    if not found:
        raise Http404
    return found[0]


def changes_between(kind: str, before: JournalVersion, after: JournalVersion) -> list[tuple[object, list[object]]]:
    """Each section with the pieces that turn the earlier text into the later one."""
    return [
        (section, list(pieces(before.sections.get(section.code, ""), text)))
        for section, text in filled(kind, after.sections)
    ]
