"""Client files come in whole or with each refused row named."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter

from clients.imports import engine, reading
from clients.imports.reading import FileError
from clients.models import Client, Ownership, UploadProblem
from crm.lib import jobs, periods
from people.models import Level, OrgUnit
from people.services import create_unit
from tests.clients.helpers import problems, take_in, upload
from tests.world import JOINED, twice

pytestmark = pytest.mark.django_db

HEAD = "客户编码,客户名称,业态,地址,经度,纬度\n"
TWO = HEAD + "5301001,东风便利店,便利店,人民路1号,102.70,25.04\n5301002,北市超市,超市,环城路8号,102.71,25.05\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def workbook(rows):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def counts(job):
    return {name: job.result[name] for name in ("rows", "created", "updated", "unchanged", "rejected")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(world, encoding, delimiter):
    job, _found = take_in(world.organisation, TWO.replace(",", delimiter), encoding=encoding)
    assert counts(job) == {"rows": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": 0}
    shop = Client.objects.get(code="5301001")
    assert (shop.name, shop.business_format, shop.address) == ("东风便利店", "convenience", "人民路1号")
    assert (shop.longitude, shop.latitude) == (102.70, 25.04)
    assert shop.pinyin == "dfbld dongfengbianlidian"
    assert shop.org == world.organisation


def test_the_same_file_twice_changes_nothing(world):
    first, _found = take_in(world.organisation, TWO)
    versions = list(Client.objects.order_by("code").values_list("code", "version"))
    again, _found = take_in(world.organisation, TWO)
    assert counts(again) == {"rows": 2, "created": 0, "updated": 0, "unchanged": 2, "rejected": 0}
    assert list(Client.objects.order_by("code").values_list("code", "version")) == versions
    assert again.hash == first.hash


def test_an_empty_cell_and_a_missing_column_leave_what_is_there(world):
    take_in(world.organisation, TWO)
    job, _found = take_in(world.organisation, "编码,名称,地址\n5301001,东风超市,\n")
    shop = Client.objects.get(code="5301001")
    assert counts(job)["updated"] == 1
    assert (shop.name, shop.address, shop.business_format) == ("东风超市", "人民路1号", "convenience")
    assert (shop.version, shop.pinyin) == (2, "dfcs dongfengchaoshi")


def test_workbook(world):
    rows = [["许可证号", "店名", "开户日期", "难缠客户"], [530100123456.0, "古城烟酒", dt.date(2020, 5, 1), "是"]]
    book = io.BytesIO()
    made = xlsxwriter.Workbook(book, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, rows[0])
    sheet.write_row(2, 0, rows[1])  # a blank row before it
    made.close()
    job, _found = take_in(world.organisation, book.getvalue(), name="客户.xlsx")
    assert counts(job)["created"] == 1
    shop = Client.objects.get(code="530100123456")
    assert (shop.opened_on, shop.is_difficult) == (dt.date(2020, 5, 1), True)


def test_a_workbook_keeps_fifteen_digits_and_says_so_of_more(world):
    codes = [
        10.0**14 + 23,
        999_999_999_999_999,
        1e15,
        1234567890123456,
        9.9e15,
        530100123456789012,
        12345678901234567890,
    ]
    body = workbook([["code", "name"], *([code, "店"] for code in codes)])
    job, found = take_in(world.organisation, body, name="客户.xlsx")
    assert counts(job)["created"] == 2
    new = Client.objects.filter(organisation=world.organisation, name="店").order_by("code")
    assert list(new.values_list("code", flat=True)) == ["100000000000023", "999999999999999"]
    assert problems(found) == [(row, "code", "lost_digits") for row in range(4, 9)]
    assert "“1.23456789012346e+15”" in "".join(engine.refused_rows(found))


def test_bad_rows_are_named_and_the_others_go_in(world):
    text = (
        "code,name,format,opened,owner,grid\n"
        "1,好店,supermarket,2020-02-29,am,ALPHA-N1\n"
        ",无编码,,,,\n"
        "2,,,,,\n"
        "3,坏日期,,2021-02-29,,\n"
        "4,未来店,,2999-01-01,,\n"
        "5,坏业态,飞船,,,\n"
        "6,没有这人,,,nobody,\n"
        "7,没有网格,,,,MARS\n"
        "1,重复店,,,,\n"
        "5.3E+11,科学计数,,,,\n"
        f"8,{'长' * 121},,,,\n"
        "9,多,列,了,,,逗号\n"
    )
    job, found = take_in(world.organisation, text)
    assert counts(job) == {"rows": 12, "created": 1, "updated": 0, "unchanged": 0, "rejected": 11}
    assert problems(found) == [
        (3, "code", "required"),
        (4, "name", "required"),
        (5, "opened_on", "no_such_date"),
        (6, "opened_on", "date_out_of_range"),
        (7, "business_format", "not_choice"),
        (8, "owner", "unknown_owner"),
        (9, "unit", "unknown_unit"),
        (10, "code", "duplicate"),
        (11, "code", "lost_digits"),
        (12, "name", "too_long"),
        (13, "", "too_many_cells"),
    ]
    assert Client.objects.get(code="1").owner == world.am


def test_an_employee_number_that_two_have_owns_nothing(world):
    twice(world, "A001")
    _job, found = take_in(world.organisation, "code,name,owner\n1,店,a001\n2,店,AM\n")
    assert problems(found) == [(2, "owner", "ambiguous_owner")]
    assert "有多位客户经理" in "".join(engine.refused_rows(found))
    assert Client.objects.get(code="2").owner == world.am


def test_refused_rows_can_be_downloaded_and_no_cell_is_a_formula(world):
    text = "code,name,opened\n1,=HYPERLINK(1),2021-13-01\n2,店,\n"
    _job, found = take_in(world.organisation, text)
    lines = list(engine.refused_rows(found))
    assert len(lines) == 2
    assert lines[0].endswith("code,name,opened\r\n")
    assert lines[1].startswith("2,opened: ")
    assert lines[1].endswith(",1,'=HYPERLINK(1),2021-13-01\r\n")


def test_line_numbers_count_lines_of_the_file(world):
    _job, found = take_in(world.organisation, 'code,name\n1,"两\n行"\n\n2,\n')
    assert problems(found) == [(5, "name", "required")]
    assert Client.objects.get(code="1").name == "两 行"


def test_owner_and_history(world):
    take_in(world.organisation, "code,name,owner\n1,店,am\n")
    take_in(world.organisation, "code,name,owner\n1,店,am.team\n")
    take_in(world.organisation, "code,name,owner\n1,店,\n")
    shop = Client.objects.get(code="1")
    assert shop.owner == world.managers["team"]
    today = periods.today()
    history = list(Ownership.objects.filter(client=shop).values_list("owner__username", "valid_from", "valid_to"))
    assert history == [("am", JOINED, today - dt.timedelta(days=1)), ("am.team", today, None)]


def test_a_client_new_here_was_its_owners_since_both_were_there(world):
    text = "code,name,owner,opened\n1,老店,am,2019-03-01\n2,新店,am,2026-05-06\n"
    take_in(world.organisation, text)
    spans = Ownership.objects.filter(client__code__in=["1", "2"]).order_by("client__code")
    assert list(spans.values_list("valid_from", flat=True)) == [JOINED, dt.date(2026, 5, 6)]


def test_owner_of_another_organisation_is_unknown(world):
    _job, found = take_in(world.organisation, "code,name,owner\n1,店,am.beta\n")
    assert problems(found) == [(2, "owner", "unknown_owner")]


def test_grid_column_makes_each_grid_once(world):
    text = "code,name,county\n1,a,云岭\n2,b,O'Brien\n3,c,云岭\n4,d,\n"
    job, found = take_in(world.organisation, text, grid_column="county")
    assert counts(job)["created"] == 3
    assert problems(found) == [(5, "county", "required")]
    take_in(world.organisation, text, grid_column="county")
    grids = OrgUnit.objects.filter(parent=world.organisation, level="grid").values_list("code", "name")
    assert set(grids) == {("ALPHA-云岭", "云岭"), ("ALPHA-O-BRIEN", "O'Brien")}
    assert Client.objects.get(code="3").org.name == "云岭"


def test_a_grid_may_be_called_like_the_organisation(world):
    take_in(world.organisation, f"code,name,county\n1,a,{world.organisation.name}\n", grid_column="county")
    assert Client.objects.get(code="1").org != world.organisation


def test_a_grid_that_is_switched_off_takes_no_client(world):
    text = "code,name,county\n1,a,云岭\n"
    take_in(world.organisation, text, grid_column="county")
    OrgUnit.objects.filter(name="云岭").update(is_active=False)
    _job, found = take_in(world.organisation, text + "2,b,云岭\n3,c,海口\n", grid_column="county")
    assert problems(found) == [(2, "county", "closed_unit"), (3, "county", "closed_unit")]
    assert list(Client.objects.filter(code__in=["2", "3"]).values_list("org__name", flat=True)) == ["海口"]


def test_a_name_of_several_grids_is_not_guessed(world):
    own, other = world.units["own"], world.units["other_team"]
    create_unit(own, "ALPHA-A1", "第一网格")
    create_unit(other, "ALPHA-B1", "第一网格")
    create_unit(other, "ALPHA-B2", "城关", Level.COUNTY)
    town = create_unit(other, "ALPHA-B3", "城关")
    _job, found = take_in(world.organisation, "code,name,county\n1,a,第一网格\n2,b,城关\n", grid_column="county")
    assert problems(found) == [(2, "county", "several_grids")]
    assert Client.objects.get(code="2").org == town


def test_grid_column_that_is_not_there(world):
    with pytest.raises(FileError, match="county"):
        upload(world.organisation, "code,name\n1,a\n", grid_column="county")


def test_coordinates_are_warned_of_and_the_client_comes_in(world):
    good = "".join(f"{n},店{n},{102.7 + n / 1000},{25 + n / 1000}\n" for n in range(100, 140))
    bad = "1,无,,\n2,远,116.4,39.9\n3,反,25.05,102.71\n4,半,102.7,\n5,零,0,0\n6,错,x,25\n7,外,200,95\n"
    text = f"code,name,lon,lat\n{good}{bad}"
    job, found = take_in(world.organisation, text)
    assert counts(job)["created"] == 47
    assert [(row, reason) for row, _field, reason in problems(found)] == [
        (42, "coordinates_missing"),
        (43, "coordinates_outside"),
        (44, "coordinates_turned"),
        (45, "coordinates_half"),
        (46, "coordinates_missing"),
        (47, "not_coordinate"),
        (48, "coordinates_impossible"),
    ]
    assert Client.objects.get(code="2").longitude == 116.4
    assert Client.objects.get(code="3").longitude is None


def test_swapped_coordinates_of_a_region_where_both_are_possible(world):
    good = "".join(f"{n},店{n},{10 + n / 1000},{50 + n / 1000}\n" for n in range(100, 140))
    _job, found = take_in(world.organisation, f"code,name,lon,lat\n{good}1,反,50.1,10.1\n")
    assert problems(found) == [(42, "longitude", "coordinates_swapped")]


def test_postal_code_with_a_digit_too_many(world):
    _job, found = take_in(
        world.organisation,
        "code,name,邮编\n1,a,650000\n2,b,6500000\n3,c,650001\n" + "".join(f"{n},d,650100\n" for n in range(10, 20)),
    )
    assert problems(found) == [(3, "zip_code", "zip_length")]
    assert Client.objects.get(code="2").attributes == {"zip_code": "6500000"}


def test_other_columns_are_kept_when_asked_for(world):
    text = "code,name,门头颜色\n1,a,红\n"
    take_in(world.organisation, text)
    assert Client.objects.get(code="1").attributes == {}
    take_in(world.organisation, text, keep_others=True)
    assert Client.objects.get(code="1").attributes == {"门头颜色": "红"}


def test_matching_can_be_corrected(world):
    found = upload(world.organisation, "甲,乙\n1,a\n")
    assert found.columns == {}
    with pytest.raises(FileError):
        engine.preview(found)
    found.columns = {"code": "甲", "name": "乙"}
    found.save()
    assert engine.preview(found).counts.created == 1


def test_a_file_that_is_in_is_not_taken_in_again(world):
    job, found = take_in(world.organisation, TWO)
    Client.objects.filter(code="5301001").update(name="后来更名")
    assert engine.start(found) == job
    assert jobs.run(job.pk) is None  # there is nothing to do
    assert Client.objects.get(code="5301001").name == "后来更名"


def test_preview_counts_and_writes_nothing(world):
    take_in(world.organisation, TWO)
    before = Client.objects.count(), OrgUnit.objects.count(), UploadProblem.objects.count()
    text = "code,name,county\n5301001,新名,东\n5301009,新店,西\n,x,\n"
    found = engine.preview(upload(world.organisation, text, grid_column="county"))
    assert found.counts.as_dict() == {
        "rows": 3,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 1,
        "warnings": 0,
    }
    assert [problem["row"] for problem in found.problems] == [4]
    assert (Client.objects.count(), OrgUnit.objects.count(), UploadProblem.objects.count()) == before


def test_another_organisations_clients_stay(world):
    code = world.clients["other_org"].code
    take_in(world.organisation, f"code,name\n{code},同码\n")
    assert Client.objects.filter(code=code).count() == 2
    assert Client.objects.get(pk=world.clients["other_org"].pk).name == "江北机械公司"


# --- Files that are no table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"\n\n", b"code,name\n1,\xff\xff\xff", b"\xd0\xcf\x11\xe0 old", b"PK\x03\x04 broken", b"a\0b,c\n"],
    ids=["empty", "blank", "no text", "xls", "broken zip", "nul"],
)
def test_no_table(world, body):
    with pytest.raises(FileError):
        upload(world.organisation, body)


def test_open_quotation_mark(world):
    body = 'code,name\n1,"' + "x" * 200_000
    found = upload(world.organisation, body)
    with pytest.raises(FileError, match="2"):
        engine.preview(found)
    job = jobs.run(engine.start(found).pk)
    assert job.state == "failed"
    assert "2" in job.error


def test_a_quotation_mark_left_open_does_not_swallow_the_rest(world):
    found = upload(world.organisation, 'code,name\n1,"东风\n2,北市\n3,南市\n')
    with pytest.raises(FileError, match="2"):
        engine.preview(found)


def test_quotation_marks_inside_of_a_name_and_in_the_last_line(world):
    take_in(world.organisation, 'code,name\n1,"老王"烟酒店\n2,5"管材\n3,"北,市"')
    assert dict(Client.objects.filter(code__in="123").values_list("code", "name")) == {
        "1": "老王烟酒店", "2": '5"管材', "3": "北,市",
    }  # fmt: skip


def test_cells_of_spaces_alone_are_empty(world):
    job, _found = take_in(world.organisation, workbook([["code", "name"], ["1", "东风", " "], [" ", "\u3000"]]))
    assert counts(job) == {"rows": 1, "created": 1, "updated": 0, "unchanged": 0, "rejected": 0}


def zip_with(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def test_zip_bomb_is_refused_before_it_unpacks(world, monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(FileError):
        upload(world.organisation, zip_with("xl/worksheets/sheet1.xml", b"0" * 2_000_000))


def test_far_cell_is_refused(world):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "code")
    sheet.write(1_048_575, 16_383, "far")
    book.close()
    with pytest.raises(FileError):
        upload(world.organisation, buffer.getvalue())


def test_a_zip_that_is_no_workbook(world):
    with pytest.raises(FileError):
        upload(world.organisation, zip_with("hello.txt", b"hi"))


# --- Killed on the way ------------------------------------------------------------------------------------------


def test_killed_between_steps_it_goes_on_and_comes_to_the_same(world, monkeypatch):
    monkeypatch.setattr("clients.imports.staging.MERGE_ROWS", 3)
    lines = [f"{n},店{n},{'飞船' if n == 5 else '超市'}\n" for n in range(1, 12)]
    text = "code,name,业态\n" + "".join(lines)
    found = upload(world.organisation, text)
    job = engine.start(found)

    class Killed(BaseException):
        pass

    merge = engine.ClientImport.merge
    done = []

    def dying(self, first, last, *, write):
        if len(done) == 2:
            raise Killed
        done.append(first)
        return merge(self, first, last, write=write)

    monkeypatch.setattr(engine.ClientImport, "merge", dying)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    assert Client.objects.filter(organisation=world.organisation, code__lt="53").exists()
    monkeypatch.setattr(engine.ClientImport, "merge", merge)
    job.refresh_from_db()
    job.lease_until = periods.now() - dt.timedelta(seconds=1)
    job.save()
    killed = jobs.run(job.pk)
    assert counts(killed) == {"rows": 11, "created": 10, "updated": 0, "unchanged": 0, "rejected": 1}

    whole, _found = take_in(world.organisation, text)
    assert whole.hash == killed.hash
    assert counts(whole)["unchanged"] == 10
