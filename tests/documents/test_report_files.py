"""Excel, Word and PDF give back every value of a report."""

import io
import os
import subprocess
import sys
from pathlib import Path

import docx
import openpyxl
import pytest
from flask import Flask
from hypothesis import given, settings

from tests.databases import ROOT
from tests.domain.reports import facts
from tests.rehearsal import StandingClock
from tests.services.test_reports import freeze, look, names_of_row_4
from tests.web import duties
from tracker.documents import report_pdf
from tracker.documents.report_changes import changes
from tracker.documents.report_docx import document
from tracker.documents.report_view import ReportView
from tracker.domain.reports import canonical, digest
from tracker.sheets.reports import workbook

LANGUAGES = ("zh_Hans", "en")


@pytest.fixture
def views(app: Flask, at: StandingClock) -> list[ReportView]:
    """A report with names, numbers, lateness and a difference."""
    freeze(at)
    names_of_row_4(at, range(4))
    duties.report("cs", 3, "cs", 137)
    duties.report("cs", 15, "cs")
    duties.verify("affairs", 15, "cs")
    report_id = freeze(at, moment="2020-02-23T22:00")
    return [look(report_id, locale) for locale in LANGUAGES]


def test_the_workbook_gives_back_every_value(views: list[ReportView]) -> None:
    for view in views:
        book = openpyxl.load_workbook(io.BytesIO(workbook(view)))
        cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
        shown = {str(value).lstrip("'") for row in cells for value in row if value is not None}
        assert view.text in shown
        assert {view.digest, view.facts.audit_head} <= shown
        assert {value for _label, value in view.totals} <= shown
        for line in view.matrix.lines:
            assert line.title in shown
            assert {mark.text for _at, mark in line.marks if mark} <= shown
        assert {name for row in view.missing for it in row.shortages for name in it.names} <= shown
        found = changes(view)
        assert found is not None
        assert {said for _label, said in found.lines} <= shown
        assert len(list(book.worksheets[3].iter_rows())) == 1 + len(view.overdue)
        assert workbook(view) == workbook(view)


def test_the_word_document_gives_back_every_value(views: list[ReportView]) -> None:
    for view in views:
        made = document.__wrapped__(view)
        read = docx.Document(io.BytesIO(made))
        lines = [paragraph.text for paragraph in read.paragraphs]
        cells = {cell.text for table in read.tables for row in table.rows for cell in row.cells}
        assert view.text in lines
        assert any(view.digest in line for line in lines)
        for row in view.missing:
            for it in row.shortages:
                assert any(line.startswith(it.unit) and it.names[0] in line for line in lines)
        for matrix_line in view.matrix.lines:
            assert matrix_line.title in cells
            assert {mark.text for _at, mark in matrix_line.marks if mark} <= cells
        assert {late.unit for late in view.overdue} <= cells
        matrix = next(table for table in read.tables if len(table.columns) > 10)
        assert "tblHeader" in matrix.rows[0]._tr.xml
        assert read.core_properties.created.isoformat() == "2020-02-23T14:00:00+00:00"
        assert document.__wrapped__(view) == made


def test_the_difference_stands_in_both_files_with_its_baseline(views: list[ReportView]) -> None:
    """On the outline of the Word document, and on a sheet of its own."""
    view = views[0]
    read = docx.Document(io.BytesIO(document.__wrapped__(view)))
    headings = [each.text for each in read.paragraphs if each.style.name.startswith("Heading")]
    assert {"与上期相比", "落实总表", "已逾期"} <= set(headings)
    assert any(text.endswith("（缺3）") for text in headings)
    assert any(each.text.startswith("与第1期（") for each in read.paragraphs)
    book = openpyxl.load_workbook(io.BytesIO(workbook(view)))
    assert book["与上期相比"]["A1"].value.startswith("与第1期（")
    assert "与第1期（" in view.text
    assert book.worksheets[0]["B3"].value.second == 0


def test_an_empty_list_says_so(app: Flask, at: StandingClock) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(look(freeze(at), "zh_Hans"))))
    assert book["已逾期"]["A2"].value == "没有已逾期的职责。"


@settings(max_examples=8)
@given(facts(25, 6))
def test_whatever_a_report_holds_its_files_open(made) -> None:
    """Names that begin like a formula, hold odd characters, or are many (B-51, B-52)."""
    view = ReportView(made, digest(canonical(made)), None, "zh_Hans")
    openpyxl.load_workbook(io.BytesIO(workbook(view)))
    docx.Document(io.BytesIO(document.__wrapped__(view)))


def test_without_the_package_there_is_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    report_pdf._maker.cache_clear()
    monkeypatch.setattr(report_pdf, "import_module", missing)
    with pytest.raises(report_pdf.NoPdf):
        report_pdf.pdf("<p>without</p>")
    report_pdf._maker.cache_clear()


def test_without_a_chinese_font_it_says_so_instead_of_boxes(tmp_path: Path) -> None:
    """B-53: in a bare container Chinese would come out as boxes."""
    pytest.importorskip("weasyprint")
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{tmp_path}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    code = (
        "from tracker.documents.report_pdf import NoFont, pdf\n"
        "assert pdf('<p>abc</p>').startswith(b'%PDF')\n"
        "try: pdf('<p>未完成</p>')\n"
        "except NoFont: print('said')\n"
    )
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout == "said\n", run.stderr
