"""Folders converted at once: where their texts go, what is passed over, and what one document costs the others."""

import json
from pathlib import Path

import pymupdf
from test_cli import assert_refused, deepocr, pdf


def test_texts_lie_in_folders_as_their_documents_do(tmp_path: Path) -> None:
    pdf(tmp_path / "in/a.pdf", "top")
    for year in ("2023", "2024"):
        pdf(tmp_path / f"in/{year}/a.pdf", year)
    assert deepocr("convert", tmp_path / "in", "--recursive", "-o", f"{tmp_path}/out/").returncode == 0
    texts = {str(path.relative_to(tmp_path / "out")): path.read_text() for path in (tmp_path / "out").rglob("*.md")}
    assert texts == {"a.md": "top\n", "2023/a.md": "2023\n", "2024/a.md": "2024\n"}


def test_a_page_that_one_of_several_documents_lacks_costs_only_that_one(tmp_path: Path) -> None:
    pdf(tmp_path / "in/short.pdf", "only page")
    pdf(tmp_path / "in/long.pdf", "first page", "second page")
    result = deepocr("convert", tmp_path / "in", "-o", f"{tmp_path}/out/", "--pages", "2-9")
    assert result.returncode == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["long.md"]
    assert b"short.pdf: page 2 does not exist: the document has 1 page\n" in result.stderr
    assert_refused(deepocr("convert", tmp_path / "in", "-o", f"{tmp_path}/out/", "--pages", "2-x"), 2, "2-x")


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with pymupdf.open(pdf(folder / "cover.pdf", "A cover page")) as document:
        document.embfile_add("plan.pdf", b"%PDF-", filename="plan.pdf")
        document.saveIncr()
    (folder / "void.pdf").touch()
    said = deepocr("convert", folder, "-o", f"{tmp_path}/out/").stderr.decode()
    assert f"deepocr: neither PDF nor image, and passed over: {folder}/void.pdf\n" in said
    assert f"deepocr: {folder}/cover.pdf: attached to it, and not read: plan.pdf\n" in said


def test_a_document_that_cannot_be_planned_costs_no_other(tmp_path: Path) -> None:
    for name, words in (("a.pdf", ["one"]), ("c.pdf", ["one", "two"])):
        pdf(tmp_path / "in" / name, *words)
    (tmp_path / "in/b.pdf").write_bytes(b"%PDF-1.4 cut off")
    result = deepocr("plan", tmp_path / "in", "--json", "--pages", "2")
    assert result.returncode == 3
    assert [(Path(row["source"]).name, row["page"]) for row in json.loads(result.stdout)] == [("c.pdf", 2)]
    assert b"a.pdf: " in result.stderr
    assert b"b.pdf: " in result.stderr
    assert_refused(deepocr("plan", tmp_path / "in", "--pages", "2-x"), 2, "2-x")
