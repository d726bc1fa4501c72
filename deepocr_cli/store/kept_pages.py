"""The cache as one run uses it: pages about to be read are named and looked for, readings are kept."""

from dataclasses import replace

from deepocr_cli.document import Ending, Page, PageImage, Plan
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.settings import Settings
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.store.page_key import PageKeys


class KeptPages:
    """What was read before with these settings and this model; nothing at all where there is no cache."""

    def __init__(self, settings: Settings, model: CatalogEntry, cache: PageCache | None) -> None:
        self._cache = cache
        self._keys = None if cache is None else PageKeys(settings, model, cache.folder / "weights")

    def name(self, paper: PageImage, plan: Plan | None, *, asks_model: bool) -> str | None:
        """The name of a page's reading in the cache; None without a cache."""
        return None if self._keys is None else self._keys.name(paper, plan, asks_model=asks_model)

    def find(self, name: str | None, number: int) -> Page | None:
        """The reading called `name`, as page `number` and without figures; None where there is none."""
        if self._cache is None or name is None:
            return None
        page = self._cache.find(name)
        return None if page is None else replace(page, number=number)

    def keep(self, name: str | None, page: Page) -> None:
        """Keep a reading, unless the page, its check or an attempt on it failed: what failed is tried again."""
        endings = (page.ending, *(attempt.ending for attempt in page.attempts))
        is_whole = Ending.FAILED not in endings and page.unchecked is None
        if self._cache is not None and name is not None and is_whole:
            self._cache.keep(name, page)
