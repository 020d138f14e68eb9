"""What may be sent where, and which worker is used: without a cluster."""

from __future__ import annotations

import asyncio
import json
import logging
import sysconfig
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import dask
import pytest
import trustme
from distributed import Client, Security
from distributed.core import Server

from autograder.batch.cluster.address import is_confidential, require_confidential
from autograder.batch.cluster.at_scheduler import ASK_SECONDS, exposure, require_fit
from autograder.batch.cluster.at_worker import (
    MOST_SOURCES,
    PROCESS,
    Errand,
    Sources,
    answer,
    readable_keys,
)
from autograder.batch.cluster.exposure import LOGGER, Exposure
from autograder.batch.cluster.machine import Machine
from autograder.batch.cluster.proof import Proof, UnfitWorkerError
from autograder.config import CourseError
from autograder.examiner.job_text import job_text, source_text
from tests.examiner.office import ORDINARY

HERE = Machine("kit", "3.11.7", "x86_64", {"torch": "2.13.0", "ipython": "9.18.1"})
SCHEDULER = "tcp://127.0.0.1:8786"
SAID = {
    "machine": asdict(HERE),
    "process": "a1",
    "scheduler": SCHEDULER,
    "exposure": {"listens": ["tcp://127.0.0.1:4711"], "logs": False},
    "keeps": False,
    "on_disk": "",
    "holes": [],
}


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:8786",
        "tcp://127.8.9.1:8786",
        "tcp://[::1]:8786",
        "tcp://localhost:8786",
        "127.0.0.1:8786",
    ],
)
def test_a_loopback_address_needs_no_tls(address: str) -> None:
    """What is sent there does not leave the machine."""
    require_confidential(address)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.5:8786",
        "10.0.0.5:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://0.0.0.0:8786",
        "tcp://example.org:8786",
        "tcp://127.0.0.1.example.org:8786",
        "ws://127.0.0.1:8786",
        "inproc://127.0.0.1/1/1",
    ],
)
def test_any_other_address_needs_it(address: str) -> None:
    """It is refused before anything is sent, by whatever protocol."""
    with pytest.raises(CourseError, match="go to another machine by TLS alone"):
        require_confidential(address)


def test_tls_needs_certificates(tmp_path: Path) -> None:
    """Those that Dask's configuration names, which can be read; or one is told what to set."""
    with pytest.raises(CourseError, match="has no certificates"):
        require_confidential("tls://10.0.0.5:8786")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    issued.write_to_path(str(tmp_path / "all.pem"))
    own = {"ca-file": "ca.pem", "client.cert": "all.pem", "client.key": "all.pem"}
    tls = {f"distributed.comm.tls.{name}": str(tmp_path / file) for name, file in own.items()}
    with dask.config.set(tls):
        require_confidential("tls://10.0.0.5:8786")
        (tmp_path / "ca.pem").unlink()
        with pytest.raises(CourseError, match="can't be read"):
            require_confidential("tls://10.0.0.5:8786")


@pytest.mark.parametrize(
    ("worker", "scheduler", "private"),
    [
        ("tcp://127.0.0.1:1", SCHEDULER, True),
        ("tcp://10.0.0.5:1", SCHEDULER, False),
        ("tls://10.0.0.5:1", SCHEDULER, False),
        ("tls://10.0.0.5:1", "tls://10.0.0.1:8786", True),
        ("tcp://10.0.0.5:1", "tls://10.0.0.1:8786", False),
        ("tcp://127.0.0.1:1", "tls://10.0.0.1:8786", False),
    ],
)
def test_a_worker_is_where_its_scheduler_may_be(worker: str, scheduler: str, private: bool) -> None:
    """One scheduler can listen to both protocols: each worker is looked at."""
    assert is_confidential(worker, scheduler) == private


def test_this_machine_has_what_notebooks_import() -> None:
    """Torch and IPython among them; the kit by a digest, and no installer."""
    here = Machine.here()
    assert {"torch", "ipython", "nbgrader"} <= here.packages.keys()
    assert not {"losses-by-hand", "pip"} & here.packages.keys()
    assert Machine.from_json(asdict(here)) == here


