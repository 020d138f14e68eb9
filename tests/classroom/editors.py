"""How a notebook's file looks once an editor has run it and saved it.

Each writer takes the student's notebook and gives the file's text, with what that editor leaves
behind: its metadata, key order, indentation, and outputs. The outputs are stale on purpose (they
say 999, or show an error that is long mended), so that a grader which believes them is caught.
Written after files that the editors saved; people and paths in them are left out.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import nbformat
from nbformat import NotebookNode

EVENING = datetime(2026, 11, 30, 20, 15, 4, 170912)

ERROR = {
    "output_type": "error",
    "ename": "NotImplementedError",
    "evalue": "",
    "traceback": [
        "\x1b[31m" + 75 * "-" + "\x1b[39m",
        "\x1b[31mNotImplementedError\x1b[39m" + 23 * " " + "Traceback (most recent call last)",
        "\x1b[31mNotImplementedError\x1b[39m: ",
    ],
}
RESULT = {
    "output_type": "execute_result",
    "data": {"text/plain": "999"},
    "metadata": {},
    "execution_count": None,
}
WARNING = {
    "output_type": "stream",
    "name": "stderr",
    "text": "UserWarning: run the cells above first\n",
}

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.12.3",
}
KAGGLE = {
    "accelerator": "none",
    "dataSources": [],
    "dockerImageVersionId": 31000,
    "isInternetEnabled": True,
    "language": "python",
    "sourceType": "notebook",
    "isGpuEnabled": False,
}
# Keys of an output in Kaggle's order; each kind of output has some of them.
KAGGLE_OUTPUT = (
    *("name", "text", "traceback", "ename", "evalue"),
    *("execution_count", "output_type", "data", "metadata"),
)


def plain(notebook: NotebookNode) -> str:
    """As released, with the student's sources in it and nothing run."""
    return _served(notebook)


def jupyterlab(notebook: NotebookNode) -> str:
    """JupyterLab, recording cell times, with an empty widget state."""
    notebook = _executed(notebook)
    widgets = {"state": {}, "version_major": 2, "version_minor": 0}
    notebook.metadata = {
        "kernelspec": KERNEL,
        "language_info": LANGUAGE,
        "widgets": {"application/vnd.jupyter.widget-state+json": widgets},
    }
    for cell in notebook.cells:
        cell.metadata.setdefault("editable", True)
        cell.metadata.update(slideshow={"slide_type": ""}, tags=[])
        if cell.cell_type == "code":
            cell.metadata["execution"] = _times(cell)
    return _served(notebook)


def notebook7(notebook: NotebookNode) -> str:
    """Notebook 7: no cell times and no widgets; cells whose output was set to scroll say so."""
    notebook = _executed(notebook)
    notebook.metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    for cell in notebook.cells:
        if cell.get("outputs"):
            cell.metadata["scrolled"] = True
    return _served(notebook)


def vscode(notebook: NotebookNode) -> str:
    """VS Code: sorted keys, a kernel named after the virtual environment, empty attachments."""
    notebook = _executed(notebook)
    notebook.metadata = {
        "kernelspec": {"display_name": ".venv", "language": "python", "name": "python3"},
        "language_info": LANGUAGE,
        "vscode": {"interpreter": {"hash": hashlib.sha256(b".venv").hexdigest()}},
    }
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.attachments = {}
    return _sorted(_lines(notebook))


def pycharm(notebook: NotebookNode) -> str:
    """PyCharm: a cell's rewritten parts come last, one line is no list, kernel data as released."""
    document = _lines(_executed(notebook))
    for cell in document["cells"]:
        if len(cell["source"]) == 1:
            (cell["source"],) = cell["source"]
        if cell["cell_type"] == "code":
            start = _start(cell)
            end = start + timedelta(milliseconds=9)
            cell["metadata"]["ExecuteTime"] = {"end_time": _utc(end), "start_time": _utc(start)}
        for key in ("source", "outputs", "execution_count"):
            if key in cell:
                cell[key] = cell.pop(key)
    return _json(document, indent=1) + "\n"


def kaggle(notebook: NotebookNode) -> str:
    """Kaggle's File, Download: one line, format 4.4 without cell ids, each source one string."""
    document = {
        "metadata": {
            "kernelspec": {"language": "python", "display_name": "Python 3", "name": "python3"},
            "language_info": LANGUAGE,
            "kaggle": KAGGLE,
        },
        "nbformat_minor": 4,
        "nbformat": 4,
        "cells": [_kaggle_cell(cell) for cell in _executed(notebook).cells],
    }
    return _json(document, separators=(",", ":"))


def colab(notebook: NotebookNode) -> str:
    """Colab's File, Download: format 4.0, cell ids moved to the metadata, indented by two."""
    return _json(_colab(notebook), indent=2)


