"""Train a network on MNIST, check it and publish it.

python -m training                       # the default network, ten minutes on two cores
python -m training --epochs 2 --no-publish
python -m training --help                # every setting
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from training import data, export
from training.calibrate import Calibration, fit_temperature, fit_threshold
from training.card import Findings, make_card
from training.config import Places, TrainConfig, parse
from training.evaluate import score
from training.fit import EpochResult, Examples, Learner, answer, fit
from training.negatives import draw_negatives
from training.networks import count_weights
from training.publish import next_version, publish

NEGATIVES = 12_000
UNSEEN_NEGATIVES = 2_000
PARITY_DIGITS = 1_024


def main(arguments: Sequence[str]) -> int:
    """Run the training command; return the exit status."""
    config, places = parse(arguments)
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True)
    try:
        train(config, places)
    except (data.DataError, export.ExportError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def train(config: TrainConfig, places: Places) -> None:
    """Configure, load, fit, calibrate, export, evaluate, publish."""
    learner = Learner(config)
    folder = data.find(places.data_dir)
    digits = data.load(folder, "train")
    parts = data.stratified_split(digits.labels, config.validation, config.seed)
    training, validation = (digits.take(part) for part in parts)
    negatives = draw_negatives(NEGATIVES, training.images, config.seed)
    unseen = draw_negatives(UNSEEN_NEGATIVES, validation.images, config.seed + 1)

    say(f"{config.network}: {count_weights(learner.net):,} weights, {len(training):,} digits")
    say("epoch  train loss  accuracy  validation loss  accuracy      rate  seconds")
    begun = time.perf_counter()
    learning_from, judged_on = (to_examples(part, config.device) for part in (training, validation))
    for result in fit(learner, learning_from, judged_on, to_pictures(negatives, config.device)):
        say(row(result))
    seconds = time.perf_counter() - begun

    calibration = calibrate(learner, judged_on, to_pictures(unseen, config.device))
    servable = export.Servable(learner.learned, calibration.temperature)
    version = next_version(places.models_dir, config.name)
    metadata = export.make_metadata(
        config.name, version, calibration.threshold, data.training_data_sha256()
    )
    model = export.to_onnx(servable, metadata)
    parity = export.check_parity(servable, model, validation.images[:PARITY_DIGITS])

    test = data.load(folder, "t10k")  # the only use of the test set
    session = export.open_session(model)
    scores = [
        score(export.run(session, part.images, 500), part.labels, calibration.threshold)
        for part in (validation, test)
    ]
    rejected = export.run(session, unseen, 500).digitness < calibration.threshold
    findings = Findings(
        parameters=count_weights(learner.net),
        calibration=calibration,
        validation=scores[0],
        test=scores[1],
        negatives_rejected=float(rejected.mean()),
        parity=parity,
        training_seconds=seconds,
    )
    say(
        f"validation {scores[0]}\ntest       {scores[1]}\nnon-digits rejected {rejected.mean():.2%}"
    )
    if places.publish:
        card = make_card(config, version, findings)
        say(f"published {publish(places.models_dir, config.name, version, model, card)}")


def calibrate(learner: Learner, validation: Examples, negatives: torch.Tensor) -> Calibration:
    """Fit temperature and threshold on validation digits and on unseen non-digits."""
    digits = answer(learner.learned, validation.images)
    others = answer(learner.learned, negatives)
    return Calibration(
        fit_temperature(digits.logits, validation.labels),
        fit_threshold(digits.gate.sigmoid().cpu().numpy(), others.gate.sigmoid().cpu().numpy()),
    )


def to_examples(digits: data.Digits, device: str) -> Examples:
    """Put ``digits`` on ``device`` for good."""
    return Examples(to_pictures(digits.images, device), torch.from_numpy(digits.labels).to(device))


def to_pictures(images: NDArray[np.float32], device: str) -> torch.Tensor:
    """Put ``images`` (n, 28, 28) on ``device`` as (n, 1, 28, 28)."""
    return torch.from_numpy(images).unsqueeze(1).to(device)


def row(result: EpochResult) -> str:
    """Write an epoch as a row of fixed width."""
    return (
        f"{result.epoch:5d}  {result.train_loss:10.4f}  {result.train_accuracy:8.2%}  "
        f"{result.validation_loss:15.4f}  {result.validation_accuracy:8.2%}  "
        f"{result.learning_rate:8.1e}  {result.seconds:7.1f}"
    )


def say(line: str) -> None:
    """Print ``line`` at once, also into a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
