"""deepocr reads paper through vision tokens: PDF and images in, markdown, HTML, JSON or text out."""

__version__ = "0.1.0"
