"""The warm jails of one machine: a zygote per kit and environment, and spare cells walled in advance.

An executor holds one :class:`WarmJails`; folds of several threads ask it. Where the machine lets nobody nest user
namespaces, zygotes hold the capabilities that their cells are made with. From a kit that starts threads nothing can
be forked: each of its spares is a jail of its own that warms up by itself. In mode ``none`` every run starts cold.
"""

import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from databoard import jail
from databoard.errors import JailError
from databoard.jail import JailReport, Limits, Recipe, SingleUse, Zygote, ZygoteKilled
from databoard.runner.warm_kit import Files, Warm, surplus
from databoard.runner.warm_room import WarmRoom

MAX_ZYGOTES = 8
#: A zygote is replaced after so many cells, when its memory grew by so much, or when nobody asked for so long.
MAX_CELLS, MAX_GROWTH, IDLE_S = 2000, 1.5, 600.0
#: After so long a kit may have a better zygote: what was in the way may be gone.
RETRY_S = 3600.0
_TIDY_EVERY_S = 30.0
_log = logging.getLogger(__name__)
_Key = tuple[Recipe, Files]  # of what is warm: what runs, and what it loaded
_Wish = tuple[_Key, Limits] | tuple[_Key, Limits, bool]  # a spare to make; one more beside one made just now


class WarmJails:
    """Run things in jails, warm where the machine allows it. Safe for threads.

    Parameters
    ----------
    n_spares : int
        As many as folds run at once. So many cells and one more, for a check, are held ready for each zygote. Where
        each spare warms up by itself it is so many for all kits together, and the next ones are made as soon as one
        is taken.
    min_level : {"A", "B"}
        With A a kit for which there can be no zygote does not run at all.
    room : WarmRoom, optional
        The memory that it shares with others; of its own by default.
    """

    def __init__(self, n_spares: int, min_level: str = "B", room: WarmRoom | None = None) -> None:
        self._n_spares, self._min_level, self._room = n_spares, min_level, room or WarmRoom()
        self._room.count(self._used_bytes)
        self._warm: dict[_Key, Warm] = {}
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._helper: threading.Thread | None = None
        self._is_closed = False
        self._endings = ThreadPoolExecutor(n_spares, thread_name_prefix="ending")

    def run(
        self,
        recipe: Recipe,
        *,
        shared: Files,
        own: Files,
        reader: jail.Reader,
        limits: Limits,
        mode: str,
        cancelled: threading.Event,
    ) -> JailReport:
        """Run a module as :func:`databoard.jail.run` does; the same objects in `shared` mean the same zygote."""
        if mode == "bubblewrap":
            return self._run_warm((recipe, shared), own, reader, limits, cancelled)
        return jail.run(
            recipe.module,
            reader=reader,
            parts=recipe.parts,
            inputs=tuple(sealed.descriptor for sealed in (*shared, *own)),
            limits=limits,
            mode=mode,
            interpreter=recipe.interpreter,
            cancelled=cancelled,
        )

    def warm_up(self, recipe: Recipe, *, shared: Files, limits: Limits) -> None:
        """Start the zygote of a kit and its spares, ahead of the first run; one that is there counts as used now."""
        key = (recipe, shared)
        warm = self._take(key, limits)
        self._give_back(key, warm)
        for _ in range(self._n_spares):
            self._wish(key, limits)

    def close(self) -> None:
        """End every zygote, spare and helper."""
        self._endings.shutdown()
        if self._helper is not None:
            self._wishes.put(None)
            self._helper.join()
            self._helper = None
        with self._lock:
            self._is_closed = True  # what a warm-up starts in this moment ends at once
            gone, self._warm = list(self._warm.values()), {}
        for warm in gone:
            warm.close()

    def _run_warm(
        self, key: _Key, own: Files, reader: jail.Reader, limits: Limits, cancelled: threading.Event
    ) -> JailReport:
        jail.copy_of(key[0].interpreter)  # where there is no copy, files are read again that left the memory
        warm, is_left = self._take(key, limits), False

        def later(end: Callable[[], None]) -> None:
            nonlocal is_left
            self._endings.submit(self._end, key, warm, end)
            is_left = True

        try:
            cell = self._cell(warm, limits)
            if warm.is_single_use:
                self._wish(key, limits)  # it takes longer to warm up than most folds run
            report = jail.run_in(
                cell,
                reader=reader,
                inputs=tuple(sealed.descriptor for sealed in own),
                limits=limits,
                cancelled=cancelled,
                later=later,
            )
        finally:
            if not is_left:
                self._give_back(key, warm)
        self._wish(key, limits)
        return report

    def _end(self, key: _Key, warm: Warm, end: Callable[[], None]) -> None:
        """End a cell whose run has come to its end; with one that does not end goes its zygote."""
        try:
            end()
        except Exception as error:  # a thread has nobody to raise to
            _log.error("a run that was over did not end, its zygote is ended: %s", error)
            with self._lock:
                if self._warm.get(key) is warm:
                    del self._warm[key]
        finally:
            self._give_back(key, warm)

    def _take(self, key: _Key, limits: Limits) -> Warm:
        """Return the warm zygote of a kit, started when there is none; it is counted as in use."""
        with self._starting:  # several folds of a new kit wait for one zygote
            with self._lock:
                warm = self._warm.get(key)
                if warm is not None and _is_good(warm):
                    warm.n_running += 1
                    return warm
                old = self._warm.pop(key, None)
                is_idle = old is not None and not old.n_running  # else the last that gives it back ends it
            if old is not None and is_idle:
                old.close()
            self._make_room()
            warm = _start(*key, limits, min_level=self._min_level)
            with self._lock:
                warm.n_running += 1
                if not self._is_closed:
                    self._warm[key] = warm
            return warm

    def _give_back(self, key: _Key, warm: Warm) -> None:
        with self._lock:
            warm.n_running -= 1
            warm.used_at_s = time.monotonic()
            is_orphan = self._warm.get(key) is not warm and not warm.n_running
        if is_orphan:  # it was replaced while it ran
            warm.close()

    def _cell(self, warm: Warm, limits: Limits) -> jail.RunCell:
        with self._lock:
            spares = warm.spares.get(limits, [])
            cell = spares.pop(0) if spares else None  # the one that had most time to warm up
        if cell is not None:
            if not cell.has_ended():
                return cell
            cell.close()
        return warm.zygote.cell(limits)

    def _wish(self, key: _Key, limits: Limits) -> None:
        with self._lock:
            if self._helper is None:
                self._helper = threading.Thread(target=self._help, name="jails", daemon=True)
                self._helper.start()
        self._wishes.put((key, limits))

    def _help(self) -> None:
        """Make spares that were wished for; end what nobody used for long."""
        while True:
            wish: _Wish | tuple[()] | None = ()
            with contextlib.suppress(queue.Empty):
                wish = self._wishes.get(timeout=_TIDY_EVERY_S)
            if wish is None:
                return
            try:
                self._make_spare(*wish) if wish else self._tidy()
            except Exception as error:  # also of the system: the next wish may do better
                _log.warning("no spare jail: %s", error)

    def _make_spare(self, key: _Key, limits: Limits, is_one_more: bool = False) -> None:
        """Make a spare; `is_one_more` beside one made just now, unless a run with other limits came since."""
        with self._lock:
            warm = self._warm.get(key)
            if warm is not None and is_one_more and limits not in warm.spares:
                return
            if warm is None or len(warm.spares.get(limits, ())) >= self._n_spares + 1 or not _is_good(warm):
                return
            warm.n_running += 1
            old = surplus(warm, self._warm.values(), self._n_spares + 1) if warm.is_single_use else []
        try:
            for spare in old:
                spare.close()
            cell = warm.zygote.cell(limits)
            with self._lock:
                # Spares with the limits of another event would only wait.
                old = [spare for other, spares in warm.spares.items() if other != limits for spare in spares]
                warm.spares = {limits: [*warm.spares.get(limits, []), cell]}
            for spare in old:
                spare.close()
        finally:
            self._give_back(key, warm)
        if warm.is_single_use:
            self._wishes.put((key, limits, True))  # until there are enough

    def _make_room(self) -> None:
        """End zygotes, the one that was used longest ago first, until there is room for one more."""
        while len(self._warm) >= MAX_ZYGOTES or self._room.is_full(len(self._warm)):
            with self._lock:
                idle = [(warm.used_at_s, key) for key, warm in self._warm.items() if not warm.n_running]
                if not idle:
                    return
                gone = self._warm.pop(min(idle, key=lambda one: one[0])[1])
            gone.close()

    def _used_bytes(self) -> int:
        with self._lock:
            return sum(warm.zygote.used_bytes() for warm in self._warm.values() if warm.zygote.is_alive())

    def _tidy(self) -> None:
        oldest_s = time.monotonic() - IDLE_S
        with self._lock:
            idle = [k for k, warm in self._warm.items() if not warm.n_running and warm.used_at_s < oldest_s]
            gone = [self._warm.pop(key) for key in idle]
        for warm in gone:
            warm.close()


