"""What a student's kernel may read and write, and what it finds where it looks for more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from venv import create

import pytest

import autograder
from autograder.isolation.errors import SandboxError
from autograder.isolation.file_access import KIT, readable
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.zygote import Zygote
from tests.memory import holds

Say = Callable[[StudentKernel, str], str]

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))

READ = """
import ctypes, errno, os

def outcome(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def again(path):
    "Opens a file for reading by a descriptor that is no more than its name."
    return os.open("/proc/self/fd/%d" % os.open(path, os.O_PATH), os.O_RDONLY)

def read(path):
    "All that comes of reading a file or listing a folder, in every way there is."
    if os.path.isdir(path):
        return {outcome(os.listdir, path), outcome(os.scandir, path)}
    ways = (open, again, lambda path: open(path, "r+b"), lambda path: os.open(path, os.O_NONBLOCK))
    return {outcome(way, path) for way in ways}
"""


def _unread(say: Say, kernel: StudentKernel, path: Path | str) -> None:
    """Checks that a file or folder is there and can't be read."""
    assert os.path.lexists(path)
    assert say(kernel, f"{READ}print(read({str(path)!r}))") == "{'EACCES'}"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/etc",
        "/etc/passwd",
        "/etc/hostname",
        "/home",
        "/opt",
        "/tmp",
        "/usr",
        "/usr/bin",
        "/var",
        "/sys",
        "/sys/kernel",
        "/dev",
        "/dev/shm",
        "/dev/tty",
        "/dev/ptmx",
        "/proc",
        "/proc/version",
        "/proc/self",
        "/proc/self/environ",
        "/proc/self/cmdline",
        "/proc/self/maps",
        "/proc/self/mem",
        "/proc/self/status",
        "/proc/self/fd",
        "/proc/self/task",
        "/proc/self/root/etc/passwd",
        "/proc/thread-self/environ",
        "/proc/1/environ",
    ],
)
def test_the_system_is_not_to_be_read(shared_kernel: StudentKernel, say: Say, path: str) -> None:
    """Neither accounts nor devices nor processes can be looked at, not even one's own."""
    _unread(say, shared_kernel, path)


@pytest.mark.parametrize("name", ["environ", "cmdline", "mem", "maps", "cwd", "root", "fd", "task"])
@pytest.mark.parametrize("whose", ["zygote", "tests"])
def test_another_process_is_not_to_be_read(
    shared_kernel: StudentKernel, say: Say, zygote: Zygote, name: str, whose: str
) -> None:
    """The zygote and whoever started it are closed to a kernel."""
    pid = zygote.process.pid if whose == "zygote" else os.getpid()
    assert say(shared_kernel, f"{READ}print(read('/proc/{pid}/{name}'))") == "{'EACCES'}"


@pytest.mark.parametrize("name", ["exe", "cwd", "root", "fd/0"])
def test_another_process_s_links_are_not_to_be_followed(
    shared_kernel: StudentKernel, say: Say, zygote: Zygote, name: str
) -> None:
    """What a process runs and has open is no name that a kernel can ask for."""
    source = f"{READ}print(outcome(os.readlink, '/proc/{zygote.process.pid}/{name}'))"
    assert say(shared_kernel, source) == "EACCES"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(KIT, id="package"),
        pytest.param(KIT / "__init__.py", id="file"),
        pytest.param(KIT / "exercises" / "losses" / "binary.py", id="exercise"),
        pytest.param(KIT / "isolation", id="folder"),
        pytest.param(ROOT, id="checkout"),
        pytest.param(ROOT / "source", id="source"),
        pytest.param(ROOT / "source" / "losses" / "binary.ipynb", id="hidden-tests"),
        pytest.param(ROOT / "tests", id="tests"),
        pytest.param(ROOT / "course_config.py", id="config"),
    ],
)
def test_the_kit_and_the_course_are_not_to_be_read(
    shared_kernel: StudentKernel, say: Say, path: Path
) -> None:
    """From a checkout, neither the package nor what lies beside it is a kernel's to read."""
    _unread(say, shared_kernel, path)


@pytest.mark.parametrize(
    "name", ["exercises.losses.binary", "grading", "checks", "examiner.worker"]
)
def test_the_kit_is_not_to_be_imported(kernel: StudentKernel, say: Say, name: str) -> None:
    """What the zygote has not loaded of the kit, a kernel can't load."""
    said = say(kernel, f"import autograder.{name}")
    assert said.startswith(("ModuleNotFoundError: ", "PermissionError: "))


def test_a_kernel_has_nothing_of_the_kit_but_isolation(kernel: StudentKernel, say: Say) -> None:
    """No exercise, check or key is in a kernel's memory as a module."""
    source = (
        "import sys\nsorted({m.split('.')[1] for m in sys.modules if m.startswith('autograder.')})"
    )
    assert say(kernel, source) == "['isolation', 'limits', 'raised', 'words']"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("roster.csv", id="file"),
        pytest.param(".course_secret", id="secret"),
        pytest.param("submitted/other/losses/binary.ipynb", id="submission"),
        pytest.param("gradebook.db", id="gradebook"),
    ],
)
def test_another_s_files_are_not_to_be_read(
    shared_kernel: StudentKernel, say: Say, tmp_path: Path, path: str
) -> None:
    """Not even those that everybody may read."""
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("secret")
    file.chmod(0o666)
    _unread(say, shared_kernel, file)
    _unread(say, shared_kernel, file.parent)


