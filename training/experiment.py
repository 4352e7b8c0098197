"""What follows a run's epochs: calibration, export, measurement, report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training import mnist
from training.epochs import to_pictures
from training.evaluation import scores
from training.evaluation.goals import Row, as_card
from training.evaluation.measure import Classifier, measure
from training.evaluation.scores import Reader
from training.evaluation.timing import time_model
from training.learning.calibrate import Calibration, fit_temperature, fit_threshold
from training.learning.fit import answer
from training.learning.learner import Learner
from training.learning.verdict import judge
from training.material import Material
from training.mnist import Digits, Scans, as_served
from training.networks import export
from training.networks.architectures import Answer, count_weights, describe, weight_layers
from training.runs import files
from training.runs.card import Findings, make_card
from training.runs.details import describe_history, describe_test
from training.runs.folder import Run
from training.runs.report import Story, write_report

PARITY_DIGITS = 1_024
BATCH = 500


@dataclass(frozen=True)
class TestData:
    """What a trained network is measured on: MNIST's test split, a folder of real ``pictures``.

    ``pictures`` may be None: then the table's rows of real pictures are left out.
    """

    scans: Scans
    pictures: Path | None

    @cached_property
    def digits(self) -> Digits:
        """The test digits as the service normalises them."""
        return Digits(as_served(self.scans.grey), self.scans.labels)

    def evaluate(self, classifier: Classifier) -> list[Row]:
        """Measure the project's table for ``classifier``."""
        rows = measure([classifier], self.scans, self.pictures)
        return [*rows, time_model(classifier.read, self.digits.images)]


@dataclass(frozen=True)
class Candidate:
    """A network that could be published: the ``model`` file and its ``card``."""

    folder: Path
    model: bytes
    card: dict[str, Any]
    findings: Findings
    test_data: TestData

    def full_card(self) -> dict[str, Any]:
        """Return the card with the project's table, which takes a minute to measure."""
        threshold = self.findings.calibration.threshold
        classifier = Classifier(self.card["name"], self.read, threshold)
        return self.card | {"table": as_card(self.test_data.evaluate(classifier))}

    @property
    def read(self) -> Reader:
        """Classify pictures with ONNX Runtime."""
        return partial(_read, export.open_session(self.model))


def conclude(
    learner: Learner, material: Material, test_data: TestData, run: Run, version: int
) -> Candidate:
    """Calibrate, export and verify the best network, score it on the test digits, report.

    Raises ``ExportError``. The run folder then holds model.onnx, card.json and the report.
    """
    network = learner.best_network()
    calibration = calibrate(learner, material)
    servable = export.Servable(network, calibration.temperature)
    metadata = export.make_metadata(
        learner.config.name, version, calibration.threshold, mnist.training_data_sha256()
    )
    model = export.to_onnx(servable, metadata)
    parity = export.check_parity(servable, model, material.validation.images[:PARITY_DIGITS])
    read = partial(_read, export.open_session(model))
    test = test_data.digits
    outputs = read(test.images)
    threshold = calibration.threshold
    validation = material.validation
    findings = Findings(
        parameters=count_weights(network),
        calibration=calibration,
        validation=scores.score(read(validation.images), validation.labels, threshold),
        test=scores.score(outputs, test.labels, threshold),
        negatives_rejected=float((read(material.held_out_negatives).digitness < threshold).mean()),
        parity=parity,
        epochs_run=len(learner.history),
        best_epoch=learner.best_epoch,
        training_seconds=sum(r.seconds for r in (*learner.history, *learner.fine_tuning)),
    )
    card = make_card(learner.config, version, model, findings)
    spent = {"training_seconds": str(card["training_seconds"])}
    run.write_json("environment.json", card["environment"] | spent)  # with the memory it took
    card |= describe_test(outputs, test) | describe_history(learner.history)
    files.write(run.folder / "model.onnx", model)
    story = Story(
        config=learner.config,
        layers=tuple(name for name, _ in weight_layers(network)),
        description=describe(network),
        history=learner.history,
        verdict=judge(learner.history),
        findings=findings,
        environment=card["environment"],
        test=test,
        outputs=outputs,
    )
    write_report(run.folder, story)
    run.write_json("card.json", card)
    return Candidate(run.folder, model, card, findings, test_data)


def calibrate(learner: Learner, material: Material) -> Calibration:
    """Fit the temperature on validation digits, the threshold on these, synthetic and negatives.

    The threshold is fitted on correctly classified digits: accepting a misclassified one gains
    nothing.
    """
    network, device = learner.best_network(), learner.config.device
    clean, synthetic = material.validation, material.held_out_synthetic
    answers = answer(network, to_pictures(clean.images, device))
    negatives = answer(network, to_pictures(material.held_out_negatives, device))
    others = answer(network, to_pictures(synthetic.images, device)) if synthetic else None
    return Calibration(
        fit_temperature(answers.logits.cpu(), torch.from_numpy(clean.labels)),
        fit_threshold(
            _digitness_where_correct(answers, clean),
            negatives.digitness_logit.sigmoid().cpu().numpy(),
            _digitness_where_correct(others, synthetic) if others and synthetic else None,
        ),
    )


def _digitness_where_correct(answers: Answer, digits: Digits) -> NDArray[np.float32]:
    """Return the digitness of the correctly classified ``digits``, or of all where none is."""
    is_right = answers.logits.argmax(1).cpu() == torch.from_numpy(digits.labels)
    chosen = is_right if is_right.any() else ~is_right
    digitness: NDArray[np.float32] = answers.digitness_logit.sigmoid().cpu()[chosen].numpy()
    return digitness


def _read(session: export.Session, images: NDArray[np.float32]) -> scores.Outputs:
    return export.run(session, images, BATCH)
