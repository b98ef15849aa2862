"""What may be changed of an account by hand, and how a form asks for it. `changing` writes it."""

from databoard.services.base.setters import Field, flag, size_or_default
from databoard.services.people import accounts
from databoard.states import AccessLevel

FIELDS = {
    field.name: field
    for field in (
        Field(
            "access_level",
            "Level",
            AccessLevel,
            f"one of {', '.join(AccessLevel)}",
            "choice",
            tuple(str(level) for level in AccessLevel),
        ),
        Field("is_banned", "Banned: may not log in; what waits is cancelled", flag, "True or False", "flag"),
        Field(
            "quota",
            "Bytes that it may keep",
            size_or_default,
            "a size such as 45GB, x3 of a quota of its own, or default",
        ),
        Field("email", "E-mail", accounts.checked_email, "an e-mail address"),
        Field("password", "New password", str, "a password", "password", is_secret=True),
    )
}
