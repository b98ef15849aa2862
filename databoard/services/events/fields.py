"""What may be changed of an event by hand: names, bounds, how a form asks for it. `changing` writes it."""

from databoard.models import Event
from databoard.services.base.setters import Field, flag, moment, size, whole

_FLAG, _DATE = "True or False", "a time such as 2026-12-01T12:00 in the zone of the event, or none"
DAY_S = 86_400


def fields(event: Event) -> dict[str, Field]:
    """Return what may be changed of `event`, by name, in the order of its form."""
    read_date = moment(event.time_zone)
    listed = (
        Field("is_public", "Everybody sees it", flag, _FLAG, "flag"),
        Field("is_featured", "First on the home page", flag, _FLAG, "flag", is_for_admins=True),
        Field("is_frozen", "Frozen: takes no submission, what waits goes on waiting", flag, _FLAG, "flag"),
        Field("is_controlled_signup", "Organisers approve who joins", flag, _FLAG, "flag"),
        Field("opens_at", "Opens", read_date, _DATE, "moment"),
        Field("public_opens_at", "Code becomes visible", read_date, _DATE, "moment"),
        Field("closes_at", "Closes", read_date, _DATE, "moment"),
        _number("min_duration_between_submissions_s", "Seconds between submissions", 0, 30 * DAY_S),
        _number("max_attempts_per_day", "Submissions of a team a day; 0: no limit", 0, 100_000),
        _number("max_scored_per_day", "Scored of these; 0: no limit", 0, 100_000),
        _number("max_members_per_team", "Members of a team", 1, 1000),
        Field(
            "quota",
            "Bytes that its teams may keep; 0: no limit",
            size,
            "a size such as 45GB",
            is_for_admins=True,
        ),
        _number("max_n_ensemble", "Submissions in a blend", 1, 10_000),
        _number("wall_time_limit_s", "Seconds that one fold may take", 1, 7 * DAY_S, is_for_admins=True),
        _number("memory_limit_bytes", "Bytes of memory of one fold", 1 << 26, 1 << 42, is_for_admins=True),
    )
    return {field.name: field for field in listed}


def _number(name: str, title: str, minimum: int, maximum: int, *, is_for_admins: bool = False) -> Field:
    expected = f"a whole number from {minimum} to {maximum}"
    return Field(name, title, whole(minimum, maximum), expected, "number", is_for_admins=is_for_admins)
