"""What waits in sockets is counted, and costs nothing where there are none. Each test has a network of its own."""

import json

import pytest

COUNT = """
import json, os, socket
from databoard.jail import kernel, processes

kernel.raise_loopback()
read, queued = [], processes._queued_bytes
processes._queued_bytes = lambda folder, name: read.append(name) or queued(folder, name)
ends = socket.socketpair()
before = processes.socket_bytes((f"/proc/{os.getpid()}",))
SEND
n_bytes = processes.socket_bytes((f"/proc/{os.getpid()}",)) - before
print(json.dumps([read, n_bytes]))
"""
CONNECTION = """
server = socket.create_server((HOST, 0), family=FAMILY)
sender = socket.create_connection(server.getsockname()[:2])
receiver, _ = server.accept()
before = processes.socket_bytes((f"/proc/{os.getpid()}",))
read.clear()
sender.sendall(bytes(50_000))
"""
DATAGRAM = """
receiver = socket.socket(FAMILY, socket.SOCK_DGRAM)
receiver.bind((HOST, 0))
sender = socket.socket(FAMILY, socket.SOCK_DGRAM)
before = processes.socket_bytes((f"/proc/{os.getpid()}",))
read.clear()
sender.sendto(bytes(50_000), receiver.getsockname())
"""


@pytest.fixture
def count(start):
    """Return a function: code that sends -> tables read to count it, bytes counted."""

    def count(send):
        prefix = ["unshare", "--map-root-user", "--net"]
        output, errors = start(COUNT.replace("SEND", send), prefix=prefix).communicate(timeout=30)
        assert output, errors
        return json.loads(output)

    return count


def test_no_table_of_the_whole_machine_is_read_for_a_network_without_sockets(count):
    assert count("pass") == [[], 0]


@pytest.mark.parametrize(
    ("protocol", "family", "host"), [("tcp", "AF_INET", "127.0.0.1"), ("tcp6", "AF_INET6", "::1")]
)
def test_what_waits_in_a_connection_is_counted(count, protocol, family, host):
    send = CONNECTION.replace("HOST", repr(host)).replace("FAMILY", f"socket.{family}")
    read, n_bytes = count(send)
    assert read == [protocol] and 50_000 <= n_bytes <= 100_000  # twice what was not confirmed yet


@pytest.mark.parametrize(
    ("protocol", "family", "host"), [("udp", "AF_INET", "127.0.0.1"), ("udp6", "AF_INET6", "::1")]
)
def test_what_waits_for_a_datagram_is_counted_with_what_the_kernel_adds(count, protocol, family, host):
    send = DATAGRAM.replace("HOST", repr(host)).replace("FAMILY", f"socket.{family}")
    read, n_bytes = count(send)
    assert read == [protocol] and n_bytes >= 50_000
