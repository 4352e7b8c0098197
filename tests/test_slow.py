"""`make check` leaves out what starts something, and that alone: found through helpers, too."""

from __future__ import annotations

import subprocess

import pytest

from tests import conftest
from tests.support import browser, pictures
from tests.support.slow import STARTERS, uses
from tests.training import small_data


def starts_a_process():
    return subprocess.run


def starts_a_service():
    return lambda: conftest.serving("make", "serve")


def starts_a_browser():
    return browser.browsing("chromium")


def trains(material):
    return small_data.train(material)


def reads_a_picture():
    return pictures.read_mnist(), browser.find_browser()


@pytest.mark.parametrize("function", [starts_a_process, starts_a_service, starts_a_browser, trains])
def test_what_starts_something_is_found(function):
    assert uses([function], STARTERS)


def test_what_starts_nothing_is_quick():
    assert not uses([reads_a_picture], STARTERS)


def test_tests_are_marked_by_themselves(request):
    for item in request.session.items:
        is_marked = item.get_closest_marker("slow") is not None
        assert is_marked or not {"service_url", "browser", "whole"} & set(item.fixturenames)
