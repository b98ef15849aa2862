"""A terminal in memory, and what a person sees on it."""

import io
import re


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def kept(text):
    """Return the lines that a terminal shows in the end: what was drawn over or erased is gone."""
    lines, row = [""], 0
    for control, character in re.findall(r"\x1b\[([0-9;?]*[A-Za-z])|(.|\n)", text):
        if control.endswith("A"):
            row -= int(control[:-1] or 1)
        elif control == "2K":
            lines[row] = ""
        elif character == "\r":
            pass  # what follows erases the line
        elif character == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif not control:
            lines[row] += character
    return [line.rstrip() for line in lines if line.strip()]
