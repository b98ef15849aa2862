"""The law of the kernel's table: each call that Linux has is refused, or stands here with the reason why it is not.

``kernel_calls.csv`` holds every call up to the newest known, by machine. When Linux gets another: add its row, move
the end of ``syscalls.UNASSIGNED``, and refuse it or give it a reason; until then the filter answers ENOSYS.
"""

import csv
import errno
import re
from pathlib import Path

import pytest

from databoard.jail import seccomp, syscalls

HERE = Path(__file__).parent
#: BPF_MAXINSNS of linux/bpf_common.h: a longer program the kernel does not take.
MAX_LINES = 4096
HEADERS = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h")

#: Reason to the calls that may be made with any argument.
ALLOWED = {
    "files, as far as mounts, modes and Landlock let: all that can be written is private to the run": """
        access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fallocate fchdir
        fdatasync fsync ftruncate getcwd getdents getdents64 link linkat lseek mkdir mkdirat mknod mknodat open openat
        openat2 pread64 preadv pwrite64 pwritev pwritev2 read readlink readlinkat readv rename renameat renameat2
        rmdir sendfile splice symlink symlinkat sync_file_range tee truncate umask unlink unlinkat vmsplice write
        writev""",
    "facts about files, which are the same for all runs": """
        fgetxattr file_getattr flistxattr fstat fstatfs getxattrat lgetxattr getxattr listxattr listxattrat llistxattr
        lstat newfstatat stat statfs statx""",
    "marks on files of the run's own: those of others belong to another user": """
        chmod chown fchmod fchmodat fchmodat2 fchown fchownat futimesat lchown utime utimensat utimes""",
    "memory of the process itself, counted as it is used": """
        brk get_mempolicy map_shadow_stack mbind membarrier mlock mlock2 mlockall mprotect mremap mseal msync
        munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages set_mempolicy
        set_mempolicy_home_node""",
    "processes and threads of the run, in its own process namespace": """
        arch_prctl execve execveat exit exit_group fork get_robust_list get_thread_area getpgid getpgrp getpid getppid
        getsid gettid pidfd_open pidfd_send_signal prctl restart_syscall rseq set_robust_list set_thread_area
        set_tid_address setpgid vfork wait4 waitid""",
    "waiting and waking; futex is told of in docs/security.md (talk_by_futex)": "futex",
    "signals within the run": """
        kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
        rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4 tgkill tkill""",
    "its share of the processors and disks, which it may only lower": """
        getcpu getpriority ioprio_get ioprio_set rseq_slice_yield sched_get_priority_max sched_get_priority_min
        sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity
        sched_yield setpriority""",
    "clocks and timers of the process": """
        alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time
        timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
        timerfd_settime times""",
    "many descriptors at once; the table of epoll is told of in docs/security.md": """
        epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 pipe pipe2 poll
        ppoll pselect6 select""",
    "sockets that could be made, in a network of their own": """
        accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
        sendmsg sendto shutdown socketpair""",
    "who it is: without capabilities only what it is already": """
        capget capset getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups
        setregid setresgid setresuid setreuid setuid""",
    "limits of its own, which it may only lower, and what it has used": """
        getrlimit getrusage prlimit64 setrlimit""",
    "more walls around itself": """
        landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp""",
    "facts about the machine; docs/security.md names them as a slow channel": "sysinfo uname",
    "random numbers": "getrandom",
    "nothing to act on: what makes or names it is refused": """
        inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents mq_getsetattr mq_notify mq_timedreceive
        mq_timedsend mq_unlink msgctl msgrcv msgsnd semctl semop semtimedop shmat shmctl shmdt""",
    "numbers that no call stands behind, since Linux 5.9 at the latest": """
        _sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg nfsservctl putpmsg
        query_module security tuxcall uselib vserver""",
}
REASONS = {call: reason for reason, calls in ALLOWED.items() for call in calls.split()}
ALL = seccomp.REFUSALS + seccomp.INNER_REFUSALS


def table():
    with open(HERE / "kernel_calls.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["call"]: tuple(int(row[m]) if row[m] else None for m in syscalls.MACHINES) for row in rows}


CALLS = table()


@pytest.fixture(params=range(len(syscalls.MACHINES)), ids=syscalls.MACHINES)
def at(request):
    """The place of a machine in ``MACHINES``."""
    return request.param


def test_each_call_is_refused_or_allowed_for_a_reason():
    refused = {refusal.call for refusal in ALL}
    assert sorted(CALLS.keys() - refused - REASONS.keys()) == []
    assert sorted(refused & REASONS.keys()) == []
    assert sorted((refused | REASONS.keys()) - CALLS.keys()) == []


def test_no_call_has_two_reasons():
    assert len(REASONS) == sum(len(calls.split()) for calls in ALLOWED.values())


def test_the_numbers_of_the_filter_are_those_of_the_table():
    assert {call: CALLS[call] for call in syscalls.NUMBERS} == syscalls.NUMBERS


def test_every_number_has_a_call_or_is_unassigned(at):
    *gaps, (first_unknown, end) = syscalls.UNASSIGNED[at]
    numbers = {numbers[at] for numbers in CALLS.values()} - {None}
    unassigned = {number for first, last in gaps for number in range(first, last)}
    assert end is None and numbers.isdisjoint(unassigned)
    assert numbers | unassigned == set(range(first_unknown))


@pytest.mark.parametrize("make", [seccomp.program, seccomp.inner_program, seccomp.whole_program])
def test_a_number_that_no_kernel_knows_is_answered_as_if_there_were_none(at, make, answer):
    machine = syscalls.MACHINES[at]
    numbers = {numbers[at] for numbers in CALLS.values()}
    unknown = [number for number in (*range(1024), 2**30 - 1, 2**31 - 1) if number not in numbers]
    assert {answer(machine, number, program=make) for number in unknown} == {errno.ENOSYS}


def test_a_call_with_a_reason_passes_both_filters(at, answer):
    machine = syscalls.MACHINES[at]
    for call in REASONS:
        number = CALLS[call][at]
        assert number is None or answer(machine, number, program=seccomp.whole_program) is None, call


@pytest.mark.parametrize("make", [seccomp.program, seccomp.inner_program, seccomp.whole_program])
def test_the_kernel_takes_programs_of_this_length(at, make):
    assert len(make(syscalls.MACHINES[at])) // 8 <= MAX_LINES


def test_the_headers_of_this_machine_name_no_call_that_the_table_lacks():
    names = {
        name
        for header in map(Path, HEADERS)
        if header.is_file()
        for name in re.findall(r"^#define __NR_(\w+)\s+\d+$", header.read_text(), re.M)
    }
    assert sorted(names - CALLS.keys()) == []
