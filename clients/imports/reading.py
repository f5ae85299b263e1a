"""A table file as a header and numbered rows of text: CSV in the usual encodings, or XLSX."""

import codecs
import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine
from django.utils.translation import gettext as _

MAX_FILE_BYTES = 200 * 1024 * 1024
# An XLSX is a zip: what it unpacks to is bounded before anything unpacks it.
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
MAX_SWELLING = 100  # tables shrink to a tenth or so; what shrinks to less than a hundredth is no table
SMALL_BYTES = 20 * 1024 * 1024  # whatever it shrinks to
MAX_ZIP_ENTRIES = 2000
MAX_CELLS = 30_000_000
DELIMITERS = ",;\t"
END = "\0"  # a line of its own behind a CSV, which holds none: an open quotation mark would swallow it, too
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,4})(\d{1,8})"')
ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,8})"')

Row = tuple[int, list[str]]


class FileError(ValueError):
    """The file as a whole cannot be taken; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """An open table file. ``rows()`` yields (line in the file, cells), without blank ones, each time from the start."""

    path: Path
    header: list[str]
    encoding: str = ""
    delimiter: str = ""

    @property
    def is_workbook(self) -> bool:
        """Whether XLSX."""
        return not self.encoding

    def rows(self) -> Iterator[Row]:
        """The data rows; cells beyond the header are kept, missing ones are empty."""
        found = _sheet_rows(self.path) if self.is_workbook else _csv_rows(self.path, self.encoding, self.delimiter)
        next(found)
        width = len(self.header)
        for number, cells in found:
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            yield number, cells


def open_table(path: Path | str) -> Table:
    """The table in a file; FileError when it is none."""
    path = Path(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FileError(_("The file is larger than %(size)d MB. Split it.") % {"size": MAX_FILE_BYTES // 1024**2})
    with path.open("rb") as file:
        start = file.read(8)
        if not start:
            raise FileError(_("The file is empty."))
        if start.startswith(b"PK\x03\x04"):
            check_workbook(file)
            return Table(path, _header(_sheet_rows(path)))
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileError(_("This is an old .xls file, or one with a password. Save it as .xlsx and try again."))
        encoding = detect_encoding(file)
    delimiter = _detect_delimiter(path, encoding)
    return Table(path, _header(_csv_rows(path, encoding, delimiter)), encoding, delimiter)


def detect_encoding(file: BinaryIO) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030 (which holds GBK); FileError for anything else."""
    file.seek(0)
    start = file.read(4)
    for bom, encoding in BOMS:
        if start.startswith(bom):
            if _decodes(file, encoding):
                return encoding
            raise FileError(_("The file is not valid text. Save it as CSV (UTF-8) and try again."))
    for encoding in ("utf-8", "gb18030"):
        if _decodes(file, encoding):
            return encoding
    raise FileError(_("The file is not valid text. Save it as CSV (UTF-8) and try again."))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether all of the file is text in this encoding, strictly and without NUL."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(1 << 20):
            if "\0" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _detect_delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        for line in file:
            if line.strip():
                bare = re.sub(r'"[^"]*"', "", line)
                return max(DELIMITERS, key=bare.count)
    raise FileError(_("The file is empty."))


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(chain(file, [END]), delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                if cells == [END]:
                    return
                if cells and cells[-1].endswith(END):
                    raise csv.Error
                if any(cells) and any(map(str.strip, cells)):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise FileError(
                _("Line %(line)d cannot be read: a quotation mark is opened there and not closed.") % {"line": line}
            ) from error


def _header(rows: Iterator[Row]) -> list[str]:
    """The first row with text; a name that comes again gets a number."""
    try:
        cells = next(rows)[1]
    except StopIteration:
        raise FileError(_("The file is empty.")) from None
    while cells and not cells[-1].strip():
        cells.pop()
    header: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or _("column %(n)d") % {"n": place}
        again = sum(1 for known in header if known == name or known.startswith(f"{name} ("))
        header.append(f"{name} ({again + 1})" if again else name)
    return header


def check_workbook(file: BinaryIO) -> None:
    """FileError for a workbook that would unpack to more than any table needs."""
    too_big = FileError(_("The workbook unpacks to far more than a table needs. Save the sheet as CSV and try again."))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            packed, unpacked = sum(entry.compress_size for entry in entries), sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ZIP_ENTRIES or unpacked > max(
                SMALL_BYTES, min(MAX_UNPACKED_BYTES, MAX_SWELLING * packed)
            ):
                raise too_big
            sheets = [entry for entry in entries if re.match(r"xl/worksheets/[^/]+\.xml$", entry.filename)]
            if not sheets:
                raise FileError(_("The file is no XLSX workbook. Save it as .xlsx or CSV and try again."))
            for entry in sheets:
                # The reader lays a sheet out as a rectangle: one far cell would cost its whole area.
                with archive.open(entry) as sheet:
                    if _area(sheet) > MAX_CELLS:
                        raise too_big
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileError(_("The workbook is damaged or has a password. Save it anew and try again.")) from error


def _area(sheet: Any) -> int:
    """Rows × columns of the rectangle that holds a sheet's cells."""
    rows = columns = 1
    tail = b""
    while block := sheet.read(1 << 20):
        text = tail + block
        for match in CELL.finditer(text):
            column = 0
            for letter in match[1]:
                column = column * 26 + letter - 64
            columns, rows = max(columns, column), max(rows, int(match[2]))
        for match in ROW.finditer(text):
            rows = max(rows, int(match[1]))
        tail = text[-200:]
    return rows * columns


def _sheet_rows(path: Path) -> Iterator[Row]:
    """Rows of the first visible sheet that holds anything."""
    try:
        book = python_calamine.load_workbook(str(path))
        for meta in book.sheets_metadata:
            if meta.visible != python_calamine.SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if not sheet.total_height:
                continue
            # to_python(skip_empty_area=False) keeps leading blank rows, so that numbers are those of the sheet.
            for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
                cells = [cell_text(value) for value in values]
                if any(cells) and any(map(str.strip, cells)):
                    yield number, cells
            return
    except (python_calamine.CalamineError, python_calamine.PasswordError) as error:
        raise FileError(_("The workbook is damaged or has a password. Save it anew and try again.")) from error


def cell_text(value: Any) -> str:
    """A workbook's cell as a person would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if abs(value) >= 1e15:  # a spreadsheet keeps 15 digits: what is longer says that some are lost
            return f"{value:.14e}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def sample(table: Table, count: int) -> list[Row]:
    """The first rows."""
    found = []
    for row in table.rows():
        found.append(row)
        if len(found) == count:
            break
    return found
