"""Tables as downloads: CSV that streams, XLSX from a file on disk; no cell is ever taken for a formula."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

XLSX_ROWS = 1_000_000  # a sheet holds 1,048,576
NUMBER = re.compile(r"[+-]?\d[\d.,]*")
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # a Chinese or Japanese spreadsheet reads the wide signs like the narrow ones


def table_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]], kind: str) -> HttpResponseBase:
    """A download of rows as "csv" or "xlsx"."""
    return xlsx_response(name, header, rows) if kind == "xlsx" else csv_response(name, header, rows)


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Streams; begins with the mark by which spreadsheets know UTF-8."""

    def parts() -> Iterator[bytes]:
        yield "\ufeff".encode()
        for line in csv_lines([header]):
            yield line.encode()
        for line in csv_lines(rows):
            yield line.encode()

    answer = StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}.csv")
    return answer


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Lines of a CSV; text that begins like a formula gets an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; plain numbers stay as they are."""
    if isinstance(value, str) and value.startswith(FORMULA) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def xlsx_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """Written row by row to a temporary file; text stays text, also when it looks like a number or a formula."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the response)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [str(cell) for cell in header], bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            break
        for place, cell in enumerate(row):
            if hasattr(cell, "isoformat"):
                sheet.write_datetime(number, place, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(number, place, cell)
            else:
                sheet.write(number, place, cell)
    book.close()
    file.seek(0)
    answer = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")
    answer["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return answer
