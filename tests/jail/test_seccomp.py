"""The filter's program, run by a small BPF machine: also for the machine that this is not."""

import errno
import fcntl

import pytest

from databoard.jail import seccomp, syscalls


@pytest.fixture(params=syscalls.MACHINES)
def machine(request):
    return request.param


LOCK_COMMANDS = (
    fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_GETLK, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW, fcntl.F_OFD_GETLK,
    fcntl.F_SETLEASE, fcntl.F_GETLEASE, fcntl.F_NOTIFY,
)  # fmt: skip
F_SET_RW_HINT, NOT_YET_INVENTED = 1036, 1077


@pytest.mark.parametrize("command", (*LOCK_COMMANDS, F_SET_RW_HINT, NOT_YET_INVENTED))
def test_commands_that_reach_the_file_are_refused(machine, command, answer):
    number = syscalls.number_of("fcntl", machine)
    assert answer(machine, number, 3, command) == errno.ENOSYS
    # The kernel looks at 32 bits of the command, and so must the filter.
    assert answer(machine, number, 3, command | 1 << 32) == errno.ENOSYS


@pytest.mark.parametrize("command", (fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFL, fcntl.F_SETFD, fcntl.F_GET_SEALS))
def test_commands_that_stay_with_the_descriptor_pass(machine, command, answer):
    assert answer(machine, syscalls.number_of("fcntl", machine), 3, command) is None


@pytest.mark.parametrize(
    ("flags", "error"), [(0x21, errno.EPERM), (0x23, errno.EPERM), (0x22, None), (0x01, None)]
)
def test_only_shared_memory_without_a_file_is_refused(machine, flags, error, answer):
    number = syscalls.number_of("mmap", machine)
    assert answer(machine, number, 0, 4096, 3, flags, program=seccomp.inner_program) == error


SOL_SOCKET, SO_SNDBUF, SO_RCVBUF, SO_REUSEADDR, IPPROTO_TCP, TCP_SYNCNT = 1, 7, 8, 2, 6, 7


@pytest.mark.parametrize(
    ("level", "option", "is_ignored"),
    [
        (SOL_SOCKET, SO_SNDBUF, True),
        (SOL_SOCKET | 1 << 32, SO_SNDBUF | 1 << 32, True),  # the kernel looks at 32 bits
        (SOL_SOCKET, SO_RCVBUF, True),
        (SOL_SOCKET, SO_REUSEADDR, False),
        (IPPROTO_TCP, TCP_SYNCNT, False),  # the same number at another level
    ],
)
def test_a_larger_buffer_of_a_socket_is_promised_and_not_given(machine, level, option, is_ignored, answer):
    number = syscalls.number_of("setsockopt", machine)
    expected = 0 if is_ignored else None
    assert answer(machine, number, 3, level, option, program=seccomp.inner_program) == expected


UNIX, IPV4, IPV6, NETLINK, UDP, UDP_LITE, MULTIPATH_TCP = 1, 2, 10, 16, 17, 136, 262


@pytest.mark.parametrize("family", [UNIX, IPV4, IPV6, NETLINK])
@pytest.mark.parametrize("protocol", [0, IPPROTO_TCP, UDP, UDP_LITE, MULTIPATH_TCP])
def test_sockets_are_made_of_the_families_and_protocols_that_are_counted(machine, family, protocol, answer):
    number = syscalls.number_of("socket", machine)
    is_refused = family == NETLINK or protocol in (UDP_LITE, MULTIPATH_TCP)
    expected = errno.EAFNOSUPPORT if is_refused else None
    assert answer(machine, number, family, 1, protocol, program=seccomp.inner_program) == expected


@pytest.mark.parametrize("call", ["sched_setattr", "sched_setparam", "sched_setscheduler"])
def test_no_run_chooses_how_it_is_scheduled(machine, answer, call):
    assert answer(machine, syscalls.number_of(call, machine), program=seccomp.inner_program) == errno.EPERM


def test_a_session_is_promised_and_not_given(machine, answer):
    assert answer(machine, syscalls.number_of("setsid", machine), program=seccomp.inner_program) == 0


def test_a_call_is_refused_in_one_place():
    # What a rule lets pass, no later rule sees.
    calls = (
        [refusal.call for refusal in seccomp.REFUSALS],
        [refusal.call for refusal in seccomp.INNER_REFUSALS],
    )
    assert [len(set(names)) for names in calls] == [len(names) for names in calls]
    assert not set(calls[0]) & set(calls[1])  # level B has both in one program


def test_every_call_of_the_table_is_answered_as_it_says(machine, answer):
    plain = [one for one in seccomp.REFUSALS if one.argument is None and not one.refused_values]
    numbers = {refusal: syscalls.number_of(refusal.call, machine) for refusal in plain}
    for refusal, number in numbers.items():
        assert number is None or answer(machine, number) == refusal.error


@pytest.mark.parametrize("request_number", [0x40086602, 0x40046602, 0x401C5820])
def test_requests_that_mark_a_file_are_refused_and_others_pass(machine, request_number, answer):
    number = syscalls.number_of("ioctl", machine)
    assert answer(machine, number, 3, request_number) == errno.ENOTTY
    assert answer(machine, number, 3, request_number | 1 << 32) == errno.ENOTTY  # the kernel looks at 32 bits
    assert answer(machine, number, 3, request_number + 1) is None


def test_numbers_of_another_architecture_mean_nothing_and_are_refused(machine, answer):
    assert answer(machine, 20, architecture=0x40000003) == errno.ENOSYS
    assert answer(machine, 0x40000000 + 20) == errno.ENOSYS
    assert answer(machine, -1) == errno.ENOSYS


def test_a_machine_without_a_table_has_no_filter():
    assert seccomp.program("riscv64") is None
    assert syscalls.number_of("flock", "riscv64") is None
