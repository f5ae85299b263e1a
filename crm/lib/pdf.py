"""Documents for paper: one template gives the print view and, where the server has Pango, the PDF.

How to use it:

1. A template that extends ``print_base.html`` and fills ``heading``, ``sub`` (optional) and ``content`` with the
   classes of ``static/css/print.css``: ``pr-facts`` (dl), ``pr-table``, ``pr-text``, ``pr-section``, ``pr-figures``,
   ``pr-sign`` (a row of lines to sign on), ``pr-break`` (new page), ``pr-keep`` (not torn apart). Charts are drawn by
   scripts, which a PDF has none of: give their figures as a table or as inline SVG.
2. A view, one address for both::

       @require_GET
       def card_print(request: HttpRequest, pk: int) -> HttpResponse:
           card = get_visible(…)
           return pdf.document(request, "kpi/card_print.html", {"card": card}, name=str(card), back=card_url)

3. A link to it on the page, ``<a class="btn" href=…>{% icon "printer" %}{% trans "Print or PDF" %}</a>``.

The address shows the print view; with ``?format=pdf`` it answers the PDF, named ``name``. Without Pango both show the
print view, which says so. ``render`` alone gives the bytes of a template's PDF, for jobs and attachments.
"""

import logging
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_page
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from crm.lib import periods

logger = logging.getLogger(__name__)

SITE = "https://zoufang.invalid"  # what relative addresses in a document hang under; nothing is ever fetched from it


class Unavailable(Exception):
    """This server has no Pango; Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk."""


@cache
def _weasyprint() -> Any:
    """The library; None where it cannot load Pango."""
    try:
        import weasyprint
    except OSError as error:
        logger.warning("no PDF on this server, the print view stands in: %s", error)
        return None
    # It reports each step, and each CSS property that paper has no use for.
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint


def available() -> bool:
    """Whether this server can make a PDF."""
    return _weasyprint() is not None


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """A template's PDF; Unavailable without Pango."""
    library = _weasyprint()
    if library is None:
        raise Unavailable
    html = render_to_string(template, {**context, "is_pdf": True, "printed_at": periods.now()})
    made: bytes = library.HTML(string=html, base_url=SITE, url_fetcher=_own_files(library)).write_pdf()
    return made


def document(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, name: str, back: str = ""
) -> HttpResponse:
    """The print view of a document, or its PDF for ``?format=pdf``. ``back`` is where the reader came from."""
    if request.GET.get("format") == "pdf" and available():
        answer = HttpResponse(render(template, {**context, "user": request.user}), content_type="application/pdf")
        answer["Content-Disposition"] = str(content_disposition_header(False, f"{name}.pdf"))
        return answer
    values = {**context, "is_pdf": False, "can_pdf": available(), "back": back, "printed_at": periods.now()}
    return render_page(request, template, values)


def _own_files(library: Any) -> Any:
    """A fetcher that reads this site's static files and data: addresses, and refuses everything else."""

    class OwnFiles(library.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            prefix = SITE + settings.STATIC_URL
            if not url.startswith(prefix):
                raise ValueError(f"a document takes no files from elsewhere: {url}")
            path = Path(staticfiles_storage.path(url.removeprefix(prefix)))
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return library.urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return OwnFiles(allowed_protocols=("data",))