def faults(**said: Any) -> list[str]:
    """What is wrong with a worker that says this."""
    return list(Proof.read(json.dumps({**SAID, **said})).faults(HERE, SCHEDULER))


def test_a_worker_like_this_machine_is_used() -> None:
    """There is nothing to tell."""
    assert faults() == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"machine": asdict(replace(HERE, kit="other"))}, "its kit is another"),
        ({"machine": asdict(replace(HERE, python="3.12.1"))}, "Python 3.12.1, and 3.11.7 here"),
        (
            {"machine": asdict(replace(HERE, processor="aarch64"))},
            "processor aarch64, and x86_64 here",
        ),
        (
            {"machine": asdict(replace(HERE, packages={"torch": "2.12.0", "more": "1"}))},
            "ipython missing (9.18.1 here), more 1 (none here), torch 2.12.0 (2.13.0 here)",
        ),
        ({"holes": ["fork: not refused"]}, "fork: not refused"),
        (
            {"scheduler": "tcp://10.0.0.1:8786"},
            "it has reached the scheduler at tcp://10.0.0.1:8786, where others can listen",
        ),
        (
            {"exposure": {"listens": ["tcp://127.0.0.1:1", "tcp://0.0.0.0:2"], "logs": False}},
            "it listens at tcp://0.0.0.0:2, where others can reach it: start it with "
            "--host 127.0.0.1, or use TLS alone",
        ),
        (
            {"exposure": {"listens": [], "logs": False}},
            "it listens at no address that is known, where others can reach it: start it with "
            "--host 127.0.0.1, or use TLS alone",
        ),
        (
            {"exposure": {"listens": ["tcp://127.0.0.1:1"], "logs": 0}},
            "it may log what it is sent: start it with DASK_LOGGING__DISTRIBUTED=warning",
        ),
        (
            {"keeps": True},
            "it may write results to its disk: start it with "
            "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False and "
            "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False",
        ),
        (
            {"on_disk": "/tmp"},
            "files beside notebooks would lie on its disk, in /tmp: start it with "
            "TMPDIR=/dev/shm, or another folder in memory",
        ),
    ],
    ids=[
        *("kit", "python", "processor", "packages", "sandbox", "scheduler"),
        *("listens", "listens-nowhere", "logs", "disk", "files-on-disk"),
    ],
)
def test_what_differs_is_told(said: dict[str, Any], told: str) -> None:
    """In the words of one line."""
    assert faults(**said) == [told]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "{}",
        json.dumps({**SAID, "machine": {}}),
        json.dumps({**SAID, "holes": [1]}),
        json.dumps({**SAID, "exposure": {}}),
        json.dumps({**SAID, "exposure": {"listens": [1], "logs": False}}),
        json.dumps({**SAID, "process": None}),
        json.dumps({**SAID, "machine": {**asdict(HERE), "packages": []}}),
        json.dumps({**SAID, "more": "x" * (1 << 20)}),
    ],
)
def test_what_is_no_proof_is_refused(text: Any) -> None:
    """Nothing of it is believed."""
    with pytest.raises(UnfitWorkerError, match="no proof"):
        Proof.read(text)


def listening(address: str) -> Exposure:
    """What a process says that listens there."""

    async def said() -> Exposure:
        server = Server({})
        await server.listen(address)
        try:
            return Exposure.of(server)
        finally:
            await server.close()

    return asyncio.run(said())


def test_where_a_process_listens_counts(caplog: pytest.LogCaptureFixture) -> None:
    """Not where it is reached: who gives no host listens to the network, and is at 127.0.0.1."""
    caplog.set_level(logging.WARNING, LOGGER)
    assert not list(listening("tcp://127.0.0.1:0").faults(SCHEDULER))
    [fault] = listening("tcp://:0").faults(SCHEDULER)
    assert fault.startswith("it listens at tcp://0.0.0.0:")


