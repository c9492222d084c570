"""Files of proof: what is taken, what is refused, and what stays with which report."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from tests import cast
from tests.web import duties
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted, StorageFull
from tracker.models.assignment import CheckOff
from tracker.models.evidence import Evidence
from tracker.queries.evidence import pieces
from tracker.services import evidence, evidence_files, reviews
from tracker.services.evidence_files import StoredFile, clean_name, keep

PDF = b"%PDF-1.7\n%%EOF"


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind)
    return out.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


WORD = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"}
GOOD = {
    "通知.pdf": PDF,
    "截图.png": picture(),
    "截图.JPG": picture("JPEG"),
    "总结.docx": packed(WORD),
    "名单.csv": "编号,名称".encode("gb18030"),
    "说明.txt": "已完成".encode(),
}
BAD = {
    "page.html": b"<script>alert(1)</script>",
    "picture.svg": b"<svg onload='alert(1)'/>",
    "run.exe": b"MZ",
    "archive.zip": packed({"a": b"b"}),
    "no ending": PDF,
    "a.pdf.exe": PDF,
    "a.pdf": b"<html>%PDF-",
    "b.pdf": b"",
    "a.png": picture("JPEG"),
    "b.png": picture()[:80],
    "c.png": b"GIF89a" + picture(),
    "a.jpg": PDF,
    "a.docx": packed({"word/document.xml": b"<w/>"}),
    "b.docx": packed({**WORD, "word/vbaProject.bin": b"x"}),
    "c.docx": packed({**WORD, "word/media/zeros": b"0" * 40_000_000}),
    "d.docx": packed({**WORD, **{f"x/{n}": b"" for n in range(2100)}}),
    "e.docx": packed(WORD)[:-30],
    "a.xlsx": packed(WORD),
    "a.txt": b"\x00\x01",
    "b.txt": b"\x80\x81\xff\xff",
}


def stored(folder: Path, name: str = "a.pdf", data: bytes = PDF) -> StoredFile:
    return keep(folder, name, io.BytesIO(data))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", GOOD)
def test_what_offices_send_is_taken_and_kept_byte_for_byte(tmp_path: Path, name: str) -> None:
    found = stored(tmp_path, name, GOOD[name])
    assert (tmp_path / found.stored).read_bytes() == GOOD[name]
    assert found.name == name
    assert found.size == len(GOOD[name])
    assert found.has_thumbnail == found.media_type.startswith("image/")
    assert name not in found.stored


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        stored(tmp_path, name, BAD[name])
    assert refused.value.field == "files"
    assert files(tmp_path) == []


def test_a_thumbnail_is_small_and_of_our_own_making(tmp_path: Path) -> None:
    found = stored(tmp_path, "截图.png", picture())
    with Image.open(tmp_path / f"{found.stored}.jpg") as image:
        assert image.format == "JPEG"
        assert max(image.size) == evidence_files.THUMBNAIL


@pytest.mark.parametrize(("kind", "has_one"), [("PNG", False), ("JPEG", True)])
def test_a_picture_of_few_bytes_does_not_unpack_to_hundreds_of_megabytes(
    tmp_path: Path, kind: str, has_one: bool
) -> None:
    """Eight requests of a process that each do so would end it. A photograph of that size is made
    smaller while it is read."""
    packed = io.BytesIO()
    Image.new("L", (5000, 4000)).save(packed, kind)
    found = stored(tmp_path, f"长图.{kind.lower()}", packed.getvalue())
    assert found.has_thumbnail is has_one
    assert (tmp_path / f"{found.stored}.jpg").exists() is has_one


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += size
            return b"%PDF-" + b"0" * (size - 5)

    stream = Endless()
    with pytest.raises(InvalidInput, match="larger than 10 MB"):
        keep(tmp_path, "a.pdf", stream)  # type: ignore[arg-type]
    assert stream.read_so_far < evidence_files.MOST_BYTES + 200_000
    assert files(tmp_path) == []


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        stored(tmp_path)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\x\\报告.pdf", "报告.pdf"),
        ("a\u202egnp.pdf", "agnp.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("", "?"),
    ],
)
def test_names_are_made_safe_and_keep_their_ending(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@given(st.text(max_size=400))
def test_no_name_leads_out_of_its_folder(typed: str) -> None:
    name = clean_name(typed)
    assert 0 < len(name) <= evidence_files.NAME_MAX
    assert not set(name) & set("/\\\x00\r\n")


def add(folder: Path, who: str = "cs", data: bytes = PDF) -> int:
    file = stored(folder, "a.pdf", data)
    with transaction():
        return evidence.add_file(held(3, "cs"), cast.actor(who), clock.now(), file).id


def test_proof_goes_with_the_report_and_stays_when_it_is_sent_back(
    both_app: Flask, tmp_path: Path
) -> None:
    """B-61: the old attempt keeps its files, the new one has its own."""
    first = add(tmp_path)
    duties.report("cs", 3, "cs", 12)
    with transaction():
        reviews.send_back(
            held(3, "cs"), cast.actor("affairs"), clock.now(), seen_version=None, reason="少一门"
        )
    second = add(tmp_path, data=PDF + b"2")
    duties.report("cs", 3, "cs", 13)
    reports = list(db.session.scalars(select(CheckOff.id).order_by(CheckOff.id)))
    found = {piece.id: piece.check_off_id for piece in pieces(held(3, "cs"))}
    assert found == {first: reports[0], second: reports[1]}


def test_what_belongs_to_a_report_is_not_taken_away(both_app: Flask, tmp_path: Path) -> None:
    piece = db.session.get_one(Evidence, add(tmp_path))
    duties.report("cs", 3, "cs", 12)
    with pytest.raises(IllegalStep), transaction():
        evidence.remove(piece, cast.actor("cs"), clock.now())


def test_a_verified_duty_takes_nothing_more(both_app: Flask, tmp_path: Path) -> None:
    duties.report("cs", 3, "cs", 12)
    duties.verify("affairs", 3, "cs")
    with pytest.raises(IllegalStep):
        add(tmp_path)


def test_the_same_file_twice_is_one_piece(both_app: Flask, tmp_path: Path) -> None:
    """B-17."""
    assert add(tmp_path) == add(tmp_path)


@pytest.mark.parametrize("who", ["affairs", "info", "president", "students"])
def test_only_the_unit_itself_adds_proof(app: Flask, tmp_path: Path, who: str) -> None:
    with pytest.raises(NotPermitted):
        add(tmp_path, who)


def test_a_unit_has_so_much_room_and_a_report_so_many_pieces(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "QUOTA", 2 * len(PDF))
    add(tmp_path)
    with pytest.raises(InvalidInput, match="exceed"):
        add(tmp_path, data=PDF + b"0" * len(PDF))
    monkeypatch.setattr(evidence, "MOST_PIECES", 1)
    with pytest.raises(InvalidInput, match="at most 1"):
        add(tmp_path, data=PDF + b"1")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x",
        "//x",
        "http://",
        "http://a b",
        "x" * 2100,
        "http:\\\\x",
        "",
    ],
)
def test_only_web_addresses_are_links(app: Flask, url: str) -> None:
    with pytest.raises(InvalidInput), transaction():
        evidence.add_link(held(3, "cs"), cast.actor("cs"), clock.now(), url)
