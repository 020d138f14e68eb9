"""What a file holds: in another format, cut off, too large."""

from __future__ import annotations

from pathlib import Path

from tests.broken.case import ALL, BINARY, MULTICLASS, case, find, load, save


@case(ALL)
def future_minor(folder: Path) -> None:
    save(folder, {**load(folder), "nbformat_minor": 99, "news": {}})


@case(ALL, ("restored", ""))
def future_major(folder: Path) -> None:
    save(folder, {**load(folder), "nbformat": 5})


@case(ALL, ("restored", ""))
def format_3(folder: Path) -> None:
    notebook = load(folder)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    sheet = {"cells": notebook.pop("cells"), "metadata": {}}
    save(folder, {**notebook, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]})


@case(ALL)
def fifty_megabytes(folder: Path) -> None:
    notebook = load(folder)
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}
    find(notebook, "bce_checks")["outputs"] = [output]
    save(folder, notebook)


@case(ALL)
def windows_bytes(folder: Path) -> None:
    text = (folder / "binary.ipynb").read_text(encoding="utf-8")
    text = text.replace("\\n", "\\r\\n").replace("\n", "\r\n")
    (folder / "binary.ipynb").write_bytes(b"\xef\xbb\xbf" + text.encode())
    text = (folder / "multiclass.ipynb").read_text(encoding="utf-8")
    (folder / "multiclass.ipynb").write_bytes(text.encode("utf-16"))


@case(ALL, ("restored", ""))
def nul_and_halves(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    cell["source"] = cell["source"] + "\n# \0 \ud800 \udfff\n"
    find(notebook, "written_misprint")["source"] = "half \ud83d of a face\0"
    save(folder, notebook)


@case(MULTICLASS, ("unreadable", ""))
def many_cells(folder: Path) -> None:
    (folder / "binary.ipynb").write_text('{"cells": [' + "{}," * 1_000_000 + "{}]}")


@case(MULTICLASS, ("unreadable", ""))
def cut_off(folder: Path) -> None:
    path = folder / "binary.ipynb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@case(None, ("unreadable", ""), ("unreadable", ""))
def nothing_readable(folder: Path) -> None:
    (folder / "binary.ipynb").write_bytes(b"")
    (folder / "multiclass.ipynb").write_bytes(b"%PDF-1.7\n\xff")


@case(None, ("unreadable", ""), ("unreadable", ""))
def nested(folder: Path) -> None:
    (folder / "binary.ipynb").write_text("[" * 100_000)
    deep = '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"
    (folder / "multiclass.ipynb").write_text(deep)


@case(BINARY, ("unreadable", ""))
def one_cut_off(folder: Path) -> None:
    (folder / "multiclass.ipynb").write_text('{"cells": [')
    (folder / "._binary.ipynb").write_bytes(b"\0\5\26\7")


@case(None, ("unreadable", ""), ("missing-notebook", ""))
def one_cut_off_and_one_missing(folder: Path) -> None:
    (folder / "binary.ipynb").write_text('{"cells": [')
    (folder / "multiclass.ipynb").unlink()


@case(ALL)
def blank_lines(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    cell["source"] += "\n" * 60_000 + "# end"
    save(folder, notebook)


@case(ALL)
def line_of_spaces(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "bce")["source"] += "\n" + " " * 15_000 + "\nhere = %pwd\n"
    save(folder, notebook)
