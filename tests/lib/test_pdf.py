"""Documents for paper: a PDF in Chinese, nothing taken from elsewhere, the print view where there is no Pango."""

import http.server
import re
import sys
import threading
import zlib

import pytest
from django.template import engines
from django.test import RequestFactory

from crm.lib import pdf

PAGE = "print_base.html"


class Person:
    """What the document says of its reader."""

    name, is_authenticated = "李明", False

    class unit:
        name = "城北市场部"


@pytest.fixture
def no_pango(tmp_path, monkeypatch):
    """A machine whose WeasyPrint cannot load its libraries."""
    (tmp_path / "weasyprint.py").write_text('raise OSError("cannot load library libpango-1.0-0")')
    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    pdf._weasyprint.cache_clear()
    yield
    pdf._weasyprint.cache_clear()


def test_a_pdf_embeds_a_chinese_font():
    made = pdf.render(PAGE, {"page_title": "工作日志", "user": Person})
    assert made.startswith(b"%PDF")
    parts = re.findall(rb"FlateDecode.*?stream\n(.*?)endstream", made, re.DOTALL)
    assert any(b"CJK" in zlib.decompress(part) for part in parts)


def test_nothing_is_fetched_from_elsewhere():
    asked = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fetcher = pdf._own_files(pdf._weasyprint())
    try:
        for address in (f"http://127.0.0.1:{server.server_port}/x.png", "file:///etc/passwd", "/etc/passwd"):
            with pytest.raises(ValueError):
                fetcher.fetch(address)
        with pytest.raises(Exception, match="outside"):
            fetcher.fetch(f"{pdf.SITE}/static/../../../../etc/passwd")
        pdf._weasyprint().HTML(
            string=f'<img src="http://127.0.0.1:{server.server_port}/y.png">', url_fetcher=fetcher
        ).write_pdf()
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def test_own_static_files_are_found():
    style = engines["django"].from_string('{% static "css/print.css" %}').render()
    answer = pdf._own_files(pdf._weasyprint()).fetch(pdf.SITE + style)
    assert answer.content_type == "text/css"
    assert b"@page" in answer.read()


def test_one_address_answers_both(rf: RequestFactory):
    request = rf.get("/x/print/")
    request.user = Person
    page = pdf.document(request, PAGE, {"page_title": "工作日志"}, name="工作日志", back="/x/")
    assert "?format=pdf" in page.content.decode()
    request = rf.get("/x/print/?format=pdf")
    request.user = Person
    made = pdf.document(request, PAGE, {"page_title": "工作日志"}, name="工作日志")
    assert made["Content-Type"] == "application/pdf"
    assert made["Content-Disposition"].startswith("inline; filename*=utf-8''")


@pytest.mark.usefixtures("no_pango")
def test_without_pango_the_print_view_says_so(rf: RequestFactory):
    request = rf.get("/x/print/?format=pdf")
    request.user = Person
    assert not pdf.available()
    page = pdf.document(request, PAGE, {"page_title": "工作日志"}, name="工作日志")
    assert page["Content-Type"].startswith("text/html")
    assert "Pango" in page.content.decode()
    with pytest.raises(pdf.Unavailable):
        pdf.render(PAGE, {"user": Person})
