import datetime as dt
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from PIL import Image

from crm.lib.files import MOST_PICTURE_BYTES, reencode
from crm.lib.sql import execute
from tests.visits.make import TODAY, at, visit
from visits.models import Photo, PhotoOrigin, TraceFlag
from visits.services import add_photo, verify
from visits.services.photos import MOST_PHOTOS, Origin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(width=64, height=48, colour=(200, 30, 30), kind="JPEG", **options) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind, **options)
    out.seek(0)
    return out


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(data)).size


def test_a_photo_is_made_small_and_upright_and_loses_what_the_camera_wrote():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone turned: rotate by 90°
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    data, width, height = reencode(picture(4000, 2000, exif=exif))
    assert (width, height) == size_of(data) == (800, 1600)
    assert not Image.open(BytesIO(data)).getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_become_jpeg(kind):
    assert Image.open(BytesIO(reencode(picture(kind=kind))[0])).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\xff\xd8\xff\xe0 broken",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture().getvalue()[:300],
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValidationError):
        reencode(BytesIO(data))


def test_thirty_megabytes_are_refused():
    with pytest.raises(ValidationError, match="12"):
        reencode(BytesIO(b"\xff\xd8" + b"0" * (30 * 1024 * 1024)))
    assert MOST_PICTURE_BYTES < 30 * 1024 * 1024


def test_a_picture_that_unpacks_without_end_is_refused():
    with pytest.raises(ValidationError):
        reencode(picture(12_000, 8_000, kind="PNG"))


def test_the_same_photo_twice_is_one(world):
    made = visit(world.am, world.clients["own"])
    first, again = add_photo(made, picture()), add_photo(made, picture())
    assert (first[1], again[1]) == (True, False)
    assert Photo.objects.count() == 1
    assert not TraceFlag.objects.filter(kind="same_photo").exists()


def test_a_photo_of_an_earlier_visit_raises_a_doubt_with_the_reason(world):
    earlier = visit(world.am, world.clients["own"], at(9, day=TODAY - dt.timedelta(days=3)))
    add_photo(earlier, picture())
    made = visit(world.am, world.clients["own"])
    add_photo(made, picture())
    add_photo(made, picture(colour=(1, 2, 3)))
    flag = made.flags.get(kind="same_photo")
    assert flag.figures["visit"] == earlier.pk
    assert "兴隆便利店" in flag.reason
    assert not earlier.flags.exists()


def test_another_organisations_photo_is_no_matter_here(world):
    add_photo(visit(world.managers["other_org"], world.clients["other_org"]), picture())
    made = visit(world.am, world.clients["own"])
    add_photo(made, picture())
    assert not made.flags.exists()


def test_so_many_and_no_more_and_none_after_verification(world):
    made = visit(world.am, world.clients["own"])
    for number in range(MOST_PHOTOS):
        add_photo(made, picture(colour=(number * 20, 0, 0)))
    with pytest.raises(ValidationError):
        add_photo(made, picture(colour=(0, 255, 0)))
    other = visit(world.am, world.clients["own"], at(11))
    verify([other.pk], world.supervisor, "")
    with pytest.raises(ValidationError):
        add_photo(other, picture())


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


def file(data=None):
    return SimpleUploadedFile("photo.jpg", data or picture().getvalue(), "image/jpeg")


def test_upload_by_the_visits_id_and_show_to_those_who_see_it(world, am):
    made = visit(world.am, world.clients["own"])
    answer = am.post("/visits/photos/", {"client_uuid": str(made.client_uuid), "photo": file()})
    number = answer.json()["photo"]
    shown = am.get(f"/visits/photos/{number}/")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert size_of(b"".join(shown.streaming_content)) == (64, 48)
    assert f"/visits/photos/{number}/" in am.get(f"/visits/{made.pk}/").content.decode()
    stranger = Browser()
    stranger.force_login(world.managers["other_team"])
    assert stranger.get(f"/visits/photos/{number}/").status_code == 404


@pytest.mark.parametrize(("number", "status"), [("x", 400), ("8f056106-27eb-4671-bce0-49d13aec6d67", 404)])
def test_a_photo_without_its_visit(am, number, status):
    assert am.post("/visits/photos/", {"client_uuid": number, "photo": file()}).status_code == status


def test_a_photo_that_will_never_be_taken_is_answered_so(world, am):
    made = visit(world.am, world.clients["own"])
    for data in (b"broken", None):
        post = {"client_uuid": str(made.client_uuid)} | ({"photo": file(data)} if data else {})
        answer = am.post("/visits/photos/", post)
        assert answer.status_code == 422
        assert answer.json()["error"]


