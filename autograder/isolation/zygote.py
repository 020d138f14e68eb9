"""A zygote of one's own: started by exec, asked for children, ended.

What runs in that process is `zygote_main`, and forks by `fork_server`. Nothing here imports torch.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from autograder.isolation import scratch
from autograder.isolation.child import FORK_SECONDS, Child, fork
from autograder.isolation.errors import ZygoteError
from autograder.isolation.fork_server import is_ready

KIT_PARENT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
PROGRAM = (
    "import sys; sys.path.append({kit!r}); "
    "from autograder.isolation.zygote_main import main; main({control}, {folder!r}, many={many})"
)


class Zygote:
    """A zygote of one's own: a context manager, or closed by hand.

    Args:
        wait: whether to wait here until it is ready; else `await_ready` does, before a fork.
        many: whether it will have many children: it takes 0.4 s longer to start, and each of them
            and their own children 8 ms less.

    Raises:
        ZygoteError: it could not be started; the text has what it said.
    """

    def __init__(self, *, wait: bool = True, many: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        self.folder.chmod(0o711)  # kernels have folders inside, and another uid
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = PROGRAM.format(
            kit=str(KIT_PARENT), control=theirs.fileno(), folder=str(self.folder), many=many
        )
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (`close` closes it)
        with theirs:  # or its end would go unnoticed
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", program],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                env=_environment(self.folder),
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the coordinator, which then closes this
            )
        if wait:
            self.await_ready()

    def await_ready(self) -> None:
        """Waits until it can fork; another thread may end the waiting by `kill`.

        Raises:
            ZygoteError: it did not come so far, and is closed; the text has what it said.
        """
        if not is_ready(self.control, START_SECONDS):
            self._end()
            self._said.seek(0)
            reason = self._said.read().decode(errors="replace").strip()[-500:] or "it said nothing"
            self.close()
            raise ZygoteError(f"the zygote did not start: {reason}")

    def fork(
        self, entry: str, descriptors: Sequence[int] = (), kind: int = socket.SOCK_STREAM
    ) -> Child:
        """A child of this zygote; arguments and errors as of `child.fork`."""
        return fork(self.control, entry, descriptors, kind)

    def alive(self) -> bool:
        """Whether it still runs; it may not be ready yet."""
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it and its children at once, from any thread; it has to be closed all the same."""
        self.process.kill()

    def close(self) -> None:
        """Ends it and its children, and removes its folder."""
        self._end()
        self._said.close()
        if self.folder.exists():  # the zygote was killed before it could
            scratch.remove(self.folder)

    def _end(self) -> None:
        self.control.close()
        try:
            self.process.wait(FORK_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _environment(folder: Path) -> dict[str, str]:
    """What a kernel sees of the environment: nothing of its starter's."""
    return {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
