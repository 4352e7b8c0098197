"""What the tests of the inference protocol start from: the live service with several models."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.conftest import serving
from tests.support.models import publish
from tests.support.readers import publish_reader


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start two workers with good models, a reader and a broken one.

    Clients may load and unload them.
    """
    models = tmp_path_factory.mktemp("models")
    for name, version in (("digits", 1), ("digits", 2), ("other", 1)):
        publish(models, version, name)
    publish_reader(models, 1)
    (models / "broken" / "1").mkdir(parents=True)
    environment = {"DIGITS_WORKERS": "2", "DIGITS_MODEL_CONTROL": "on"}
    with serving(sys.executable, "-m", "app", DIGITS_MODELS_DIR=str(models), **environment) as url:
        yield url
