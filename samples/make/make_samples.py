"""The sources in this folder in, the sample documents in the folder above out."""

from pathlib import Path

from print_pdf import print_office_document

SOURCES = Path(__file__).resolve().parent
SAMPLES = SOURCES.parent


def main() -> None:
    for name in ("letter",):
        print_office_document(SOURCES / f"{name}.fodt", SAMPLES / f"{name}.pdf")


if __name__ == "__main__":
    main()
