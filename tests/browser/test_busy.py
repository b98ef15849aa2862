"""A server whose database is busy: nothing that a student typed is lost."""

import sqlite3

import pytest
from playwright.sync_api import expect

from databoard.services.base import database


@pytest.fixture
def busy(home, monkeypatch):
    """Return a connection that can hold SQLite's write lock, for longer than the server waits."""
    monkeypatch.setattr(database, "SQLITE_BUSY_TIMEOUT_MS", 100)
    connection = sqlite3.connect(home / "databoard.db", isolation_level=None)
    yield connection
    connection.close()


def test_code_typed_while_the_server_is_busy_is_saved_and_submitted_later(busy, open_browser):
    page = open_browser(login="alice")
    page.goto("/events/iris_test/sandbox")
    page.locator(".editor .cm-content").click()
    page.keyboard.type("# typed while busy\n")
    busy.execute("BEGIN IMMEDIATE")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved: the server is busy. What you typed is still here")).to_be_visible()
    page.get_by_label("Submission name").fill("patient")
    page.get_by_role("button", name="Save and submit").click()
    expect(page.get_by_role("heading", name="The server is busy")).to_be_visible()
    busy.execute("ROLLBACK")
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("link", name="patient").first.click()
    expect(page.get_by_text("# typed while busy")).to_be_visible()
