"""Ports to listen on, and the sentence for the person when one is not to be had; the standard library alone."""

import errno
import socket


class Trouble(Exception):
    """Something the person can mend; the text, one sentence, says what."""


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Raise `Trouble` if we could not listen on host:port."""
    if not 0 < port < 65536:
        raise Trouble(f"PORT is a number from 1 to 65535, not {port}.")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as fault:
        raise Trouble(f"{host!r} is no address of this machine: set HOST, for example HOST=127.0.0.1.") from fault
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as fault:
            raise Trouble(_sentence(host, port, fault)) from fault


def _sentence(host: str, port: int, fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use; stop what listens there or choose another: make run PORT={port + 1}"
    if fault.errno == errno.EACCES:
        return f"Port {port} may only be opened by root; choose one above 1023, like PORT=8000."
    return f"{host}:{port} cannot be listened on: {fault.strerror}."
