"""A class on a Dask cluster: a real scheduler, real workers, and some of these are killed."""

from __future__ import annotations

import json
import operator
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import nbformat
import pytest
import trustme
from distributed import Client

from autograder.batch import grade_class
from autograder.batch.cluster.at_worker import PROCESS, Errand
from autograder.config import load
from autograder.examiner.job_text import job_text, source_text
from autograder.examiner.jobs import Examined, Job
from autograder.grading import roster
from autograder.grading.secret import student_key
from tests.course import BIN, autograder, run, shared_examiners
from tests.dask_cluster import (
    IN_MEMORY,
    WITHOUT_LANDLOCK,
    DaskCluster,
    Worker,
    changed_kit,
    dask_cluster,
)
from tests.examiner.office import SECONDS, WAITS, go, until
from tests.tiny import RIGHT, answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

WRONG = "def double(x):\n    return 3 * x"
SECRET = "a-word-that-no-log-may-have"
PATIENT = "\nc.Sandbox.wall_factor = 200\n"  # whoever waits is not stopped meanwhile
KEYS = ("cert", "key")


@pytest.fixture(scope="module")
def cluster(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler that gives up a task at once, and two workers that are started again."""
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with dask_cluster(tmp_path_factory.mktemp("cluster") / "cluster", **allowed) as cluster:
        cluster.add_worker(nanny=True)
        cluster.add_worker(nanny=True)
        yield cluster


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with nobody in it."""
    course = tiny_course(tmp_path / "course")
    config = course / "course_config.py"
    config.write_text(config.read_text() + PATIENT)
    return course


def hand_in(course: Path, **answers: str) -> None:
    """Puts an answer into the place of each student."""
    for student, answer in answers.items():
        folder = course / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        nbformat.write(answered(course, answer), folder / "tiny.ipynb")


def grade(course: Path, address: str = "", *options: str) -> CompletedProcess[str]:
    """Grades the class, at a scheduler where one is named."""
    at = ("--scheduler", address) if address else ()
    return autograder(course, "grade", "tiny", "--json", "g.json", *at, *options)


def records(course: Path) -> dict[str, Any]:
    """The records by student, without the time and memory that they took."""
    found = json.loads((course / "g.json").read_text())["submissions"]
    return {each["student"]: {**each, "seconds": 0, "memory_bytes": 0} for each in found}


def in_background(grade: Callable[[], CompletedProcess[str]]) -> Future[CompletedProcess[str]]:
    """A grading on another thread."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(grade)
    pool.shutdown(wait=False)
    return future


def at_work(
    cluster: DaskCluster, besides: Collection[Path] = (), companion: str = ""
) -> tuple[Worker, Path]:
    """The worker on which a notebook waits, and the file that it waits for, none of these.

    Args:
        cluster: where.
        besides: files of notebooks that are not meant.
        companion: a file that the notebook came with; "" where it came alone.
    """

    def found() -> tuple[Worker, Path] | None:
        waiting = ((worker, file) for worker in cluster.workers for file in worker.waiting())
        meant = (each for each in waiting if each[1] not in besides)
        return next((each for each in meant if (each[1].parent / companion).exists()), None)

    worker, file = until(found)
    return worker, file


@pytest.mark.slow
def test_the_grades_are_those_of_this_machine(cluster: DaskCluster, course: Path) -> None:
    """Records, outputs and exit codes are the same."""
    kept = {"ends": "import os\nos._exit(1)", "prints": f"print('there')\n{RIGHT}"}
    hand_in(course, right=RIGHT, wrong=WRONG, empty="", **kept)
    local = Path(shutil.copytree(course, course.parent / "local"))
    done, here = grade(course, cluster.address), grade(local)
    assert (done.returncode, done.stderr) == (here.returncode, here.stderr)
    assert records(course) == records(local)
    assert records(course)["right"]["score"] == 4
    for student in records(course):
        files = [root / "autograded" / student / "tiny" / "tiny.ipynb" for root in (course, local)]
        one, other = (nbformat.read(file, as_version=4).cells for file in files)
        assert [c.get("outputs") for c in one] == [c.get("outputs") for c in other]


@dataclass
class Elsewhere:
    """Another machine, and what it was sent."""

    jobs: list[Job] = field(default_factory=list)

    def examine(self, job: Job) -> Examined:
        """What came of a notebook."""
        self.jobs.append(job)
        return shared_examiners().examine(job)

    def stop(self) -> None:
        """Nothing runs that could be ended."""


@pytest.mark.slow
def test_the_source_proves_itself_on_this_machine(course: Path) -> None:
    """A worker that lies would decide for a class, and later ones: it gets students' work alone.

    Of secrets it gets the key of that one hand-in: no name, and nothing that others' come from.
    """
    hand_in(course, somebody17=RIGHT)
    shutil.rmtree(course / ".proofs")
    settings, elsewhere = load(course), Elsewhere()
    roster.register(settings, "tiny")
    done = list(grade_class(settings, "tiny", ["somebody17"], 1, shared_examiners(), elsewhere))
    assert [graded.result.score for graded in done] == [4]
    [job] = elsewhere.jobs
    assert not job.trusted
    sent = job_text(job) + source_text(job.source)
    assert job.key in sent
    own = student_key(settings.secret_path, "tiny", "somebody17").hex()
    for word in ("somebody17", own, settings.secret_path.read_text().strip()):
        assert word
        assert word not in sent
    assert list((course / ".proofs").iterdir())


@pytest.mark.slow
def test_a_lost_worker_costs_time_only(cluster: DaskCluster, course: Path) -> None:
    """It is killed while it has a notebook; another worker examines that."""
    hand_in(course, waits=f"{WAITS}{RIGHT}", right=RIGHT)
    future = in_background(lambda: grade(course, cluster.address))
    first, file = at_work(cluster)
    first.kill()
    other, again = at_work(cluster, {file})
    assert other is not first
    go(again.parent)
    assert future.result(SECONDS).returncode == 0, future.result().stderr
    assert {name: each["score"] for name, each in records(course).items()} == {
        "waits": 4,
        "right": 4,
    }


@pytest.mark.slow
def test_who_ends_three_workers_is_recorded(cluster: DaskCluster, course: Path) -> None:
    """The submission has failed, with a sentence; the others of its class have their grades."""
    hand_in(course, ends=f"{WAITS}{RIGHT}", right=RIGHT)
    future, killed = in_background(lambda: grade(course, cluster.address)), set[Path]()
    for _ in range(3):
        worker, file = at_work(cluster, killed)
        killed.add(file)
        worker.kill()
    assert future.result(2 * SECONDS).returncode == 1
    found = records(course)
    assert (found["right"]["status"], found["right"]["score"]) == ("graded", 4)
    assert found["ends"]["status"] == "failed"
    [flag] = found["ends"]["flags"]
    assert flag["detail"] == (
        "ExaminerError: 3 workers had it, one after the other: the worker ended"
    )


@pytest.mark.slow
def test_ctrl_c_ends_it_at_once(cluster: DaskCluster, course: Path) -> None:
    """Nobody waits for what runs on a worker."""
    hand_in(course, waits=f"{WAITS}{RIGHT}")
    command = [BIN / "autograder", "grade", "tiny", "--scheduler", cluster.address]
    with subprocess.Popen(
        command,
        cwd=course,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, it would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        _, file = at_work(cluster)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    go(file.parent)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "autograder: stopped; what was graded is on record."
    assert "Traceback" not in said


@pytest.mark.slow
def test_nothing_is_in_a_log_or_on_a_disk(cluster: DaskCluster, course: Path) -> None:
    """Neither of what was graded, nor of a task that fails with it in its arguments."""
    hand_in(course, right=f"# {SECRET}\nprint('{SECRET}')\n{WAITS}{RIGHT}")
    (course / "submitted" / "right" / "tiny" / "notes.txt").write_text(SECRET)
    future = in_background(lambda: grade(course, cluster.address))
    _, file = at_work(cluster, companion="notes.txt")
    assert (file.parent / "notes.txt").read_text() == SECRET
    assert_nothing_told(cluster)
    go(file.parent)
    assert future.result(SECONDS).returncode == 0, future.result().stderr
    key = f"{SECRET}-key"
    with Client(cluster.address, set_as_default=False) as client:
        failing = client.submit(
            operator.getitem, Errand(PROCESS, "a digest", SECRET, key), 0, pure=False
        )
        with pytest.raises(TypeError):
            failing.result(SECONDS)
    assert any("Compute Failed" in worker.log for worker in cluster.workers)
    assert_nothing_told(cluster)


def assert_nothing_told(cluster: DaskCluster) -> None:
    """No log and no file on a disk has what was sent: a secret word, an answer, a hidden test."""
    files = [path for path in cluster.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"log", "scheduler.json"}
    for path in files:
        text = path.read_bytes()
        for word in (SECRET.encode(), b"def double", b"double(-3)"):
            assert word not in text, path


# What is not used -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler whose workers can't be used."""
    with dask_cluster(tmp_path_factory.mktemp("bare") / "cluster") as cluster:
        yield cluster


@pytest.mark.slow
def test_unfit_workers_are_told_and_not_used(bare: DaskCluster, course: Path) -> None:
    """Each with what it lacks, in a line; where none is left that is said, and nobody is graded."""
    hand_in(course, right=RIGHT)
    nobody = grade(course, bare.address)
    assert nobody.returncode == 2
    assert nobody.stderr == f"autograder: --scheduler {bare.address}: it has no worker yet.\n"
    bare.add_worker(PYTHONPATH=changed_kit(bare.folder))
    bare.add_worker(before=WITHOUT_LANDLOCK)
    bare.add_worker(**dict.fromkeys(IN_MEMORY, "0.6"))
    bare.add_worker(TMPDIR=str(bare.folder))
    done = grade(course, bare.address)
    assert done.returncode == 2
    *told, last = done.stderr.splitlines()
    assert last == f"autograder: --scheduler {bare.address}: none of its workers can be used."
    shown = sorted(re.sub(r"tcp://127.0.0.1:\d+", "HERE", line) for line in told)
    assert len(shown) == 4
    assert shown.pop(0) == (
        f"autograder: HERE is not used: files beside notebooks would lie on its disk, in "
        f"{bare.folder}: start it with TMPDIR=/dev/shm, or another folder in memory"
    )
    assert shown[0].startswith("autograder: HERE is not used: it may write results to its disk: ")
    assert shown[1] == "autograder: HERE is not used: its kit is another"
    assert shown[2].startswith("autograder: HERE is not used: no notebook runs there: ")
    assert "Landlock" in shown[2]
    assert not (course / "autograded").exists()


def test_a_missing_package_is_one_sentence(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is named."""
    hand_in(course, right=RIGHT)
    for name in [name for name in sys.modules if name.startswith("autograder.batch.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = grade(course, "tcp://127.0.0.1:1")
    assert done.returncode == 2
    assert "install the kit with its extra [cluster]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# TLS, and a scheduler that ends --------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Dask's configuration for TLS, with certificates of our own."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    issued.write_to_path(str(folder / "all.pem"))
    names = [f"{role}.{what}" for role in ("scheduler", "worker", "client") for what in KEYS]
    files = dict.fromkeys(names, str(folder / "all.pem"))
    tls = {"ca-file": str(folder / "ca.pem"), **files}
    return {f"distributed.comm.tls.{name}": file for name, file in tls.items()}


def in_environment(configuration: dict[str, str]) -> dict[str, str]:
    """Dask's configuration as environment variables."""
    names = {name: name.upper().replace(".", "__").replace("-", "_") for name in configuration}
    return {f"DASK_{names[name]}": text for name, text in configuration.items()}


@pytest.mark.slow
def test_a_scheduler_that_ends_is_one_error(
    course: Path, certificates: dict[str, str], tmp_path: Path
) -> None:
    """What was recorded stays, and the next run goes on; all of it over TLS."""
    hand_in(course, a=RIGHT, waits=f"{WAITS}{RIGHT}")
    environment = in_environment(certificates)
    with dask_cluster(tmp_path / "tls", "tls", **environment) as cluster:
        assert cluster.address.startswith("tls://")
        cluster.add_worker()
        command = ("autograder", "grade", "tiny", "--scheduler", cluster.address)
        future = in_background(lambda: run(course, *command, **environment))
        _, file = at_work(cluster)
        until((course / "autograded" / "a").exists)
        assert cluster.scheduler
        cluster.scheduler.kill()
        done = future.result(SECONDS)
        go(file.parent)
    assert done.returncode == 2
    assert done.stderr == (
        f"autograder: the scheduler at {cluster.address} is gone; what was graded is on record, "
        "and the next run goes on.\n"
    )
