"""Services for the tests of the page: with a reader, which knows ten lines, and without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import serving
from tests.support.browser import expect_read
from tests.support.models import publish
from tests.support.readers import publish_reader


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """Open the page as the fixture ``page`` does; its sample is read, so that nothing moves."""
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(url)
        expect_read(page, 3)
        yield page


@pytest.fixture(scope="package")
def reading_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the service with a reader."""
    models: Path = tmp_path_factory.mktemp("models")
    publish(models, 1)
    publish_reader(models, 1)
    with serving("make", "serve", DIGITS_MODELS_DIR=str(models)) as url:
        yield url


@pytest.fixture
def reading_page(browser: Browser, reading_url: str) -> Iterator[Page]:
    """Open the page of a service with a reader."""
    with opened(browser, reading_url) as page:
        yield page


@pytest.fixture
def plain_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open the page of a service without a reader."""
    models: Path = tmp_path_factory.mktemp("models")
    publish(models, 1)
    with serving("make", "serve", DIGITS_MODELS_DIR=str(models)) as url, opened(browser, url) as p:
        yield p
