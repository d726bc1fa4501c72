"""`python -m deepocr_cli` is the same as `deepocr`."""

from deepocr_cli.cli.main import run

if __name__ == "__main__":
    run()
