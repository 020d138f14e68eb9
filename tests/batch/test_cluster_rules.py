"""What may be sent where, and which worker is used: without a cluster."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import dask
import pytest
import trustme

from autograder.batch.cluster.address import is_private, require_private
from autograder.batch.cluster.at_worker import Errand, answer
from autograder.batch.cluster.machine import Machine
from autograder.batch.cluster.proof import Proof, UnfitWorkerError
from autograder.config import CourseError

HERE = Machine("kit", "3.11.7", {"torch": "2.13.0", "ipython": "9.18.1"})
SCHEDULER = "tcp://127.0.0.1:8786"
SAID = {
    "machine": asdict(HERE),
    "process": "a1",
    "scheduler": SCHEDULER,
    "keeps": False,
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
    require_private(address)


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
        require_private(address)


def test_tls_needs_certificates(tmp_path: Path) -> None:
    """Those that Dask's configuration names, which can be read; or one is told what to set."""
    with pytest.raises(CourseError, match="has no certificates"):
        require_private("tls://10.0.0.5:8786")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    issued.write_to_path(str(tmp_path / "all.pem"))
    own = {"ca-file": "ca.pem", "client.cert": "all.pem", "client.key": "all.pem"}
    tls = {f"distributed.comm.tls.{name}": str(tmp_path / file) for name, file in own.items()}
    with dask.config.set(tls):
        require_private("tls://10.0.0.5:8786")
        (tmp_path / "ca.pem").unlink()
        with pytest.raises(CourseError, match="can't be read"):
            require_private("tls://10.0.0.5:8786")


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
    assert is_private(worker, scheduler) == private


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
            {"machine": asdict(replace(HERE, packages={"torch": "2.12.0", "more": "1"}))},
            "ipython missing (9.18.1 here), more 1 (none here), torch 2.12.0 (2.13.0 here)",
        ),
        ({"holes": ["fork: not refused"]}, "fork: not refused"),
        (
            {"scheduler": "tcp://10.0.0.1:8786"},
            "it has reached the scheduler at tcp://10.0.0.1:8786, where others can listen",
        ),
        (
            {"keeps": True},
            "it may write results to its disk: start it with "
            "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False and "
            "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False",
        ),
    ],
    ids=["kit", "python", "packages", "sandbox", "scheduler", "disk"],
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
        json.dumps({**SAID, "process": None}),
        json.dumps({**SAID, "machine": {**asdict(HERE), "packages": []}}),
        json.dumps({**SAID, "more": "x" * (1 << 20)}),
    ],
)
def test_what_is_no_proof_is_refused(text: Any) -> None:
    """Nothing of it is believed."""
    with pytest.raises(UnfitWorkerError, match="no proof"):
        Proof.read(text)


def test_an_errand_shows_nothing() -> None:
    """Its repr is what a log may hold."""
    assert repr(Errand("a1", "the source", "the job")) == "Errand(process='a1')"


def test_an_errand_to_another_process_is_refused() -> None:
    """It was restarted, and has not proved itself: nothing of the errand is read."""
    assert json.loads(answer(Errand("another", "no source"))) == {
        "version": 1,
        "is": "failed",
        "kind": "other",
        "text": "this process has not proved itself",
    }