def _start(recipe: Recipe, shared: Files, limits: Limits, *, min_level: str) -> Warm:
    """Start a zygote and make its first cell; where that cannot be, jails of one run each take its place.

    Raises
    ------
    JailError
        If not even those can be started, or they are not wall enough; or if the zygote was killed.
    """
    for is_holding in (False, True):
        try:
            return _with_zygote(recipe, shared, limits, is_holding=is_holding)
        except ZygoteKilled:
            raise  # by a machine out of memory, say: the next one may live
        except JailError as error:
            if min_level == "A":
                raise
            refusal = error
        if not isinstance(refusal, jail.InnerWallError):
            break  # no matter of walls: the kit starts threads, so nothing can be forked from it
        _log.warning("user namespaces do not nest here: %s", refusal)
    _log.warning("no zygote for this kit, each run warms up by itself: %s", refusal)
    single = SingleUse(recipe, shared)
    spare, now_s = single.cell(limits), time.monotonic()
    return Warm(single, shared, 0, {limits: [spare]}, used_at_s=now_s, until_s=now_s + RETRY_S)


def _with_zygote(recipe: Recipe, shared: Files, limits: Limits, *, is_holding: bool) -> Warm:
    zygote = Zygote(recipe, tuple(sealed.descriptor for sealed in shared), is_holding=is_holding)
    try:
        spare, now_s = zygote.cell(limits), time.monotonic()
    except BaseException:
        zygote.close()
        raise
    until_s = now_s + RETRY_S if is_holding else math.inf
    return Warm(zygote, shared, zygote.used_bytes(), {limits: [spare]}, used_at_s=now_s, until_s=until_s)


def _is_good(warm: Warm) -> bool:
    zygote = warm.zygote
    return (
        zygote.n_cells < MAX_CELLS
        and time.monotonic() < warm.until_s
        and zygote.is_alive()
        and zygote.used_bytes() <= MAX_GROWTH * max(warm.first_bytes, 64 << 20)
    )