# --- Where a photo comes from; signatures -------------------------------------------------------------------------


def from_camera() -> BytesIO:
    """A photo as a camera writes it: taken on 18 November at 09:12, at 25°02′24″ N, 102°42′36″ E."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:18 09:12:30"
    exif.get_ifd(0x8825).update({1: "N", 2: (25.0, 2.0, 24.0), 3: "E", 4: (102.0, 42.0, 36.0)})
    return picture(exif=exif)


def test_what_the_camera_wrote_is_kept_apart_and_sealed(world):
    photo, _new = add_photo(visit(world.am, world.clients["own"]), from_camera(), origin=Origin(at(12), 1.0, 2.0))
    assert not Image.open(photo.file).getexif()
    origin = photo.origin
    assert origin.taken_at == at(9, 12)
    assert (origin.longitude, origin.latitude) == pytest.approx((102.71, 25.04))
    for attack in (lambda: PhotoOrigin.objects.update(taken_at=None), lambda: PhotoOrigin.objects.all().delete()):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            attack()


def test_what_the_phone_knows_counts_where_the_picture_says_nothing(world, am):
    made = visit(world.am, world.clients["own"])
    about = {"taken_at": at(9, 5).isoformat(), "longitude": "102.711", "latitude": "25.04"}
    am.post("/visits/photos/", {"client_uuid": str(made.client_uuid), "photo": file(), **about})
    origin = PhotoOrigin.objects.get()
    assert (origin.taken_at, origin.longitude) == (at(9, 5), 102.711)
    supervisor = Browser()
    supervisor.force_login(world.supervisor)
    assert "拍摄于 09:05 · 距客户 101 m" in supervisor.get(f"/visits/{made.pk}/").content.decode()
    assert "拍摄于" not in am.get(f"/visits/{made.pk}/").content.decode()


@pytest.mark.parametrize(
    "about", [{"taken_at": "gestern"}, {"longitude": "999", "latitude": "25"}, {"longitude": "102.7"}, {"kind": "film"}]
)
def test_nonsense_about_a_photo_costs_the_remark_and_not_the_photo(world, am, about):
    made = visit(world.am, world.clients["own"])
    answer = am.post("/visits/photos/", {"client_uuid": str(made.client_uuid), "photo": file(), **about})
    assert answer.status_code == 200
    assert Photo.objects.get().kind == "photo"
    assert not PhotoOrigin.objects.exists()


def test_no_photo_was_taken_in_the_future(world, am):
    made = visit(world.am, world.clients["own"])
    about = {"taken_at": at(23).isoformat()}
    am.post("/visits/photos/", {"client_uuid": str(made.client_uuid), "photo": file(), **about})
    assert PhotoOrigin.objects.get().taken_at == at(15)


def test_one_signature_a_visit_beside_the_photos(world, am):
    made = visit(world.am, world.clients["own"])
    first, created = add_photo(made, picture(colour=(255, 255, 255)), "signature")
    again, doubled = add_photo(made, picture(colour=(250, 250, 250)), "signature")
    assert (created, doubled, first) == (True, False, again)
    for number in range(MOST_PHOTOS):
        add_photo(made, picture(colour=(number * 20, 0, 0)))
    assert Photo.objects.filter(visit=made, kind="photo").count() == MOST_PHOTOS
    page = am.get(f"/visits/{made.pk}/").content.decode()
    assert "客户签名" in page


def test_a_blank_signature_is_no_reused_photo(world):
    for hour in (9, 11):
        add_photo(visit(world.am, world.clients["own"], at(hour)), picture(colour=(255, 255, 255)), "signature")
    assert not TraceFlag.objects.exists()


def test_photos_of_a_verified_visit_stay(world):
    made = visit(world.am, world.clients["own"])
    photo, _new = add_photo(made, picture())
    verify([made.pk], world.supervisor, "")
    other, _new = add_photo(visit(world.am, world.clients["own"], at(9)), picture(colour=(1, 2, 3)))
    attacks = (
        photo.delete,
        lambda: Photo.objects.update(sha256="x"),
        lambda: Photo.objects.filter(pk=other.pk).update(visit=made),
        lambda: Photo.objects.create(visit=made, file="x", sha256="x", width=1, height=1),
        lambda: execute("CREATE TEMP TABLE visits_visit (LIKE public.visits_visit); DELETE FROM public.visits_photo"),
    )
    for attack in attacks:
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            attack()
