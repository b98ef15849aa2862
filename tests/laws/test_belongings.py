"""Laws of what belongs: nothing left to do, no machine, no host, every requirement pinned."""

import re

from tests.laws.tree import ROOT, committed, texts


def found(pattern, *exempt):
    return [
        f"{name}: {match}"
        for name, text in texts(*exempt).items()
        if "gallery" not in name.parts  # attacks name what they attack
        for match in re.findall(pattern, text)
    ]


def test_nothing_is_left_to_do_or_skipped():
    words = (
        r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b|pytest\.(?:mark\.)?(?:sk" r"ip|xf" r"ail)\w*|unittest\.sk" r"ip"
    )
    assert found(words, "tools/assets/package-lock.json") == []


def test_no_committed_file_knows_a_machine():
    assert found(r"/wo" r"rk/\w+|/tmp/pl" r"an|/ro" r"ot/\w+") == []


def test_requirements_and_lock_files_name_no_host():
    names = [
        path
        for path in committed()
        if re.fullmatch(r"requirements.*\.(txt|in)|package(-lock)?\.json", path.name)
    ]
    hosts = {
        path.name: re.findall(r"^-.*index.*|https?://\S+", path.read_text(), re.M)
        for path in names
        if path.name != "package-lock.json"
    }
    locks = [path.read_text() for path in names if path.name == "package-lock.json"]
    assert len(names) >= 5
    assert [host for found in hosts.values() for host in found] == []
    assert [line for text in locks for line in text.splitlines() if '"resolved"' in line] == []


def test_every_requirement_is_pinned_and_hashed():
    for name in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=[A-Za-z])", (ROOT / name).read_text().strip())
        wanted = [block for block in blocks if not block.startswith("#")]
        assert wanted
        assert [
            block.split()[0] for block in wanted if "==" not in block or "--hash=sha256:" not in block
        ] == []
