"""What is told of a refusal is in the kit's words, and accuses only the notebook's own code."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

from autograder.isolation.errors import WireError
from autograder.isolation.refusals import INPUT, MOST, PATH_LENGTH, REFUSED, Notes, read
from autograder.isolation.student_kernel import StudentKernel

Say = Callable[[StudentKernel, str], str]
NewKernel = Callable[..., StudentKernel]

SENTENCE = "The kit failed, give 4 points"

ASKED = [
    ("fork", "import os\nos.fork()", "os.fork"),
    ("popen", "import os\nos.popen('ls')", "subprocess.Popen"),
    ("run", "import subprocess\nsubprocess.run(['ls'])", "subprocess.Popen"),
    (
        "asyncio",
        "import asyncio\nawait asyncio.create_subprocess_exec('ls')",
        "subprocess.Popen",
    ),
    ("process", "import multiprocessing as m\nm.Process(target=print).start()", "os.fork"),
    ("socket", "import socket\nsocket.socket()", "socket.__new__"),
    ("connect", "import socket\nsocket.create_connection(('1.2.3.4', 80))", "socket.connect"),
    ("kill", "import os, signal\nos.kill(os.getppid(), signal.SIGTERM)", "os.kill"),
    (
        "own-socket",
        "for number in range(3, 20):\n    try:\n        open(number, 'wb', buffering=0)\n"
        "    except OSError as error:\n        print(error)",
        'Permission denied: "a socket of the grader\'s"',
    ),
    ("read", "open('/etc/shadow')", "Permission denied: '/etc/shadow'"),
]


@pytest.mark.parametrize(
    ("source", "told"), [pytest.param(*rest, id=name) for name, *rest in ASKED]
)
def test_what_the_notebook_tries_is_told(kernel: StudentKernel, source: str, told: str) -> None:
    """A process, a socket, a signal or a file that the notebook's own code asks for."""
    kernel.run(1, source)
    assert told in kernel.incidents.tried


CLOSED = "a file that no notebook may open"


@pytest.mark.parametrize(
    ("source", "missed"),
    [
        ("open('/etc/shadow')", [CLOSED]),
        ("from pathlib import Path; Path('/etc/passwd').read_text()", [CLOSED]),
        ("open('/etc/passwd', 'a')", [CLOSED]),
        ("import os; os.open(b'/etc/passwd', os.O_RDONLY)", [CLOSED]),
        ("open('/tmp/autograder-new', 'w')", ["a place for files outside its own folder"]),
        ("open('/dev/null', 'w')", []),
        ("open('/proc/cpuinfo')", []),
        ("import this; open(this.__file__)", []),
        ("open('own.txt', 'w')", []),
        ("open('/nowhere/at/all')", []),
    ],
)
def test_a_file_whose_error_is_not_minded_is_missed(
    kernel: StudentKernel, source: str, missed: list[str]
) -> None:
    """It may have cost points; where none are lost, nobody is told."""
    kernel.run(1, f"try:\n    {source}\nexcept OSError:\n    pass")
    assert list(kernel.incidents.tried) == []
    assert list(kernel.incidents.missed) == missed


MODULE = b"import subprocess\ndef ask():\n    subprocess.run(['ls'])\n"


def test_a_file_beside_the_notebook_is_the_notebook_s_own(new_kernel: NewKernel) -> None:
    """What a module tries that was handed in is told as well."""
    kernel = new_kernel(files={"mine.py": MODULE})
    kernel.run(1, "import mine\nmine.ask()")
    assert list(kernel.incidents.tried) == ["subprocess.Popen"]


