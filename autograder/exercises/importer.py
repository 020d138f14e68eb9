"""Texts become modules: what was read once is imported, and nothing is written beside it.

Modules of several courses, and of several versions of one, can be imported by one process.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

INIT = "__init__"


class Importer(SourceLoader, MetaPathFinder):  # type: ignore[misc]  # typeshed's own two bases
    """Finds and loads the modules of one package: to be put into `sys.meta_path`.

    Whatever a module is named like, a module beside it can be imported by `from .rule import …`.

    Args:
        package: a name that no other package has, without a dot.
        folder: where the texts lie.
        texts: of the modules, by path in the folder.
    """

    def __init__(self, package: str, folder: str, texts: Mapping[str, bytes]) -> None:
        self._texts = {str(Path(folder, path)): text for path, text in texts.items()}
        self._files = {package: str(Path(folder, f"{INIT}.py"))}  # which may have no text
        for path in map(Path, texts):
            *above, last = path.with_suffix("").parts
            for depth in range(1, len(above) + 1):
                file = Path(folder, *above[:depth], f"{INIT}.py")
                self._files[_dotted(package, above[:depth])] = str(file)
            if last != INIT:
                self._files[_dotted(package, [*above, last])] = str(Path(folder, path))

    def of_part(self, package: str, part: str) -> list[str]:
        """The names of a module or folder and of all that is in it; packages come first."""
        first = _dotted(package, [part])
        return sorted(n for n in self._files if n == first or n.startswith(f"{first}."))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """How a module of the package is loaded; called by `import`."""
        if fullname not in self._files:
            return None
        spec = ModuleSpec(fullname, self, origin=self._files[fullname])
        spec.has_location = True
        if self.is_package(fullname):
            spec.submodule_search_locations = []  # on the disk nothing is looked for
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Runs a module's text, and keeps its lines: the file may be another by now."""
        super().exec_module(module)
        file = self._files[module.__name__]
        text = self.get_source(module.__name__) or ""
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)

    def get_filename(self, fullname: str) -> str:
        """Where a module lies, for a traceback."""
        return self._files[fullname]

    def get_data(self, path: str) -> bytes:
        """The text of a module; a folder without `__init__.py` has an empty one."""
        return self._texts.get(path, b"")

    def is_file(self, path: str) -> bool:
        """Whether a path is that of a module's text."""
        return path in self._texts


def _dotted(package: str, parts: Sequence[str]) -> str:
    """The name of a module: a dot in a file's name would make it two."""
    return ".".join([package, *(part.replace(".", "_") for part in parts)])
