"""Where a scheduler and its workers may be: what is sent to them is a student's, and a secret.

The address at which a process of Dask's is reached says little: one that is reached at 127.0.0.1
may listen to the whole network. Where it listens counts, too.
"""

from __future__ import annotations

import ipaddress
import socket

from distributed import Security
from distributed.comm.addressing import get_address_host, parse_address

from autograder.config import CourseError
from autograder.words import line

LOCAL = "localhost"  # the one name that may stand for a loopback address


def require_confidential(address: str) -> None:
    """Makes sure that nobody can listen to what is sent to a scheduler.

    Raises:
        CourseError: it is neither reached by TLS, with the certificates that Dask's configuration
            names, nor at a loopback address.
    """
    shown = line(address, 200)
    scheme = parse_address(address)[0]
    if scheme == "tls":
        _require_certificates(shown)
    elif scheme != "tcp" or not _is_loopback(address):
        raise CourseError(
            f"--scheduler {shown}: students' work and keys go to another machine by TLS alone. "
            "Give a tls:// address; without it, a scheduler and workers at 127.0.0.1."
        )


def is_confidential(address: str, scheduler: str) -> bool:
    """Whether what is sent to an address, or who listens at it, is nobody else's to reach.

    Args:
        address: of the scheduler or of one of its workers.
        scheduler: the address of the scheduler, which may be used.
    """
    scheme = parse_address(address)[0]
    if parse_address(scheduler)[0] == "tls":
        return scheme == "tls"
    return scheme in ("tcp", "tls") and _is_loopback(address)


def _require_certificates(shown: str) -> None:
    try:
        context = Security().get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:  # no such file, no certificate
        raise CourseError(f"--scheduler {shown}: its certificates can't be read: {error}") from None
    if context is None:
        raise CourseError(
            f"--scheduler {shown}: Dask's configuration has no certificates for it. Set "
            "distributed.comm.tls.ca-file, .client.cert and .client.key, or the environment's "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT and …__CLIENT__KEY."
        )


def _is_loopback(address: str) -> bool:
    try:
        host = get_address_host(address)
        if host != LOCAL:
            return ipaddress.ip_address(host).is_loopback
        found = socket.getaddrinfo(host, None)
    except (OSError, ValueError):
        return False
    return all(ipaddress.ip_address(each[4][0]).is_loopback for each in found)