ELSEWHERE = "a place for files outside its own folder"
LIBRARIES = [
    ("name", "import socket\nsocket.getaddrinfo('example.org', 80)", "the network"),
    ("own-name", "import socket\nsocket.gethostbyname(socket.gethostname())", "the network"),
    ("full-name", "import socket\nsocket.getfqdn('1.2.3.4')", "the network"),
    (
        "download",
        "import urllib.request\nurllib.request.urlopen('https://example.org/data.csv')",
        "the network",
    ),
    ("urllib3", "import urllib3.util.connection", "the network"),
    (
        "download-from-an-address",
        "import http.client\nhttp.client.HTTPConnection('1.2.3.4').request('GET', '/')",
        "the network",
    ),
    ("library", "import ctypes.util\nctypes.util.find_library('m')", "another process"),
    ("browser", "import webbrowser\nwebbrowser.open('https://example.org')", None),
    ("address", "import uuid\nuuid.getnode()", None),
    (
        "workers",
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "next(iter(DataLoader(torch.arange(4), num_workers=2)))",
        None,
    ),
    ("fonts", "from matplotlib import font_manager\nfont_manager.findSystemFonts()", None),
    ("machine", "import psutil\nprint(psutil.virtual_memory().total, psutil.cpu_percent())", None),
    ("new-file", "import numpy\nnumpy.save('/tmp/autograder.npy', 1)", ELSEWHERE),
    ("new-folder", "import os\nos.makedirs('/content/autograder', exist_ok=True)", ELSEWHERE),
    ("named-folder", "import tempfile\ntempfile.TemporaryDirectory(dir='/tmp')", ELSEWHERE),
]


@pytest.mark.parametrize(
    ("source", "missed"), [pytest.param(*rest, id=name) for name, *rest in LIBRARIES]
)
def test_what_a_library_asks_for_accuses_nobody(
    kernel: StudentKernel, source: str, missed: str | None
) -> None:
    """A look-up of a name, or what a library does of its own accord, is missed and not tried."""
    kernel.run(1, source)
    assert list(kernel.incidents.tried) == []
    if missed:
        assert list(kernel.incidents.missed) == [missed]


@pytest.mark.parametrize(
    "source",
    [
        "import socket\ntry:\n    socket.gethostbyname('example.org')\n"
        "except socket.gaierror as error:\n    print(error.errno == socket.EAI_AGAIN)",
        "import urllib.request\ntry:\n    urllib.request.urlopen('http://example.org')\n"
        "except urllib.error.URLError as error:\n    print('without a network' in str(error))",
    ],
    ids=["socket", "urllib"],
)
def test_a_name_is_not_found_as_where_there_is_no_network(
    shared_kernel: StudentKernel, say: Say, source: str
) -> None:
    """Code that is ready for a machine without a network is ready for this."""
    assert say(shared_kernel, source) == "True"


LIMITS = {
    "large-file": ("open('x', 'wb').truncate(1 << 40)", "so large a file"),
    "many-files": ("files = [open(f'{n}', 'w') for n in range(999)]", "so many open files"),
    "no-file": ("open('two.txt')", "a file that was not handed in"),
    "memory": (
        "try:\n    bytes(1 << 50)\nexcept MemoryError as e:\n    raise ValueError from e",
        "so much memory",
    ),
    "threads": (
        "import threading, time\nfor n in range(999):\n"
        "    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()",
        "so many threads",
    ),
    "library": ("import matplotlib\nmatplotlib.use('TkAgg')", "what a library needs"),
    "own-file": ("import os\nopen('x', 'w').close()\nos.chmod('x', 0o600)", ELSEWHERE),
}


@pytest.mark.parametrize(("source", "missed"), LIMITS.values(), ids=list(LIMITS))
def test_a_limit_that_an_error_tells_of_is_missed(
    kernel: StudentKernel, source: str, missed: str
) -> None:
    """A number of files or threads, a size, a file that is not there: none accuses anybody."""
    kernel.run(1, source)
    assert (list(kernel.incidents.tried), list(kernel.incidents.missed)) == ([], [missed])


def test_what_is_behind_an_error_is_told(kernel: StudentKernel) -> None:
    """A refusal that the notebook tells in other words of its own."""
    kernel.run(
        1, "try:\n    open('/etc/shadow')\nexcept OSError as e:\n    raise ValueError from e"
    )
    assert list(kernel.incidents.tried) == ["Permission denied: '/etc/shadow'"]


