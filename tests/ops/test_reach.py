"""Who can open the site, in one line."""

import pytest

from databoard.ops.reach import reach


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_site_on_every_address_is_open_to_others_and_says_how_to_close_it(host):
    line = reach(host, 8080)
    assert line.startswith("http://localhost:8080/, and every machine that reaches this one on port 8080")
    assert "DATABOARD_HOST=127.0.0.1" in line and "\n" not in line


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("::1", "http://[::1]:80/"),
        ("localhost", "http://localhost:80/"),
    ],
)
def test_a_site_on_the_loopback_is_for_this_machine(host, url):
    assert reach(host, 80) == f"{url}, and only this machine can open it"


@pytest.mark.parametrize("host", ["192.0.2.7", "db.example.org", "2001:db8::1"])
def test_a_site_on_one_address_is_for_those_who_reach_it(host):
    assert "every machine that reaches this address can open it" in reach(host, 8080)
