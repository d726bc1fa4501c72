"""HTML as a browser would see it: is it whole, does it run or load anything, which words does it show?"""

import re
from html.parser import HTMLParser

SUFFIXES = {"markdown": "md", "html": "html", "json": "json", "jsonl": "jsonl", "text": "txt"}


class _Audit(HTMLParser):
    """Checks what a browser would see: elements closed in order, nothing loaded, nothing run."""

    VOID = frozenset({"meta", "img", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.open and "page-number" not in str(self.seen[-1:]) and "remark" not in str(self.seen[-1:]):
            self.text.append(data)


def audit(html: str) -> _Audit:
    parser = _Audit()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def shown_text(html: str) -> str:
    return re.sub(r"^\s*Page 1", "", " ".join("".join(audit(html).text).split()))