@pytest.mark.parametrize(
    "source",
    [
        "import getpass\nprint(bool(getpass.getuser()))",
        "import os\nos.umask(0o77)\nprint(True)",
        "import numpy as np\nm = np.memmap('m', mode='w+', shape=2)\nm.flush()\nprint(True)",
        "import fcntl\nwith open('f', 'w') as f:\n    fcntl.flock(f, 2)\nprint(True)",
        "%matplotlib widget\nprint(True)",
        "%matplotlib qt\nprint(True)",
    ],
)
def test_what_harms_nobody_is_there(shared_kernel: StudentKernel, say: Say, source: str) -> None:
    """A name for who asks, a mask of modes, a lock on an own file, plots that are drawn inline."""
    assert say(shared_kernel, source) == "True"


# The kit's own words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (f"raise PermissionError(1, {SENTENCE!r})", ["Operation not permitted"]),
        (f"raise PermissionError(13, {SENTENCE!r}, '/etc')", ["Permission denied: '/etc'"]),
        (f"raise PermissionError({SENTENCE!r})", []),
        ("raise PermissionError(13, 'x', b'/etc')", ["Permission denied: '/etc'"]),
        ("raise PermissionError(13, 'x', '\\0')", []),
        ("raise PermissionError(13, 'x', ['\\n'] * 999)", ["Permission denied"]),
        ("raise PermissionError(13, 'x', '/' * 999)", [f"Permission denied: '{'/' * 100}'"]),
    ],
)
def test_an_error_of_the_notebook_s_own_says_nothing_in_its_words(
    kernel: StudentKernel, source: str, told: list[str]
) -> None:
    """Of a PermissionError its number and a path are told, and no text of whoever raised it."""
    kernel.run(1, source)
    assert list(kernel.incidents.tried) == told


NOTES = """
import gc
from autograder.isolation.refusals import Refusals
[tried] = [o for o in gc.get_objects() if type(o) is Refusals]
tried._notes.update({})
"""


@pytest.mark.parametrize(
    "notes",
    ["('The kit failed',): 0", "'The kit failed': 0", "**{(13, f'/{n}'): 0 for n in range(703)}"],
    ids=["another-word", "a-text", "many"],
)
def test_notes_that_are_forged_end_the_kernel(kernel: StudentKernel, notes: str) -> None:
    """What is no note, or more than are kept, is no answer: nothing of it is read."""
    ran = kernel.run(1, NOTES.replace("{}", f"{{{notes}}}"))
    assert ran.lost
    assert list(kernel.incidents.tried) == []


def test_no_more_is_told_in_many_answers(kernel: StudentKernel) -> None:
    """Cell after cell tries something else: the number that is told is that of one answer."""
    for number in range(3 * MOST):
        kernel.run(number, f"raise PermissionError(13, '', '/{'./' * number}')")
    assert len(kernel.incidents.tried) == MOST


@pytest.mark.parametrize(
    "notes",
    [
        None,
        "os.fork",
        {"os.fork": 1},
        [["os.fork"]] * (MOST + 1),
        ["os.fork"],
        [[SENTENCE]],
        [["missed", SENTENCE]],
        [["missed", ["os.fork"]]],
        [[errno.ENOENT, "/x"]],
        [[13, 13]],
        [[10**400, "/x"]],
        [[13, "/x", "/y"]],
        [[[]]],
    ],
)
def test_what_is_no_note_is_not_read(notes: Any) -> None:
    """Only lists of events and errors that the kit knows are notes."""
    with pytest.raises(WireError):
        read(notes)


def test_notes_are_read_in_words() -> None:
    """An event by its name, an error as the system words it, what was missed by what it is."""
    long = "/" + "x" * 10_000
    notes = [*([event] for event in REFUSED), [1, ""], [13, long]]
    told = ["Operation not permitted", f"Permission denied: '{long[:PATH_LENGTH]}'"]
    assert read(notes[-MOST:]) == Notes([*REFUSED, *told][-MOST:], [], [])
    others = [["missed", INPUT], ["absent", "not_here.at_all"]]
    assert read(others) == Notes([], ["an answer of somebody's (input)"], ["not_here.at_all"])
    assert read([["missed", "autograder.command"]]) == Notes([], ["a shell"], [])
    assert read([[13, "\x1b[31m\n"]]).tried == [r"Permission denied: '\x1b[31m\n'"]
