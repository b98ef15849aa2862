"""What somebody may see and do in an event: the rules of pages, JSON and command line.

The rules read a few facts and never ask the database. `access` reads these facts with the rows of user, event and
team; `viewers` reads nothing else. An anonymous visitor is `user` None.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Asker(Protocol):
    """A user who asks for something."""

    @property
    def id(self) -> int:
        """Return the number of the user."""

    @property
    def is_approved(self) -> bool:
        """Return whether the account was let in."""

    @property
    def is_admin(self) -> bool:
        """Return whether the user is an admin of the site."""


class EventFacts(Protocol):
    """What the rules read of an event."""

    @property
    def is_public(self) -> bool:
        """Return whether all approved people may enter."""

    def is_closed(self, now: datetime) -> bool:
        """Return whether the event has ended."""

    def is_code_open(self, now: datetime) -> bool:
        """Return whether participants read each other's code."""


class OwnTeam(Protocol):
    """The team of somebody in an event."""

    @property
    def id(self) -> int:
        """Return the number of the team in the event."""

    @property
    def is_approved(self) -> bool:
        """Return whether it was let in."""


class OfTeam(Protocol):
    """A submission, or the row of one on a board."""

    @property
    def event_team_id(self) -> int:
        """Return the number of its team in the event."""


@dataclass(frozen=True)
class EventRights:
    """What decides what a user may see and do in an event. It holds what was true when it was read.

    Attributes
    ----------
    user : Asker or None
        None for an anonymous visitor.
    event_team : OwnTeam or None
        The team with which the user takes part, approved or waiting.
    is_event_admin : bool
        Whether the user runs the event: its admin, or an admin of the site.
    """

    user: Asker | None
    event: EventFacts
    event_team: OwnTeam | None
    is_event_admin: bool

    @property
    def is_participant(self) -> bool:
        """Whether the user is in a team that was let into the event."""
        return self.event_team is not None and self.event_team.is_approved

    @property
    def can_read_event(self) -> bool:
        """Whether the user may read the description: anybody for a public event."""
        return self.event.is_public or self.can_enter

    @property
    def can_enter(self) -> bool:
        """Whether the user may see boards and sign up: approved people for a public event, else its own people."""
        if self.user is None or not self.user.is_approved:
            return False
        return self.event.is_public or self.is_event_admin or self.event_team is not None

    def can_see_private_board(self, now: datetime) -> bool:
        """Whether the user may see test scores: those who run the event, and after closing all who may enter."""
        return self.is_event_admin or (self.event.is_closed(now) and self.can_enter)

    @property
    def own_event_team_id(self) -> int | None:
        """The number of the team whose submissions are the user's own; None without one."""
        own = self.event_team
        return own.id if own is not None and self._is_member else None

    def is_own(self, submission: OfTeam) -> bool:
        """Whether the submission is of the user's team."""
        return submission.event_team_id == self.own_event_team_id

    def can_see_code(self, submission: OfTeam, now: datetime) -> bool:
        """Whether the user may read a submission of the event: its team and the admins; others in the open phase."""
        return self.is_own(submission) or self.can_see_all_code(now)

    def can_see_all_code(self, now: datetime) -> bool:
        """Whether the user may read every submission of the event: its admins; in the open phase its members."""
        return self.is_event_admin or (self._is_member and self.event.is_code_open(now))

    def can_cancel(self, submission: OfTeam) -> bool:
        """Whether the user may cancel the submission while it waits or runs: its team, and who runs the event."""
        return self._is_theirs(submission)

    def can_see_printed(self, submission: OfTeam) -> bool:
        """Whether the user may read what the submission printed: its team, and who runs the event; nobody else."""
        return self._is_theirs(submission)

    @property
    def can_read_teaching(self) -> bool:
        """Whether the user may read the teaching materials: participants, and who runs the event."""
        return self.is_event_admin or self._is_member

    @property
    def _is_member(self) -> bool:
        return self.user is not None and self.user.is_approved and self.is_participant

    def _is_theirs(self, submission: OfTeam) -> bool:
        return self.is_event_admin or self.is_own(submission)


def is_admin(user: Asker | None) -> bool:
    """Whether the user is an admin of the site."""
    return user is not None and user.is_admin


def runs_event(user: Asker | None, *, is_listed: bool) -> bool:
    """Whether the user runs an event: one of its admins (`is_listed`), or an admin of the site."""
    return user is not None and user.is_approved and (user.is_admin or is_listed)
