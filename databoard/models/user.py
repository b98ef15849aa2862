"""People and how often they failed to log in."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import BigInteger, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from databoard.models.base import Base, state_type
from databoard.states import AccessLevel

if TYPE_CHECKING:
    from databoard.models.event import EventAdmin
    from databoard.models.team import TeamMember


class UserColumns(Protocol):
    """What `UserRules` reads of a user."""

    @property
    def name(self) -> str:
        """Return the login name."""

    @property
    def firstname(self) -> str:
        """Return the first name, empty when it is not known."""

    @property
    def lastname(self) -> str:
        """Return the last name, empty when it is not known."""

    @property
    def access_level(self) -> AccessLevel:
        """Return what the account may do."""


class UserRules:
    """What follows from the columns of a user, for its row and for what was read of it."""

    @property
    def is_admin(self: UserColumns) -> bool:
        return self.access_level is AccessLevel.admin

    @property
    def is_approved(self: UserColumns) -> bool:
        return self.access_level is not AccessLevel.asked

    @property
    def fullname(self: UserColumns) -> str:
        return f"{self.firstname} {self.lastname}".strip() or self.name


class User(UserRules, Base):
    """A person with a login. Signing up also makes a team of the same name with this one member."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    login: Mapped[str] = mapped_column(
        String(20), unique=True
    )  # the name in lower case: Alice and alice are one
    password_hash: Mapped[str] = mapped_column(String(255))
    firstname: Mapped[str] = mapped_column(String(80), default="")
    lastname: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    bio: Mapped[str] = mapped_column(String(1024), default="")
    website_url: Mapped[str] = mapped_column(String(255), default="")
    github_url: Mapped[str] = mapped_column(String(255), default="")
    linkedin_url: Mapped[str] = mapped_column(String(255), default="")
    hidden_notes: Mapped[str] = mapped_column(String(4096), default="")  # for admins only
    is_want_news: Mapped[bool] = mapped_column(default=True)
    access_level: Mapped[AccessLevel] = mapped_column(state_type(AccessLevel, "access_level"))
    is_banned: Mapped[bool] = mapped_column(default=False, server_default=false())  # may not log in
    quota: Mapped[int | None] = mapped_column(  # bytes that it may keep; None: DATABOARD_USER_QUOTA
        "quota_bytes", BigInteger
    )
    session_key: Mapped[str] = mapped_column(String(32))  # a new one ends every open session
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    memberships: Mapped[list["TeamMember"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
    event_admins: Mapped[list["EventAdmin"]] = relationship(
        back_populates="admin", cascade="all, delete-orphan"
    )

    __table_args__ = (Index("ix_users_access_level_created_at", "access_level", "created_at"),)

    @validates("name")
    def _set_login(self, key: str, name: str) -> str:
        self.login = name.lower()
        return name


class LoginFailure(Base):
    """One login that did not succeed (yet), or one sign-up, counted by `services.throttling` to slow guessing."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(String(64))  # SHA-256 of what is counted, such as login and address
    failed_at: Mapped[datetime]

    __table_args__ = (Index("ix_login_failures_key_failed_at", "key", "failed_at"),)