def test_another_kernel_s_folder_is_closed(new_kernel: Any, say: Say, zygote: Zygote) -> None:
    """Two kernels of one uid neither read nor change each other's files."""
    one, other = new_kernel(files={"answer.txt": b"42"}), new_kernel()
    folder = say(one, "import os\nprint(os.getcwd())")
    _unread(say, other, zygote.folder)
    _unread(say, other, folder)
    _unread(say, other, f"{folder}/answer.txt")
    source = f"""{READ}
print({{
    outcome(open, {folder!r} + "/new", "w"),
    outcome(os.truncate, {folder!r} + "/answer.txt", 0),
    outcome(os.unlink, {folder!r} + "/answer.txt"),
}})
"""
    assert say(other, source) == "{'EACCES'}"
    assert (
        say(one, "import os\nos.listdir(), open('answer.txt').read()") == "(['answer.txt'], '42')"
    )


WRITES = [
    ("write", "open(VICTIM, 'w')"),
    ("append", "open(VICTIM, 'a')"),
    ("truncate", "os.truncate(VICTIM, 0)"),
    ("open-truncate", "os.open(VICTIM, os.O_TRUNC)"),
    ("unlink", "os.unlink(VICTIM)"),
    ("rename", "os.rename(VICTIM, VICTIM + '2')"),
    ("rename-in", "os.rename(VICTIM, 'mine')"),
    ("rename-out", "os.rename(mine(), VICTIM)"),
    ("exchange", "libc_check(libc.renameat2(-100, mine().encode(), -100, VICTIM.encode(), 2))"),
    ("create", "open(FOLDER + '/new', 'x')"),
    ("create-nameless", "os.open(FOLDER, os.O_TMPFILE | os.O_RDWR)"),
    ("mkdir", "os.mkdir(FOLDER + '/new')"),
    ("rmdir", "os.rmdir(FOLDER + '/empty')"),
    ("by-chdir", "os.chdir(FOLDER), open('victim', 'w')"),
    ("by-descriptor", "os.open('victim', os.O_RDWR, dir_fd=FOLDER_FD)"),
    ("by-proc", "open('/proc/self/cwd/../victim', 'w')"),
    ("tmp", "open('/tmp/left-behind', 'w')"),
    ("dev-shm", "open('/dev/shm/left-behind', 'w')"),
    ("home", "open('../left-behind', 'w')"),
    ("interpreter", "open(os.__file__, 'a')"),
    ("own-folder", "os.rename(os.getcwd(), FOLDER + '/new')"),
    ("own-folder-gone", "os.rmdir(os.getcwd())"),
]


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file and an empty folder that everybody may change."""
    folder = tmp_path_factory.mktemp("victims")
    (folder / "empty").mkdir()
    (folder / "victim").write_text("whole")
    for path in (folder, folder / "empty", folder / "victim"):
        path.chmod(0o777)
    return folder / "victim"


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in WRITES])
def test_nothing_is_written_elsewhere(
    kernel: StudentKernel, say: Say, victim: Path, source: str
) -> None:
    """Outside a kernel's own folder nothing can be made, changed, moved or removed."""
    before = victim.stat().st_mode, victim.stat().st_mtime_ns
    cell = f"""
import ctypes, errno, os
VICTIM, FOLDER = {str(victim)!r}, {str(victim.parent)!r}
FOLDER_FD = os.open(FOLDER, os.O_PATH)
libc = ctypes.CDLL(None, use_errno=True)
def mine():
    open("mine", "w").close()
    return "mine"
def libc_check(result):
    if result:
        raise OSError(ctypes.get_errno(), "")
try:
    {source}
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    assert say(kernel, cell) in ("EACCES", "EXDEV", "EPERM")
    assert victim.read_text() == "whole"
    assert {path.name for path in victim.parent.iterdir()} == {"empty", "victim"}
    assert (victim.stat().st_mode, victim.stat().st_mtime_ns) == before


def test_the_environment_holds_nothing_of_the_starter_s(
    kernel: StudentKernel, say: Say, zygote: Zygote, secret: tuple[str, str]
) -> None:
    """Neither the names nor the values, in Python's copy, in C's, or in the zygote's."""
    name, value = secret
    assert os.environ[name] == value
    source = f"""
import ctypes, os
array = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
lines, place = [], 0
while array[place]:
    lines.append(array[place].decode()); place += 1
print(any({name!r} in line for line in lines), {name!r} in os.environ, sorted(os.environ))
"""
    variables = [
        *("HOME", "IPYTHONDIR", "LANG", "MKL_NUM_THREADS", "MPLBACKEND", "MPLCONFIGDIR"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "TMPDIR"),
    ]
    said = say(kernel, source)
    assert said.startswith("False False ")
    assert set(variables) <= set(eval(said.removeprefix("False False ")))
    environment = Path(f"/proc/{zygote.process.pid}/environ").read_bytes()
    assert (
        sorted(line.split(b"=")[0].decode() for line in environment.split(b"\0")[:-1]) == variables
    )


