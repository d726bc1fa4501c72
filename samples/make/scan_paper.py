"""Printed PDFs in, what a copier, a fax machine and a scanner make of them out."""

import io
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from print_pdf import save_reproducibly

FAX_DPI = 200
SCAN_DPI = 150
PRINTED_SENTENCE = "The committee agreed to keep the gate and to oil it twice a year."
HIDDEN_SENTENCE = "The committee agreed to sell the garden to a passing circus."


def photocopy(printed: Path, target: Path) -> None:
    """Copy the first page: skewed, darker towards one corner, grainy, with dust and JPEG artefacts."""
    random = np.random.default_rng(16)
    with pymupdf.open(printed) as document:
        page = _skew(_rasterize(document[0], SCAN_DPI), degrees=-1.7)
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    pixels = _light_unevenly(np.asarray(page, dtype=np.float32), fading=0.24)
    pixels = _sprinkle_dust(pixels + random.normal(0, 5, pixels.shape), random, specks=60)
    _to_image(pixels).save(target, quality=42, optimize=True, dpi=(SCAN_DPI, SCAN_DPI))


def send_by_fax(printed: Path, target: Path) -> None:
    """Send every page: 1 bit per pixel, CCITT group 4, a line of print across the top, stray dots and a streak."""
    random = np.random.default_rng(4)
    with pymupdf.open(printed) as document:
        pages = [_fax_page(page, f"P.{page.number + 1}/{len(document)}", random) for page in document]
    options = {"compression": "group4", "dpi": (FAX_DPI, FAX_DPI)}
    pages[0].save(target, save_all=True, append_images=pages[1:], **options)


def scan_with_hidden_text(printed: Path, target: Path) -> None:
    """Scan the first page and lay text over it in render mode 3, one sentence of which is not on the paper."""
    random = np.random.default_rng(3)
    with pymupdf.open(printed) as document, pymupdf.open() as scanned:
        source = document[0]
        pixels = np.asarray(_skew(_rasterize(source, SCAN_DPI), degrees=0.4), dtype=np.float32)
        pixels = _light_unevenly(pixels, fading=0.08) + random.normal(0, 3, pixels.shape)
        jpeg = io.BytesIO()
        _to_image(pixels).save(jpeg, format="JPEG", quality=40, optimize=True)
        page = scanned.new_page(width=source.rect.width, height=source.rect.height)
        page.insert_image(page.rect, stream=jpeg.getvalue())
        _lay_hidden_text(page, source)
        scanned.set_metadata({"title": document.metadata["title"], "producer": "deepocr samples"})
        save_reproducibly(scanned, target)


def _lay_hidden_text(page: pymupdf.Page, source: pymupdf.Page) -> None:
    for block in source.get_text("dict")["blocks"]:
        for line in block["lines"]:
            text = "".join(span["text"] for span in line["spans"])
            text = text.replace(PRINTED_SENTENCE, HIDDEN_SENTENCE)
            span = line["spans"][0]
            page.insert_text(span["origin"], text, fontsize=span["size"], render_mode=3)


def _fax_page(page: pymupdf.Page, number: str, random: np.random.Generator) -> Image.Image:
    image = _skew(_rasterize(page, FAX_DPI), degrees=0.5)
    font = ImageFont.truetype("DejaVuSansMono.ttf", 22)
    header = f"11-MAR-2025  09:14   MARROW POINT LIGHT   01632 960 188   {number}"
    ImageDraw.Draw(image).text((150, 30), header, fill=0, font=font)
    pixels = np.asarray(image, dtype=np.float32) + random.normal(0, 16, (image.height, image.width))
    pixels[random.random(pixels.shape) < 0.00008] = 0
    pixels[:, 1490:1492][random.random((image.height, 2)) < 0.2] = 0
    return Image.fromarray(pixels > 128)


def _rasterize(page: pymupdf.Page, dpi: int) -> Image.Image:
    pixmap = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


def _skew(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)


def _light_unevenly(pixels: np.ndarray, fading: float) -> np.ndarray:
    """Grey out the ink, let the light fade by `fading` towards the lower right, and shade the left edge."""
    down, across = np.meshgrid(*(np.linspace(0, 1, size) for size in pixels.shape), indexing="ij")
    light = 1 - fading * (0.35 * down + 0.65 * across) ** 1.5 - 1.6 * fading * np.exp(-across * 40)
    return (45 + pixels * 200 / 255) * light


def _sprinkle_dust(pixels: np.ndarray, random: np.random.Generator, specks: int) -> np.ndarray:
    height, width = pixels.shape
    for row, column in zip(random.integers(0, height, specks), random.integers(0, width, specks), strict=True):
        size = random.integers(1, 4)
        pixels[row : row + size, column : column + size] -= random.integers(40, 120)
    return pixels


def _to_image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
