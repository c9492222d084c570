"""Files that somebody might send, by mistake or on purpose: about 300 that must be refused and 50
that must be taken. Each is made anew from the same seed, none is kept in the repository."""

import csv
import io
import random
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import docx
import openpyxl
from PIL import Image

from tracker.services.seeding import SEED_FOLDER

MB = 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """`door`: where it is sent (evidence, roster, notice, seed). `why` names it in the report."""

    door: str
    name: str
    data: bytes
    why: str
    good: bool = False


def bad() -> Iterator[Sample]:
    yield from _disguised()
    yield from _names()
    yield from _evidence()
    yield from _rosters()
    yield from _notices()
    yield from _seeds()


def good() -> Iterator[Sample]:
    chance = random.Random(1)
    for kind in ("PNG", "JPEG"):
        for side in (9, 400, 1600):
            yield _fine("evidence", f"截图{side}.{kind.lower()}", picture(kind, side))
    for n in range(6):
        yield _fine("evidence", f"证明 {n}.pdf", PDF + chance.randbytes(500 * n))
        yield _fine("evidence", f"表{n}.xlsx", workbook([["编号", "名称"], [f"A{n}", "课程"]]))
        yield _fine("evidence", f"说明{n}.docx", document([["一", "二"]]))
    for encoding in ("utf-8", "gb18030"):
        yield _fine("evidence", f"{encoding}.txt", "课程群已全部建立。".encode(encoding))
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        for ends in ("\n", "\r\n", "\r"):
            text = LIST.replace("\n", ends)
            yield _fine("roster", f"{encoding}.csv", text.encode(encoding))
    for rows in (3, 100, 2000):
        listed = [["编号", "名称", "单位"], *([f"B{n}", f"课程{n}", "cs"] for n in range(rows))]
        yield _fine("roster", f"名单{rows}.xlsx", workbook(listed))
    table = seeded("table1")
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        yield _fine("notice", f"通知-{encoding}.csv", as_csv(table).encode(encoding))
    for rows in (4, 9, len(table)):
        yield _fine("notice", f"通知{rows}.xlsx", workbook(table[:rows]))
        yield _fine("notice", f"通知{rows}.docx", document(table[:rows]))
    yield _fine("seed", "table1.xlsx", workbook(table))
    yield _fine("seed", "table1.csv", as_csv(table).encode())


def _fine(door: str, name: str, data: bytes) -> Sample:
    return Sample(door, name, data, "good", good=True)


def _disguised() -> Iterator[Sample]:
    """What is no such file under each of the endings that are taken."""
    contents = {
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "script": b"alert(document.cookie)",
        "program": b"MZ\x90\x00\x03" + b"\x00" * 200,
        "elf": b"\x7fELF\x02\x01\x01" + b"\x00" * 200,
        "gif and pdf": b"GIF89a" + PDF,
        "xml": b'<?xml version="1.0"?><x/>',
        "shell": b"#!/bin/sh\nrm -rf /\n",
        "zip": packed({"a.txt": b"a"}),
        "nothing": b"",
    }
    for ending in ("pdf", "jpg", "png", "docx", "xlsx", "pptx"):
        for why, data in contents.items():
            yield Sample("evidence", f"a.{ending}", data, f"{why} as {ending}")


def _names() -> Iterator[Sample]:
    """A right file under a name that leads elsewhere."""
    endings = ("html", "htm", "xhtml", "svg", "js", "php", "exe", "bat", "sh", "jar", "lnk", "hta")
    for ending in endings:
        yield Sample("evidence", f"a.pdf.{ending}", PDF, f"double ending .{ending}")
        yield Sample("evidence", f"a.{ending}", PDF, f"ending .{ending}")
    for name in (
        "a.pdf\x00.html",
        "../../etc/passwd",
        "..\\..\\a.exe",
        "n" * 296 + ".exe",
        "\u202efdp.exe",
        "a\u202egnp.svg",
        "a.pdf.",
        ".htaccess",
        "pdf",
        "a.pdf/../b.html",
        "CON",
        "a.p\u200bdf.js",
    ):
        if name != "a.pdf.":
            yield Sample("evidence", name, PDF, f"name {name[:20]!r}")


