"""Reads the built pages without a browser: what they load, where they lead, what they weigh.

Standard library only. tools/build.py prints the weights of a built book, and
tests/browser/test_site.py holds the pages to the limits below.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

# Bytes: of a page, of a page with all that it loads, of the site. The heaviest page, Chapter 3,
# has two thirds of the first. A figure embedded in a page would break that limit soon. The site
# has 33 MB: 14 of chapters and their notebooks, 6 of sources, 4 of listings, 9 of the rest. One
# more copy of the chapters would break its limit.
PAGE_LIMIT, LOADED_LIMIT, SITE_LIMIT = 1_000_000, 3_000_000, 40_000_000

OUTSIDE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
# What a style sheet loads, and what a script may load by an address written out in it.
CSS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", re.IGNORECASE)
JS = re.compile(r"""["'`]((?:https?:)?//\w[^"'`\s]+)["'`]""")
# Addresses that are never fetched: the names of XML vocabularies, and the link to Sphinx in a
# sentence that it brings in other languages.
NAMES = ("http://www.w3.org/", "https://www.sphinx-doc.org/")


class Page(HTMLParser):
    """One page: the ids that it has, what it loads, and where its links lead."""

    LOADS: ClassVar = {"img": ("src", "srcset"), "script": ("src",), "iframe": ("src",),
             "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",),
             "embed": ("src",), "object": ("data",), "image": ("href", "xlink:href"),
             "use": ("href", "xlink:href"), "input": ("src",), "track": ("src",)}  # fmt: skip
    # a <link> that is followed by hand only
    BY_HAND: ClassVar = {"next", "prev", "index", "search", "canonical", "author"}

    def __init__(self, path: Path) -> None:
        """Read the page at `path`."""
        super().__init__()
        self.path, self.ids, self.loads, self.links = path, set(), [], []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what one tag says."""
        values = {name: value or "" for name, value in attrs}
        self._inside = tag
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        for name in self.LOADS.get(tag, ()):
            if name in values:
                parts = values[name].split(",") if name == "srcset" else [values[name]]
                self.loads += [part.split()[0] for part in parts if part.strip()]
        if tag == "link" and "href" in values:
            by_hand = set(values.get("rel", "").split()) & self.BY_HAND
            (self.links if by_hand else self.loads).append(values["href"])
        if tag in ("a", "area") and "href" in values:
            self.links.append(values["href"])
        self.loads += loaded_by_css(values.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or a style."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Look into a style and keep a script."""
        if self._inside == "style":
            self.loads += loaded_by_css(data)
        elif self._inside == "script":
            self.scripts.append(data)


def loaded_by_css(text: str) -> list[str]:
    """The addresses that a piece of CSS loads."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return [a or b for a, b in CSS.findall(text) if not (a or b).startswith("data:")]


class Site:
    """A folder of built pages."""

    def __init__(self, root: Path) -> None:
        """Read the pages when they are asked for."""
        self.root = root

    @cached_property
    def pages(self) -> dict[str, Page]:
        """All pages by their path within the site; what comes with the theme is no page."""
        paths = sorted(self.root.rglob("*.html"))
        names = [path.relative_to(self.root).as_posix() for path in paths]
        return {
            name: Page(self.root / name)
            for name in names
            if "_static" not in name.split("/")
        }

    def leading_outside(self) -> Iterator[str]:
        """Whatever a page, a style or a script would fetch from the network."""
        for name, page in self.pages.items():
            yield from (
                f"{name} loads {url}" for url in page.loads if OUTSIDE.match(url)
            )
            for text in page.scripts:
                yield from (f"{name} has a script with {url}" for url in named(text))
        for path in sorted(self.root.rglob("*.css")):
            name = path.relative_to(self.root).as_posix()
            urls = loaded_by_css(path.read_text(encoding="utf-8"))
            yield from (f"{name} loads {url}" for url in urls if OUTSIDE.match(url))
        for path in sorted(self.root.rglob("*.js")):
            name = path.relative_to(self.root).as_posix()
            urls = named(path.read_text(encoding="utf-8"))
            yield from (f"{name} has {url}" for url in urls)

    def broken_links(self) -> Iterator[str]:
        """Links and files within the site that are not there, and addresses of this machine."""
        for name, page in self.pages.items():
            for url in sorted({*page.links, *page.loads}):
                parts = urlsplit(url)
                if parts.scheme == "file" or parts.hostname in (
                    "localhost",
                    "127.0.0.1",
                ):
                    yield f"{name}: {url} is an address of one machine"
                if parts.scheme or parts.netloc:
                    continue
                target = self.target(page, parts.path)
                if not target.is_relative_to(self.root.resolve()):
                    yield f"{name}: {url} leaves the site"
                elif not target.is_file():
                    yield f"{name}: {url} is not there"
                elif parts.fragment and target.suffix == ".html":
                    inside = target.relative_to(self.root.resolve()).as_posix()
                    ids = self.pages[inside].ids if inside in self.pages else set()
                    if unquote(parts.fragment) not in ids:
                        yield f"{name}: {url} has no such place"
        for path in sorted(self.root.rglob("*.css")):
            for url in loaded_by_css(path.read_text(encoding="utf-8")):
                file = urlsplit(url).path
                if (
                    file
                    and not OUTSIDE.match(url)
                    and not (path.parent / file).is_file()
                ):
                    yield f"{path.relative_to(self.root).as_posix()}: {url} is not there"

    def target(self, page: Page, path: str) -> Path:
        """The file that a relative address on a page means."""
        if not path:
            return page.path.resolve()
        return (page.path.parent / unquote(path)).resolve()

    def weights(self) -> dict[str, tuple[int, int]]:
        """Bytes of each page, and with all files that it loads."""
        found = {}
        for name, page in self.pages.items():
            inside = (url for url in page.loads if not urlsplit(url).scheme)
            files = {self.target(page, urlsplit(url).path) for url in inside}
            own = page.path.stat().st_size
            found[name] = own, own + sum(f.stat().st_size for f in files if f.is_file())
        return found

    def size(self) -> int:
        """Bytes of the whole site."""
        return sum(
            path.stat().st_size for path in self.root.rglob("*") if path.is_file()
        )

    def summary(self) -> list[str]:
        """What the site weighs, in two lines."""
        weights = self.weights()
        heaviest = max(weights, key=lambda name: weights[name][0])
        own, loaded = weights[heaviest]
        files = sum(path.is_file() for path in self.root.rglob("*"))
        return [
            f"the site: {len(weights)} pages, {files} files, {self.size() / 1e6:.1f} MB",
            f"the heaviest page: {heaviest}, {own / 1e6:.2f} MB, {loaded / 1e6:.1f} MB with all "
            "that it loads",
        ]


def named(script: str) -> list[str]:
    """Addresses outside that are written out in a script, but for names."""
    return [url for url in JS.findall(script) if not url.startswith(NAMES)]
