"""The program run as a process: exit codes, one clear line, clean streams, nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest
from file_parts import small_image, tiff_pages

SAMPLES = Path(__file__).parent.parent / "samples"
LETTER = SAMPLES / "letter.pdf"


def deepocr(*arguments: object, stdin: bytes = b"", folder: Path | None = None, **environment: str):
    """Run the program as a user would, with no network and no model on the disk."""
    return subprocess.run(
        [sys.executable, "-m", "deepocr_cli", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "HF_HOME": "/nonexistent", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1", **environment},
        timeout=120,
        check=False,
    )


def pdf(path: Path, *pages: str, **save: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = pymupdf.open()
    for text in pages:
        document.new_page().insert_text((72, 100), text, fontsize=14)
    document.save(path, **save)
    return path


def assert_refused(result, code: int, *words: str) -> None:
    """One line that says what is wrong, perhaps a hint, no traceback, and nothing on stdout."""
    lines = result.stderr.decode().splitlines()
    assert result.returncode == code, lines
    errors = [line for line in lines if line.startswith("deepocr: error: ")]
    assert len(errors) == 1, lines
    assert all(word in errors[0] for word in words), errors
    assert "Traceback" not in result.stderr.decode()
    assert result.stdout == b""


# ------------------------------------------------------------------------------------------- results


def test_one_document_goes_to_stdout_as_markdown(tmp_path: Path) -> None:
    result = deepocr("convert", pdf(tmp_path / "a.pdf", "The lamp was lit at dusk."))
    assert result.returncode == 0, result.stderr
    assert result.stdout.decode().strip() == "The lamp was lit at dusk."


def test_a_pipe_in_and_json_out() -> None:
    result = deepocr("convert", "-", "-t", "json", stdin=LETTER.read_bytes())
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["source"] == "stdin"
    assert [page["number"] for page in document["pages"]] == [1]


def test_the_same_input_gives_the_same_bytes() -> None:
    runs = [deepocr("convert", SAMPLES / "report.pdf", "-t", "json").stdout for _ in range(2)]
    assert runs[0] == runs[1] != b""


@pytest.mark.parametrize("suffix", [".md", ".html", ".json", ".txt"])
def test_the_suffix_of_the_output_says_the_format(tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"out{suffix}"
    assert deepocr("convert", LETTER, "-o", output).returncode == 0
    text = output.read_text()
    assert {".html": "<!doctype html>", ".json": "{"}.get(suffix, "") in text.lower()


def test_pages_are_chosen(tmp_path: Path) -> None:
    source = pdf(tmp_path / "a.pdf", "first page here", "second page here", "third page here")
    result = deepocr("convert", source, "--pages", "-1,1", "-t", "text")
    assert result.stdout.decode().split("\n\n") == ["third page here", "first page here\n"]


def test_several_documents_go_to_a_folder(tmp_path: Path) -> None:
    pdf(tmp_path / "a.pdf", "first document")
    pdf(tmp_path / "b.pdf", "second document")
    result = deepocr("convert", tmp_path / "a.pdf", tmp_path / "b.pdf", "-o", f"{tmp_path}/out/")
    assert result.returncode == 0, result.stderr
    assert {path.name: path.read_text().strip() for path in (tmp_path / "out").iterdir()} == {
        "a.md": "first document",
        "b.md": "second document",
    }


def test_documents_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        pdf(tmp_path / folder / "a.pdf", f"in folder {folder}")
    result = deepocr("convert", tmp_path / "x/a.pdf", tmp_path / "y/a.pdf", "-o", f"{tmp_path}/out/")
    assert result.returncode == 0
    texts = sorted(path.read_text().strip() for path in (tmp_path / "out").iterdir())
    assert texts == ["in folder x", "in folder y"]


def test_a_bad_document_among_several_costs_only_itself(tmp_path: Path) -> None:
    good, bad = pdf(tmp_path / "good.pdf", "a good document"), tmp_path / "bad.pdf"
    bad.write_bytes(b"nothing like a PDF")
    result = deepocr("convert", bad, good, "-o", f"{tmp_path}/out/")
    assert result.returncode == 3
    assert (tmp_path / "out/good.md").read_text().strip() == "a good document"
    assert b"bad.pdf" in result.stderr


def test_a_blank_page_is_called_blank(tmp_path: Path) -> None:
    said = deepocr("convert", pdf(tmp_path / "a.pdf", "words", "")).stderr
    assert b"a.pdf: 2 pages: 1 taken from the text layer, 1 blank\n" in said


def test_the_model_is_named_when_it_is_asked(tmp_path: Path) -> None:
    assert b"the model is" not in deepocr("convert", LETTER, "--no-cache").stderr
    assert b"the model is nano" in deepocr("convert", SAMPLES / "label.png", "--no-cache").stderr


def test_a_report_has_a_line_a_page(tmp_path: Path) -> None:
    source = pdf(tmp_path / "a.pdf", "first page here", "second page here")
    assert deepocr("convert", source, "--report", tmp_path / "run.jsonl").returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(line["page"], line["reader"], line["ending"]) for line in lines] == [
        (1, "text-layer", "complete"),
        (2, "text-layer", "complete"),
    ]
    assert all(line["fidelity"]["score"] > 0.99 for line in lines)


def test_a_page_that_fails_is_named_and_the_others_are_written(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff_pages(small_image("RGB", (400, 300)), small_image("RGB", (9000, 9000))))
    result = deepocr("convert", tmp_path / "a.tif", "--max-pixels", 1_000_000)
    assert result.returncode == 4
    assert b"page 2: 9000 x 9000 pixels, too many" in result.stderr
    assert b"--max-pixels" in result.stderr


def test_a_poster_is_read_with_fewer_pixels_and_a_word_about_it(tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=5000, height=7000).insert_text((500, 1000), "Glasshouses of the north", fontsize=200)
    document.save(tmp_path / "poster.pdf")
    result = deepocr("convert", tmp_path / "poster.pdf", "--max-pixels", 1_000_000, "--report", tmp_path / "run.jsonl")
    assert result.returncode == 0
    assert "Glasshouses of the north" in result.stdout.decode()
    assert b"page 1: reduced to 1,000,000 pixels; more, and more memory: --max-pixels N" in result.stderr
    assert json.loads((tmp_path / "run.jsonl").read_text())["full_size"] == [10_000, 14_000]


# ------------------------------------------------------------------------------------------- refusals


def test_an_existing_output_is_kept(tmp_path: Path) -> None:
    output = tmp_path / "out.md"
    output.write_text("precious")
    assert_refused(deepocr("convert", LETTER, "-o", output), 6, "out.md", "exists")
    assert output.read_text() == "precious"
    assert deepocr("convert", LETTER, "-o", output, "--force").returncode == 0
    assert output.read_text() != "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.md"], "no temporary file is left"


def test_several_documents_need_a_folder() -> None:
    for output, hint in ((), "try -o out/"), (("-o", "texts"), "try -o texts/"):
        refused = deepocr("convert", LETTER, SAMPLES / "invoice.pdf", *output)
        assert_refused(refused, 2, "folder")
        assert hint in refused.stderr.decode()


def test_the_hint_of_a_wrong_flag_names_the_command() -> None:
    refused = deepocr("cache", "show", "--no-such-flag")
    assert_refused(refused, 2)
    assert "deepocr cache show --help" in refused.stderr.decode()


def test_the_help_speaks_of_no_types_of_python() -> None:
    shown = deepocr("plan", "-h").stdout.decode().splitlines()
    assert any("--json" in line for line in shown)
    assert not any("<bool>" in line for line in shown)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tokens", "100", "--ratio", "10"),
        ("--mode", "no-such-mode", "--fallback", "none"),
        ("--precision", "1.5"),
        ("--pages", "1-x"),
        ("--pages", "99"),
        ("--no-such-flag",),
        ("--dpi", "0"),
        ("--task", "find"),
        ("-t", "docx"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...]) -> None:
    assert_refused(deepocr("convert", LETTER, *arguments), 2)


def test_a_missing_input() -> None:
    assert_refused(deepocr("convert", "no-such-file.pdf"), 3, "no-such-file.pdf")


def test_weights_that_are_not_there() -> None:
    assert_refused(deepocr("convert", LETTER, "--model", "no-such-model"), 5, "no-such-model")


def test_a_password_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    encryption = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "lantern"}
    source = pdf(tmp_path / "locked.pdf", "behind a lock", **encryption)
    assert_refused(deepocr("convert", source), 3, "locked.pdf", "encrypted")
    (tmp_path / "passwords").write_text("wrong\nlantern\n")
    for result in (
        deepocr("convert", source, "--password-file", tmp_path / "passwords"),
        deepocr("convert", source, DEEPOCR_PASSWORD="lantern"),
    ):
        assert result.stdout.decode().strip() == "behind a lock", result.stderr


# ------------------------------------------------------------------------------------------- manners


def test_quiet_says_nothing() -> None:
    assert deepocr("convert", LETTER, "--quiet").stderr == b""


def test_a_closed_pipe_is_silent() -> None:
    command = f"{sys.executable} -m deepocr_cli convert {SAMPLES / 'report.pdf'} | true; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=120)
    assert result.stdout.strip() == b"0"
    assert b"Traceback" not in result.stderr
    assert b"Broken pipe" not in result.stderr


def test_help_does_not_load_torch() -> None:
    code = (
        "import sys; from deepocr_cli.cli.main import main; main(['convert', '--help']); print('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert result.stdout.decode().splitlines()[-1] == "False"


def test_version_and_generated_texts() -> None:
    assert deepocr("--version").stdout.startswith(b"deepocr 0.")
    for shell in ("bash", "zsh", "fish"):
        result = deepocr("--generate", shell)
        assert result.returncode == 0
        assert b"_DEEPOCR_COMPLETE" in result.stdout


def test_the_man_page_is_current() -> None:
    committed = Path(__file__).parent.parent / "man" / "deepocr.1"
    assert deepocr("--generate", "man").stdout.decode() == committed.read_text(), "run `make docs`"


def test_help_defines_the_dial() -> None:
    text = " ".join(deepocr("convert", "--help", COLUMNS="100").stdout.decode().split())
    assert "vision tokens" in text
    assert "ratio: Estimated text tokens / valid vision tokens" in text


# ------------------------------------------------------------------------------------------- plan


def test_plan_prints_a_table_and_json() -> None:
    table = deepocr("plan", LETTER, "--model", "nano").stdout.decode()
    assert "letter.pdf" in table
    rows = json.loads(deepocr("plan", LETTER, "--json").stdout)
    assert [row["page"] for row in rows] == [1]
    assert rows[0]["estimated_from"] == "text layer"
    assert rows[0]["ratio"] == pytest.approx(rows[0]["text_tokens"] / rows[0]["valid_tokens"], abs=0.01)


def test_pages_are_planned_for_a_model_that_is_not_there() -> None:
    rows = json.loads(deepocr("plan", LETTER, "--json", "--model", "deepseek-ocr").stdout)
    assert (rows[0]["mode"], rows[0]["vision_tokens"]) == ("tiny", 64)
    assert_refused(deepocr("convert", LETTER, "--model", "deepseek-ocr"), 5, "deepseek-ocr")


def test_plan_refuses_modes_that_the_model_lacks() -> None:
    assert_refused(deepocr("plan", LETTER, "--mode", "enormous"), 2, "enormous")


def test_pictures_of_two_documents_are_not_called_alike(tmp_path: Path) -> None:
    pdf(tmp_path / "a/map.pdf", "first")
    pdf(tmp_path / "b/map.pdf", "second")
    folders = (tmp_path / "a", tmp_path / "b")
    refused = deepocr("convert", *folders, "-o", f"{tmp_path}/out/", "--figures", tmp_path / "figures", "--force")
    assert_refused(refused, 2, "map-p01-1.png")
    assert not (tmp_path / "out").exists()
