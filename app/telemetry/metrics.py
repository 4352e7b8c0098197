"""All metrics of the service, by prometheus-client, across its workers.

Imported after the fork only, as a metric is kept in a file of the process that makes it.
"""

from __future__ import annotations

import collections
import time
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

from app.recognition.contract import READER
from app.telemetry import values
from app.telemetry.values import MODEL

if TYPE_CHECKING:
    from app.recognition.model import Model
    from app.recognition.reader import Reading
    from app.recognition.recogniser import Prediction
    from app.telemetry.shared import Place

One = TypeVar("One", "Prediction", "Reading")

values.use()  # before the first metric is made

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1)
ANSWERS = (*"0123456789", "blank", "not_a_digit")
READINGS = ("number", "blank", "no_number")
STAGES = ("decode", "normalise", "queue", "infer", "encode")

requests = Counter("digits_requests", "Requests answered", ("route", "status"))
durations = Histogram(
    "digits_request_duration_seconds", "Time from headers to answer", ("route",), buckets=SECONDS
)
rejections = Counter("digits_rejections", "Requests refused, by problem code", ("reason",))
queue_depth = Gauge(
    "digits_queue_depth", "Requests waiting for a thread", multiprocess_mode="livesum"
)
in_flight = Gauge("digits_in_flight", "Requests being worked on", multiprocess_mode="livesum")
stages = Histogram(
    "digits_stage_duration_seconds", "Time in a stage", (*MODEL, "stage"), buckets=SECONDS
)
batches = Histogram("digits_batch_size", "Pictures in a request", MODEL, buckets=SIZES)
answers = Counter("digits_answers", "Pictures by their digit or rejection", (*MODEL, "answer"))
confidences = Histogram(
    "digits_confidence", "Confidence of digits and of numbers", MODEL, buckets=SHARES
)
digitness = Histogram("digits_digitness", "Digitness score of pictures", MODEL, buckets=SHARES)
failures = Counter("digits_failed_inferences", "Requests a model could not answer", MODEL)
failed_time = Counter("digits_failed_inference_seconds", "Seconds spent on those requests", MODEL)
last_inference = Gauge(
    "digits_last_inference_timestamp_seconds",
    "When a model last answered",
    MODEL,
    multiprocess_mode="livemax",
)
OF_A_VERSION = (
    stages,
    batches,
    answers,
    confidences,
    digitness,
    failures,
    failed_time,
    last_inference,
)


class ModelMeter(Generic[One]):
    """The metrics of one version of one model, looked up once instead of at each request."""

    kinds: tuple[str, ...]  # of answers

    def __init__(self, model: str, version: str) -> None:
        labels = (model, version)
        self._stages = [stages.labels(*labels, stage) for stage in STAGES]
        self._batches = batches.labels(*labels)
        self._answers = {answer: answers.labels(*labels, answer) for answer in self.kinds}
        self._confidences = confidences.labels(*labels)
        self._failures = failures.labels(*labels)
        self._failed_time = failed_time.labels(*labels)
        self._last = last_inference.labels(*labels)

    def count(self, predictions: Sequence[One], seconds: Sequence[float]) -> None:
        """Count a request by its ``predictions`` and by the ``seconds`` of each of ``STAGES``."""
        for stage, took in zip(self._stages, seconds, strict=True):
            stage.observe(took)
        self._batches.observe(len(predictions))
        if len(predictions) == 1:
            self._count(predictions[0])
        else:
            self._count_all(predictions)
        self._last.set(time.time())

    def count_failure(self, seconds: float) -> None:
        """Count a request that failed after so many ``seconds``."""
        self._failures.inc()
        self._failed_time.inc(seconds)

    def _answer(self, one: One) -> str:
        raise NotImplementedError

    def _count(self, one: One) -> None:
        self._answers[self._answer(one)].inc()
        if not one.rejected:
            self._confidences.observe(one.confidence)

    def _count_all(self, predictions: Sequence[One]) -> None:
        _observe_all(self._confidences, [one.confidence for one in predictions if not one.rejected])
        answers = collections.Counter(self._answer(one) for one in predictions)
        for answer, number in answers.items():
            self._answers[answer].inc(number)


class Meter(ModelMeter["Prediction"]):
    """The metrics of a model that classifies digits."""

    kinds = ANSWERS

    def __init__(self, model: str, version: str) -> None:
        super().__init__(model, version)
        self._digitness = digitness.labels(model, version)

    def _answer(self, one: Prediction) -> str:
        return one.rejected or str(one.digit)

    def _count(self, one: Prediction) -> None:
        self._digitness.observe(one.digitness)
        super()._count(one)

    def _count_all(self, predictions: Sequence[Prediction]) -> None:
        _observe_all(self._digitness, [one.digitness for one in predictions])
        super()._count_all(predictions)


class ReaderMeter(ModelMeter["Reading"]):
    """The metrics of a model that reads whole numbers."""

    kinds = READINGS

    def _answer(self, one: Reading) -> str:
        return one.rejected or "number"


def _observe_all(histogram: Histogram, observed: Sequence[float]) -> None:
    """Observe many values, changing each bucket once; prometheus-client takes one value a call."""
    places = [bisect_left(histogram._upper_bounds, value) for value in observed]
    for place in set(places):
        histogram._buckets[place].inc(places.count(place))
    histogram._sum.inc(sum(observed))


_meters: dict[Place, ModelMeter[Any]] = {}


def meter(model: Model) -> ModelMeter[Any]:
    """Return the metrics of ``model``'s version."""
    place = (model.name, model.version)
    made = _meters.get(place)
    if made is None:
        kind = ReaderMeter if model.kind == READER else Meter
        made = _meters.setdefault(place, kind(*place))
    return made


def keep(served: Collection[Place]) -> None:
    """Drop the metrics of versions that are not ``served``; they would add up for ever."""
    gone = set(_meters) - set(served)
    for place in gone:
        del _meters[place]
        for family in OF_A_VERSION:
            family.remove_by_labels(dict(zip(MODEL, place, strict=True)))
    values.drop(gone)
