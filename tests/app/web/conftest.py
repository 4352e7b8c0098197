"""What the tests of the page start from: a browser, and the page open in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import browsing, find_browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run a real Chromium; without one, skip, and in CI fail."""
    executable = find_browser()
    if executable is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("no Chromium here: install Debian's package chromium-headless-shell")
    with browsing(str(executable)) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, service_url: str) -> Iterator[Page]:
    """Open the page with reduced motion, so that its sample is there at once."""
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(service_url)
        yield page