def test_memory_holds_nothing_of_the_starter_s(
    kernel: StudentKernel, say: Say, secret: tuple[str, str]
) -> None:
    """What stands in the starter's environment is nowhere in a kernel's memory."""
    planted = "planted-in-the-kernel-itself"
    pid = say(kernel, f"import os\nplanted = {planted[:8]!r} + {planted[8:]!r}\nprint(os.getpid())")
    assert holds(pid, planted.encode())
    assert not holds(pid, secret[1].encode())


# What a kernel may read, as a list.


def _covers(paths: Sequence[Path], path: Path) -> bool:
    return any(path.resolve().is_relative_to(given) for given in paths)


def test_the_interpreter_can_be_read() -> None:
    """The standard library, the installed packages and the system's libraries are given."""
    paths = readable([])
    assert _covers(paths, Path(os.__file__))
    assert _covers(paths, Path(pytest.__file__))
    assert _covers(paths, Path("/usr/share/zoneinfo"))


def test_the_kit_s_own_package_is_left_out() -> None:
    """No path that is given holds the kit or is in it."""
    for path in readable([]):
        assert not path.is_relative_to(KIT)
        assert not KIT.is_relative_to(path)
    assert Path(autograder.__file__).parent == KIT


def test_a_hidden_folder_is_cut_out_of_what_holds_it() -> None:
    """The folders beside it are still given, one by one."""
    hidden = SITE / "torch" / "nn"
    paths = readable([hidden])
    assert not _covers(paths, hidden / "functional.py")
    assert _covers(paths, SITE / "torch" / "optim" / "adam.py")
    assert _covers(paths, SITE / "numpy" / "__init__.py")


def test_a_hidden_link_is_hidden_where_it_leads(tmp_path: Path) -> None:
    """A course that is reached by a link is hidden itself."""
    (tmp_path / "course").symlink_to(SITE / "torch")
    assert not _covers(readable([tmp_path / "course"]), SITE / "torch" / "__init__.py")


def test_an_interpreter_inside_the_course_can_be_read() -> None:
    """A course with an environment in its own folder keeps the packages installed there."""
    paths = readable([Path(sys.prefix).parent, Path(sys.prefix)])
    assert _covers(paths, SITE / "torch" / "__init__.py")
    assert not _covers(paths, Path(sys.prefix).parent / "gradebook.db")


def test_every_path_is_there_and_none_is_a_link() -> None:
    """A link could be made to lead elsewhere after the list is made."""
    for path in readable([]):
        assert path.exists()
        assert path == path.resolve()


PROGRAM = """
import sys
from pathlib import Path
from autograder.config import Sandbox
from autograder.isolation.clock import Patience
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.file_access import KIT, readable
from autograder.isolation.zygote import Zygote

source = f'''
import os
def outcome(path):
    try:
        return len(os.listdir(path)) > 0 if os.path.isdir(path) else len(open(path).read()) > 0
    except PermissionError:
        return "refused"
import beside
print([outcome(p) for p in {[str(KIT), str(KIT / "exercises/losses/binary.py"), str(KIT.parent)]}])
print(beside.number)
'''
with Zygote() as zygote:
    paths = [str(path) for path in readable([])]
    limits = Sandbox().limits()
    kernel = StudentKernel(zygote.control, zygote.folder, {}, paths, [], limits, Patience(60))
    print(KIT)
    print("".join(o.get("text") or o["evalue"] for o in kernel.run(1, source).outputs))
    kernel.close()
"""


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_an_installed_kit_is_left_out_as_well(tmp_path: Path) -> None:
    """From a wheel the package lies among all others, which can be read without it."""
    project, environment = tmp_path / "project", tmp_path / "environment"
    project.mkdir()
    shutil.copytree(KIT, project / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project / name)
    create(environment)
    (packages,) = environment.glob("lib/python*/site-packages")
    install = ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    subprocess.run(
        [sys.executable, "-m", *install, "--target", packages, project], check=True, timeout=300
    )
    (packages / "others.pth").write_text(f"{SITE}\n")  # a path, and no more: not the editable kit
    (packages / "beside.py").write_text("number = 8")
    done = subprocess.run(
        [environment / "bin" / "python", "-I", "-c", PROGRAM],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.split("\n")[:3] == [
        str(packages / "autograder"),
        "['refused', 'refused', 'refused']",
        "8",
    ], done.stderr


def test_a_path_that_is_gone_refuses_the_kernel(new_kernel: Any, tmp_path: Path) -> None:
    """What can't be given is an error of the machine's, before any cell runs."""
    kernel = new_kernel(folder=tmp_path, paths=[str(tmp_path / "gone")])
    with pytest.raises(SandboxError, match="No such file or directory"):
        kernel.run(1, "print('ran')")
    assert list(tmp_path.iterdir()) == []
