"""The use-cases and every rule. Functions take the session first, flush, never commit; the clock is passed in."""