def test_over_tls_no_address_may_be_without() -> None:
    """A second one, without TLS, would let anyone in; with it, each may be anywhere."""
    tls = "tls://10.0.0.1:8786"
    assert not list(Exposure(("tls://0.0.0.0:1",), logs=False).faults(tls))
    [fault] = Exposure(("tls://0.0.0.0:1", "tcp://127.0.0.1:2"), logs=False).faults(tls)
    assert "tcp://127.0.0.1:2" in fault


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
def test_a_log_of_what_can_not_be_read_is_seen(
    level: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Dask logs its first 10,000 bytes as INFO."""
    caplog.set_level(level, LOGGER)
    assert listening("tcp://127.0.0.1:0").logs == (level == logging.INFO)


class Connected:
    """A client of a scheduler that says this of itself, or fails."""

    def __init__(self, said: Exposure | Exception) -> None:
        self.said = said

    def run_on_scheduler(self, function: Any, callback_timeout: float) -> dict[str, Any]:
        """What Dask's client gives of a function."""
        assert (function, callback_timeout) == (exposure, ASK_SECONDS)
        if isinstance(self.said, Exception):
            raise self.said
        return asdict(self.said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Exposure(("tcp://0.0.0.0:8786",), logs=False), "it listens at tcp://0.0.0.0:8786, where"),
        (Exposure(("tcp://127.0.0.1:8786",), logs=True), "it may log what it is sent"),
        (TimeoutError("no time"), "it does not run the kit's code: TimeoutError: no time"),
    ],
    ids=["listens", "logs", "hangs"],
)
def test_the_scheduler_shows_it_too(said: Exposure | Exception, told: str) -> None:
    """It is reached at 127.0.0.1, and may listen to the network all the same."""
    with pytest.raises(CourseError) as raised:
        require_fit(cast("Client", Connected(said)), SCHEDULER)
    assert str(raised.value).startswith(f"--scheduler {SCHEDULER} is not used: {told}")
    fit = Exposure(("tcp://127.0.0.1:8786",), logs=False)
    require_fit(cast("Client", Connected(fit)), SCHEDULER)


def test_a_key_that_notebooks_could_read_is_told(tmp_path: Path) -> None:
    """Among the interpreter's files a kernel may read it; in a folder of its own it may not."""
    inside = sysconfig.get_path("stdlib") + "/worker.key"
    keys = Security(tls_worker_key=inside)
    assert list(readable_keys(keys, tmp_path)) == [
        f"its TLS key {inside} lies where students' code can read it"
    ]
    keys = Security(tls_worker_cert=inside)  # it may hold the key as well
    assert list(readable_keys(keys, tmp_path))
    keys = Security(tls_worker_key=str(tmp_path / "worker.key"), tls_worker_cert=inside)
    assert not list(readable_keys(keys, tmp_path))
    assert not list(readable_keys(Security(), tmp_path))


def test_a_package_without_a_name_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was half removed, say."""
    folder = tmp_path / "removed-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\n")
    before = Machine.here()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Machine.here() == before


def test_an_errand_shows_nothing() -> None:
    """Its repr is what a log may hold."""
    shown = "Errand(process='a1', digest='d2')"
    assert repr(Errand("a1", "d2", "the source", "the job")) == shown


def test_an_errand_to_another_process_is_refused() -> None:
    """It was restarted, and has not proved itself: nothing of the errand is read."""
    assert json.loads(answer(Errand("another", "d2", "no source", "no job"))) == {
        "version": 2,
        "is": "failed",
        "kind": "other",
        "text": "this process has not proved itself",
    }


def test_a_source_is_sent_once() -> None:
    """It is the same object then; one that has made way for others is asked for again."""
    text = source_text(ORDINARY.source)
    sources = Sources()
    assert sources.get("0", "") is None
    first = sources.get("0", text)
    assert first
    assert sources.get("0", "") is first
    assert sources.get("0", text) is first
    for number in range(1, MOST_SOURCES):
        sources.get(str(number), text)
    assert sources.get("0", "") is first
    sources.get("more", text)
    assert sources.get("1", "") is None
    assert sources.get("0", "") is first


def test_an_errand_without_its_source_is_told() -> None:
    """The coordinator sends it again then."""
    answered = json.loads(answer(Errand(PROCESS, "never sent", "", job_text(ORDINARY))))
    assert answered["kind"] == "source"
