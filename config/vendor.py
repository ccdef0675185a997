"""The few files the browser needs out of whole npm packages, as static files under `vendor/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PACKAGES: Final = settings.BASE_DIR / "config" / "frontend" / "node_modules"
FILES: Final = {
    "@tabler/core/dist/css": ("tabler.min.css", "tabler.min.css.map"),
    "echarts/dist": ("echarts.min.js",),
    "pdfjs-dist/build": ("pdf.min.mjs", "pdf.worker.min.mjs"),
    # The character maps and substitute fonts without which a PDF that embeds no Chinese font shows boxes.
    "pdfjs-dist/cmaps": ("*.bcmap",),
    "pdfjs-dist/standard_fonts": ("*.pfb", "*.ttf"),
}
FOLDERS: Final = {"pdfjs-dist/cmaps": "vendor/cmaps", "pdfjs-dist/standard_fonts": "vendor/standard_fonts"}

Found = str | list[str]


class VendorFinder(BaseFinder):
    """Finds those files; where npm has not been run there are none."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Each file's name with a storage that serves it under its prefix."""
        for folder, patterns in FILES.items():
            storage = FileSystemStorage(location=PACKAGES / folder)
            storage.prefix = FOLDERS.get(folder, "vendor")  # type: ignore[attr-defined]  # what collectstatic asks for
            for pattern in patterns:
                for path in sorted((PACKAGES / folder).glob(pattern)):
                    yield path.name, storage

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Found:  # type: ignore[override]
        """The file behind one static path."""
        folder, _slash, name = path.rpartition("/")
        for package, patterns in FILES.items():
            file = PACKAGES / package / name
            served = any(Path(name).match(pattern) for pattern in patterns)
            if served and folder == FOLDERS.get(package, "vendor") and file.is_file():
                return [str(file)] if find_all else str(file)
        return []
