"""A zygote for all tests here, and students' kernels forked from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.config import Sandbox
from autograder.isolation.clock import Patience
from autograder.isolation.file_access import readable
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.zygote import Zygote

NewKernel = Callable[..., StudentKernel]
SECRET = "AUTOGRADER_TEST_SECRET", "seed-of-the-starter-5e3c"


@pytest.fixture(scope="session")
def secret() -> Iterator[tuple[str, str]]:
    """A variable in the environment of whoever starts the zygote: its name and its value."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*SECRET)
        yield SECRET


@pytest.fixture(scope="session")
def zygote(processes: None, secret: tuple[str, str]) -> Iterator[Zygote]:
    """A zygote that has started."""
    with Zygote() as zygote:
        yield zygote


@pytest.fixture(scope="session")
def readable_paths() -> list[str]:
    """What a kernel may read where no folder is hidden but the kit's own."""
    return [str(path) for path in readable([])]


@contextmanager
def _kernels(zygote: Zygote, readable_paths: list[str]) -> Iterator[NewKernel]:
    made: list[StudentKernel] = []

    def make(
        *,
        files: Mapping[str, bytes] | None = None,
        folder: Path | None = None,
        paths: list[str] | None = None,
        forbidden: Sequence[str] = (),
        **changed: Any,
    ) -> StudentKernel:
        limits = replace(Sandbox().limits(), **changed)
        kernel = StudentKernel(
            zygote.control,
            folder or zygote.folder,
            files or {},
            readable_paths if paths is None else paths,
            list(forbidden),
            limits,
            Patience(limits.notebook_seconds),
        )
        made.append(kernel)
        return kernel

    try:
        yield make
    finally:
        for kernel in made:
            kernel.close()


@pytest.fixture
def new_kernel(zygote: Zygote, readable_paths: list[str]) -> Iterator[NewKernel]:
    """Makes kernels: `new_kernel(files={...}, cell_seconds=2)` has that file and that limit."""
    with _kernels(zygote, readable_paths) as make:
        yield make


@pytest.fixture
def kernel(new_kernel: NewKernel) -> StudentKernel:
    """A student's kernel with the limits that a course has if it sets none."""
    return new_kernel()


@pytest.fixture(scope="module")
def new_shared_kernel(zygote: Zygote, readable_paths: list[str]) -> Iterator[NewKernel]:
    """Makes kernels for all tests of a file."""
    with _kernels(zygote, readable_paths) as make:
        yield make


@pytest.fixture(scope="module")
def shared_kernel(new_shared_kernel: NewKernel) -> StudentKernel:
    """One for all tests of a file: for cells that leave nothing behind."""
    return new_shared_kernel()


@pytest.fixture(scope="session")
def say() -> Callable[[StudentKernel, str], str]:
    """Runs a cell: `say(kernel, "print(1)")` is what it writes, shows and raises, as text."""

    def text(output: Mapping[str, Any]) -> str:
        if output["output_type"] == "stream":
            return output["text"]
        if output["output_type"] == "error":
            return f"{output['ename']}: {output['evalue']}"
        return output["data"].get("text/plain", "")

    return lambda kernel, source: "".join(map(text, kernel.run(1, source).outputs)).strip()