def drive(notebook: NotebookNode) -> str:
    """The file that Colab keeps on Google Drive: one line, with who ran what and when."""
    document = _colab(notebook)
    document["metadata"]["colab"]["authorship_tag"] = "ABX9TyN" + 20 * "0"
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            run = EVENING + timedelta(seconds=cell["execution_count"])
            cell["metadata"]["executionInfo"] = {
                "status": "ok",
                "timestamp": 1000 * int((run - datetime(1970, 1, 1)).total_seconds()),
                "user_tz": -60,
                "elapsed": 9,
                "user": {"displayName": "Student", "userId": "00000000000000000000"},
            }
    return _json(document, separators=(",", ":"))


def windows(notebook: NotebookNode) -> str:
    """JupyterLab's, after a tool on Windows: the file's lines and the sources' end in CR LF."""
    document = json.loads(jupyterlab(notebook))
    for cell in document["cells"]:
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]
    return _sorted(document).replace("\n", "\r\n")


def clashing(notebook: NotebookNode) -> str:
    """JupyterLab's, its cells pasted by a tool: format 4.5, and all cells have one id."""
    document = json.loads(jupyterlab(notebook))
    for cell in document["cells"]:
        cell["id"] = document["cells"][0]["id"]
    return _sorted(document)


WRITERS: dict[str, Callable[[NotebookNode], str]] = {
    "": plain,
    "jupyterlab": jupyterlab,
    "notebook7": notebook7,
    "vscode": vscode,
    "pycharm": pycharm,
    "kaggle": kaggle,
    "colab": colab,
    "drive": drive,
    "windows": windows,
    "clashing": clashing,
}


def _executed(notebook: NotebookNode) -> NotebookNode:
    """A copy whose code cells were all run, each grade cell with an output that is wrong by now."""
    notebook = deepcopy(notebook)
    stale = cycle((ERROR, RESULT, WARNING))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        if cell.metadata.get("nbgrader", {}).get("grade"):
            output = nbformat.from_dict(deepcopy(next(stale)))
            if output.output_type == "execute_result":
                output.execution_count = count
            cell.outputs = [output]
    return notebook


def _kaggle_cell(cell: NotebookNode) -> dict[str, Any]:
    saved = {"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata}
    if cell.cell_type != "code":
        return saved
    hidden = {"_kg_hide-output": True} if cell.outputs else {}
    return {
        **saved,
        "metadata": {**cell.metadata, **hidden, "trusted": True, "execution": _times(cell)},
        "outputs": [_in_order(output, KAGGLE_OUTPUT) for output in cell.outputs],
        "execution_count": cell.execution_count,
    }


def _colab(notebook: NotebookNode) -> dict[str, Any]:
    document = _lines(_executed(notebook))
    return {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {
            "colab": {"provenance": []},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        "cells": [_colab_cell(cell) for cell in document["cells"]],
    }


def _colab_cell(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = {**cell["metadata"], "id": cell["id"]}
    if cell["cell_type"] != "code":
        return {"cell_type": cell["cell_type"], "source": cell["source"], "metadata": metadata}
    if cell["outputs"]:
        metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 34}
        metadata["outputId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, cell["id"]))
    return {
        "cell_type": "code",
        "source": cell["source"],
        "metadata": metadata,
        "execution_count": cell["execution_count"],
        "outputs": cell["outputs"],
    }


def _served(notebook: NotebookNode) -> str:
    """The text that Jupyter's server writes for a notebook which its page sends."""
    return str(nbformat.writes(nbformat.from_dict(notebook))) + "\n"


def _lines(notebook: NotebookNode) -> dict[str, Any]:
    """The notebook as plain data, its texts split into lines as files have them."""
    document: dict[str, Any] = json.loads(nbformat.writes(notebook))
    return document


def _in_order(data: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: data[key] for key in keys if key in data}


def _sorted(document: dict[str, Any]) -> str:
    return _json(document, indent=1, sort_keys=True) + "\n"


def _json(document: dict[str, Any], **style: Any) -> str:
    return json.dumps(document, ensure_ascii=False, **style)


def _times(cell: NotebookNode) -> dict[str, str]:
    """When the kernel was busy with the cell, as its messages said."""
    start = _start(cell)
    return {
        "iopub.status.busy": _utc(start - timedelta(milliseconds=1)),
        "iopub.execute_input": _utc(start),
        "iopub.status.idle": _utc(start + timedelta(milliseconds=9)),
        "shell.execute_reply.started": _utc(start),
        "shell.execute_reply": _utc(start + timedelta(milliseconds=8)),
    }


def _start(cell: Mapping[str, Any]) -> datetime:
    return EVENING + timedelta(seconds=2 * cell["execution_count"])


def _utc(time: datetime) -> str:
    return time.isoformat(timespec="microseconds") + "Z"
