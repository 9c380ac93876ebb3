"""Exports: the responses of a cut as CSV, XLSX, Parquet or JSON, with their dictionary. Shell."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from dispatch.cut import Cut, CutError
from dispatch.dictionary import Column, columns
from dispatch.sheet import quoted
from dispatch.warehouse import Warehouse

FileFormat = Literal["csv", "xlsx", "parquet", "json"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
# What a sheet of XLSX holds, less its heading.
XLSX_ROWS = 1_048_575
PAGE = 10_000


def export(
    warehouse: Warehouse, cut: Cut, file_format: FileFormat, path: Path, *, with_personal: bool
) -> int:
    """Write the responses of a cut, oldest call first; return how many.

    XLSX has the dictionary as a second sheet, JSON under `dictionary`; CSV and Parquet are rows alone, and
    their dictionary is `dictionary.columns`.

    Raises:
        CutError: more rows than XLSX can hold.
        WarehouseError: the file cannot be written, or the warehouse not read.
    """
    chosen = columns(with_personal=with_personal)
    where, values = cut.where()
    selected = ", ".join(f"{each.source} AS {quoted(each.name)}" for each in chosen)
    query = f"SELECT {selected} FROM responses WHERE {where} ORDER BY called_at, assignment"
    with warehouse.cursor() as cursor:
        rows: int = cursor.execute(f"SELECT count(*) FROM responses WHERE {where}", values).fetchone()[0]
        if file_format == "xlsx" and rows > XLSX_ROWS:
            raise CutError(
                "format", f"{rows} responses do not fit a sheet of {XLSX_ROWS}; choose csv or parquet"
            )
        if file_format in {"csv", "parquet"}:
            options = "HEADER, DELIMITER ','" if file_format == "csv" else "FORMAT parquet, COMPRESSION zstd"
            target = str(path).replace("'", "''")
            cursor.execute(f"COPY ({query}) TO '{target}' ({options})", values)
            return rows
        cursor.execute(query, values)
        write = _xlsx if file_format == "xlsx" else _json
        write(path, chosen, lambda: cursor.fetchmany(PAGE))
    return rows


def _xlsx(path: Path, chosen: tuple[Column, ...], page: Callable[[], list[Any]]) -> None:
    import xlsxwriter  # noqa: PLC0415  # only this format pays for it

    # constant_memory: a row is on disk when the next one begins; text is text and never a formula or a link
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with contextlib.closing(xlsxwriter.Workbook(str(path), options)) as book:
        sheet = book.add_worksheet("responses")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [each.name for each in chosen], bold)
        at = 0
        while lines := page():
            for line in lines:
                at += 1
                for column, value in enumerate(line):
                    if isinstance(value, bool):
                        sheet.write_boolean(at, column, value)
                    elif isinstance(value, int | float):
                        sheet.write_number(at, column, value)
                    elif value is not None:
                        sheet.write_string(at, column, value)
        sheet = book.add_worksheet("dictionary")
        sheet.write_row(0, 0, ["column", "meaning", "unit", "NEMSIS"], bold)
        for number, each in enumerate(chosen, start=1):
            sheet.write_row(number, 0, [each.name, each.meaning, each.unit, each.nemsis])


def _json(path: Path, chosen: tuple[Column, ...], page: Callable[[], list[Any]]) -> None:
    names = [each.name for each in chosen]
    dictionary = [
        {"name": each.name, "meaning": each.meaning, "unit": each.unit, "nemsis": each.nemsis}
        for each in chosen
    ]
    with path.open("wb") as out:
        out.write(b'{"dictionary":' + msgspec.json.encode(dictionary) + b',"responses":[')
        first = True
        while lines := page():
            for line in lines:
                out.write(b"\n" if first else b",\n")
                out.write(msgspec.json.encode(dict(zip(names, line, strict=True))))
                first = False
        out.write(b"\n]}\n")