def _evidence() -> Iterator[Sample]:
    for ending, data in (("docx", document([["一"]])), ("xlsx", workbook([["编号"]]))):
        for why, bomb in _bombs(data):
            yield Sample("evidence", f"a.{ending}", bomb, f"{why} in {ending}")
    for kind, ending in (("PNG", "png"), ("JPEG", "jpg")):
        whole = picture(kind, 400)
        for part in (0.01, 0.2, 0.5, 0.9):
            yield Sample("evidence", f"a.{ending}", whole[: int(len(whole) * part)], "cut off")
    yield Sample("evidence", "a.png", huge_picture(), "a picture of 10 billion points")
    for ending in ("pdf", "txt", "csv", "png"):
        yield Sample("evidence", f"a.{ending}", PDF + b" " * (10 * MB), "too large")
    for ending in ("txt", "csv"):
        yield Sample("evidence", f"a.{ending}", b"a\x00b", "NUL")
        yield Sample("evidence", f"a.{ending}", b"\x80\x81\xff\xfe", "no encoding")
        yield Sample("evidence", f"a.{ending}", "课".encode("utf-32"), "UTF-32")


def _bombs(data: bytes) -> Iterator[tuple[str, bytes]]:
    parts = unpacked(data)
    yield "ratio bomb", packed({**parts, "bomb.xml": b"0" * (60 * MB)})
    yield "many entries", packed({**parts, **{f"x/{n}": b"" for n in range(2100)}})
    yield "nested zip", packed({"a.zip": packed({"b": b"0" * (20 * MB)})})
    yield "macros", packed({**parts, "xl/vbaProject.bin": b"x", "word/vbaProject.bin": b"x"})
    yield "lying size", lying({**parts, "lying.xml": b"0" * (5 * MB)})
    yield "cut off", data[: len(data) // 2]
    yield "no parts", packed({"[Content_Types].xml": b"<x/>"})


def _rosters() -> Iterator[Sample]:
    whole, chance = workbook([["编号", "名称"], ["A1", "课程一"]]), random.Random(2)
    for why, data in _bombs(whole):
        yield Sample("roster", "名单.xlsx", data, why)
    for why, data in _xml_attacks(whole, "xl/worksheets/sheet1.xml", "worksheet"):
        yield Sample("roster", "名单.xlsx", data, why)
    yield Sample("roster", "名单.xlsx", long_sheet(3_000_000), "3 million rows")
    yield Sample(
        "roster", "名单.xlsx", workbook([["编号", "名称"], *[["A", "长" * 30_000]] * 700]), "text"
    )
    for _ in range(35):
        yield Sample("roster", "名单.xlsx", whole[: chance.randrange(len(whole))], "cut off")
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield Sample("roster", "名单.csv", LIST.encode(encoding), f"{encoding} without a mark")
    for name, data, why in (
        ("a.csv", b"", "empty"),
        ("a.csv", b" \r\n ", "blank"),
        ("a.csv", "没有表头,只有数据\n1,2".encode(), "no header"),
        ("a.csv", "编号,名称,编号\n1,2,3".encode(), "a column twice"),
        ("a.csv", b"\x80\x81\xff", "no encoding"),
        ("a.csv", b"key,name\x00\n", "NUL"),
        ("a.csv", ("key,name\n" + "x" * 200_000).encode(), "an endless cell"),
        ("a.csv", b"<html><table><tr><td>key", "a web page"),
        ("a.csv", b'<svg onload="alert(1)"/>', "svg"),
        ("a.pdf", PDF, "PDF"),
        ("a.xls", OLD_EXCEL, "old Excel"),
        ("a.xlsx", LIST.encode(), "CSV named as a workbook"),
        ("a.xlsx", document([["编号", "名称"]]), "Word named as a workbook"),
        ("a.xlsx", picture("PNG", 9), "a picture"),
        ("a.csv", b"x" * (8 * MB + 1), "too large"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 100, "a broken zip"),
    ):
        yield Sample("roster", name, data, why)


def _notices() -> Iterator[Sample]:
    table, chance = seeded("table1")[:6], random.Random(3)
    book, word = workbook(table), document(table)
    for why, data in (*_bombs(book), *_xml_attacks(book, "xl/worksheets/sheet1.xml", "worksheet")):
        yield Sample("notice", "通知.xlsx", data, f"{why} in xlsx")
    for why, data in (*_bombs(word), *_xml_attacks(word, "word/document.xml", "document")):
        yield Sample("notice", "通知.docx", data, f"{why} in docx")
    for _ in range(17):
        yield Sample("notice", "通知.docx", word[: chance.randrange(len(word))], "cut off docx")
        yield Sample("notice", "通知.xlsx", book[: chance.randrange(len(book))], "cut off xlsx")
        yield Sample("notice", "通知.pdf", b"%PDF-1.7\n" + chance.randbytes(900), "broken pdf")
    yield Sample("notice", "通知.xlsx", long_sheet(3_000_000), "3 million rows")
    yield Sample("notice", "通知.pdf", PDF, "a pdf without a table")
    yield Sample("notice", "通知.docx", document([]), "a document without a table")
    for name, data, why in (
        ("a.csv", b"", "empty"),
        ("a.csv", as_csv(table).encode("utf-16-le"), "UTF-16 without a mark"),
        ("a.csv", b"\x80\x81\xff", "no encoding"),
        ("a.csv", b"a\x00b\n", "NUL"),
        ("a.csv", b"<html><script>alert(1)</script>", "a web page"),
        ("a.doc", OLD_EXCEL, "old Word"),
        ("a.docx", as_csv(table).encode(), "CSV named as Word"),
        ("a.docx", picture("PNG", 9), "a picture"),
        ("a.csv", b"x" * (8 * MB + 1), "too large"),
    ):
        yield Sample("notice", name, data, why)


def _seeds() -> Iterator[Sample]:
    whole = workbook(seeded("table1"))
    for why, data in (
        *_bombs(whole),
        *_xml_attacks(whole, "xl/worksheets/sheet1.xml", "worksheet"),
    ):
        yield Sample("seed", "table1.xlsx", data, why)
    for why, data in (
        ("empty", b""),
        ("old Excel", OLD_EXCEL),
        ("a picture", picture("PNG", 9)),
        ("no such columns", workbook([["a", "b"]])),
        ("CSV", as_csv(seeded("table1")).encode()),
    ):
        yield Sample("seed", "table1.xlsx", data, why)
    for why, data in (
        ("GBK", as_csv(seeded("table1")).encode("gb18030")),
        ("UTF-16", as_csv(seeded("table1")).encode("utf-16")),
        ("NUL", as_csv(seeded("table1")).replace("成立", "成\x00立").encode()),
        ("half a row", as_csv(seeded("table1")).encode()[:900]),
    ):
        yield Sample("seed", "table1.csv", data, why)


def _xml_attacks(data: bytes, part: str, root: str) -> Iterator[tuple[str, bytes]]:
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    attacks = {
        "billion laughs": f'<!ENTITY a "ha">{entities}',
        "a file of the server": '<!ENTITY j SYSTEM "file:///etc/passwd">',
        "an address": '<!ENTITY j SYSTEM "http://127.0.0.1:9/x">',
        "a parameter entity": '<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY j "x">',
    }
    for why, definitions in attacks.items():
        text = f'<?xml version="1.0"?><!DOCTYPE x [{definitions}]><{root}>&j;</{root}>'
        yield why, packed({**unpacked(data), part: text.encode()})


LIST = "编号,名称,单位\nA1,高等数学,cs\nA2,线性代数,cs\n"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@cache
def seeded(name: str) -> list[list[str]]:
    with (SEED_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book: Any = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def document(rows: Sequence[Sequence[str]]) -> bytes:
    made: Any = docx.Document()
    made.add_paragraph("关于进一步推动落实网络教学的通知")
    if rows:
        table = made.add_table(len(rows), len(rows[0]))
        for line, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(line.cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def picture(kind: str, side: int) -> bytes:
    out = io.BytesIO()
    noise = random.Random(side).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), noise).save(out, kind)
    return out.getvalue()


def huge_picture() -> bytes:
    """Its head says 100,000 by 100,000."""
    data = bytearray(picture("PNG", 9))
    data[16:24] = (100_000).to_bytes(4, "big") * 2
    return bytes(data)


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lying(members: dict[str, bytes]) -> bytes:
    """The last member's entry says that it has ten bytes."""
    data = bytearray(packed(members))
    place = data.rfind(list(members)[-1].encode())
    data[place - 46 + 24 : place - 46 + 28] = (10).to_bytes(4, "little")
    return bytes(data)


@cache
def long_sheet(rows: int) -> bytes:
    """So many rows with a number each, written piece by piece."""
    parts, out = unpacked(workbook([["编号", "名称"]])), io.BytesIO()
    sheet = "xl/worksheets/sheet1.xml"
    head, tail = parts.pop(sheet).split(b"</sheetData>")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open(sheet, "w", force_zip64=True) as file:
            file.write(head)
            for first in range(2, rows, 10_000):
                last = min(first + 10_000, rows)
                file.write(
                    b"".join(
                        b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n)
                        for n in range(first, last)
                    )
                )
            file.write(b"</sheetData>" + tail)
    return out.getvalue()
