import zipfile
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from PIL import Image

from crm.lib.files import JPEG, MOST_BYTES, take
from tests.matrix.visits import a_visit
from visits.models import Visit
from visits.services import add_photo


def package(*parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return out.getvalue()


def picture(kind: str) -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.new("RGB", (40, 30), (200, 30, 30)).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_made_anew_whatever_it_is_called(kind):
    kept = take(BytesIO(picture(kind)), "门头照.pdf")
    assert (kept.content_type, kept.name) == (JPEG, "门头照.jpg")
    assert not Image.open(BytesIO(kept.data)).getexif()


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (b"%PDF-1.7 ...", "合同.pdf", "application/pdf"),
        (package("[Content_Types].xml", "word/document.xml"), "合同.docx", "wordprocessingml"),
        (package("[Content_Types].xml", "xl/workbook.xml"), "合同.xlsx", "spreadsheetml"),
        ("会议纪要".encode(), "合同.txt", "text/plain; charset=utf-8"),
        ("会议纪要".encode("gb18030"), "合同.txt", "text/plain; charset=gb18030"),
    ],
)
def test_documents_are_known_by_their_content(data, name, content_type):
    kept = take(BytesIO(data), "合同.exe")
    assert kept.name == name
    assert content_type in kept.content_type
    assert kept.data == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"  \n<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\x00\x03",
        b"\xff\xd8\xff broken picture",
        b"PK\x03\x04 broken archive",
        package("a.txt"),
        package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"a" * (MOST_BYTES + 1),
    ],
)
def test_anything_else_is_refused_with_a_reason(data):
    with pytest.raises(ValidationError):
        take(BytesIO(data), "合同.pdf")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\a\\合同 v2.PDF", "合同 v2.pdf"),
        ("\r\n.pdf", "file.pdf"),
        ("", "file.pdf"),
    ],
)
def test_a_name_leads_nowhere(name, kept):
    assert take(BytesIO(b"%PDF-1.4"), name).name == kept


def test_a_shared_computer_asks_each_time(world, settings, tmp_path):
    """What the browser has kept of one person's pictures is shown to nobody who may not see them."""
    settings.MEDIA_ROOT = tmp_path
    row, _new = add_photo(Visit.objects.get(pk=a_visit(world, "own")["pk"]), BytesIO(picture("PNG")))
    browser, address = Browser(), f"/visits/photos/{row.pk}/"
    browser.force_login(world.am)
    first = browser.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = {"If-None-Match": first.headers["ETag"]}
    assert (first.status_code, browser.get(address, headers=again).status_code) == (200, 304)
    browser.force_login(world.managers["team"])
    assert browser.get(address, headers=again).status_code == 404
    browser.logout()
    assert browser.get(address, headers=again).status_code == 302
