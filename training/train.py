"""``python -m training``: from flags to a published model, once or several times."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import torch

from app.recognition.recogniser import Recogniser
from training import mnist
from training.commands import parse_training, to_go_on
from training.config import ConfigError, TrainConfig
from training.epochs import Say, learn
from training.evaluation.compare import objections
from training.evaluation.examine import reader_of
from training.experiment import Candidate, TestData, conclude
from training.fine_tuning import fine_tune
from training.learning.learner import Learner
from training.learning.verdict import judge
from training.material import FEW, Material, divide, gather, stratified_folds
from training.networks.architectures import build, describe
from training.options import Options
from training.runs.folder import Run, RunError
from training.runs.publish import next_version, publish, refusal, served


def main(arguments: Sequence[str]) -> int:
    """Train as ``arguments`` say; return the exit status."""
    config, options = parse_training(arguments)
    prepare(config)
    folder = mnist.find(options.data_dir)
    if options.dry_run:
        return _rehearse(config, options, folder)
    if options.folds:
        return cross_validate(config, options, folder)
    material = gather(config, folder)
    candidates = [
        train_once(replace(config, seed=config.seed + i), options, material, folder)
        for i in range(options.seeds)
    ]
    best = max(candidates, key=lambda c: c.findings.validation.accuracy)
    if options.seeds > 1:
        print(_spread("test accuracy", [c.findings.test.accuracy for c in candidates]))
    if options.publish:
        print(offer(best, material, options))
    return _compare_with_target(best, options.target)


def prepare(config: TrainConfig) -> None:
    """Make PyTorch deterministic, and check that the network can be built before data is read.

    Raises ``ConfigError``.
    """
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch finds no GPU here, or was installed without CUDA")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, CUDA would refuse
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True)
    build(config)


def train_once(
    config: TrainConfig, options: Options, material: Material, folder: Path
) -> Candidate:
    """Make one run, new or resumed, from training to its report."""
    say = _speaker(options)
    learner = Learner(config)
    say(f"network {config.network}\n{describe(learner.net)}")
    say(f"{len(material.train):,} training digits, {len(material.validation):,} validation digits")
    run = _open_run(config, options, learner)
    try:
        learn(learner, material, run, say, bar=not options.quiet)
        fine_tune(learner, material, run, say, bar=not options.quiet)
    except KeyboardInterrupt:
        print(
            f"\nstopped; {len(learner.history)} epochs are saved. Continue with:\n"
            f"  {to_go_on(run.folder, options)}"
        )
        raise
    scans = mnist.load_scans(folder, "t10k", FEW if options.dry_run else None)  # read here only
    version = next_version(options.models_dir, config.name)
    candidate = conclude(learner, material, TestData(scans, options.pictures), run, version)
    say(judge(learner.history).sentence)
    print(_summary(candidate))
    return candidate


def cross_validate(config: TrainConfig, options: Options, folder: Path) -> int:
    """Train once for each fold; print the accuracy on the digits of the fold left out."""
    digits = mnist.load(folder, "train")
    accuracies = []
    splits = stratified_folds(digits.labels, options.folds, config.split)
    for number, parts in enumerate(splits, 1):
        learner = Learner(config)
        material = divide(digits, parts, config)
        learn(learner, material, None, _speaker(options), bar=not options.quiet)
        accuracies.append(learner.history[learner.best_epoch - 1].validation_accuracy)
        print(f"fold {number} of {options.folds}: {accuracies[-1]:.2%} of {len(parts[1]):,}")
    print(_spread("validation accuracy", accuracies))
    return 0


def offer(candidate: Candidate, material: Material, options: Options) -> str:
    """Publish ``candidate`` unless the served model is better; return what was done, and why."""
    name, version = candidate.card["name"], int(candidate.card["version"])
    current = served(options.models_dir, name)
    against = _held_against(candidate, current, material, options)
    if against:
        return f"not published, as {against}"
    _speaker(options)("measuring the network for its card, on ten robustness splits as well")
    card = candidate.full_card()
    folder = publish(options.models_dir, name, version, candidate.model, card)
    Run(candidate.folder).note_published(folder)
    back = f"roll back: rm -r {folder}" if current else "it is the first of its name"
    return f"published {folder} ({back})"


def _held_against(
    candidate: Candidate, current: Path | None, material: Material, options: Options
) -> str:
    """Return why ``candidate`` must not be published after ``current``; "" if it may."""
    unusable = refusal(candidate.folder)
    if unusable:
        return f"{unusable}\nThe network stays in {candidate.folder}"
    if not current or options.force:
        return ""
    reader = reader_of(Recogniser(current, device="cpu"))
    reasons = objections(reader, candidate.read, material.validation)
    if not reasons:
        return ""
    forced = to_go_on(candidate.folder, replace(options, force=True))
    return (
        f"{current} is better:\n  " + "\n  ".join(reasons) + "\n"
        f"The network stays in {candidate.folder}; publish it even so with\n  {forced}"
    )


def _rehearse(config: TrainConfig, options: Options, folder: Path) -> int:
    """Pass one batch through every step, in a temporary folder."""
    with tempfile.TemporaryDirectory() as scratch:
        elsewhere = replace(options, runs_dir=Path(scratch), publish=False)
        short = replace(
            config,
            epochs=1,
            fine_tune=min(config.fine_tune, 1),
            batch_size=min(config.batch_size, FEW),
        )
        train_once(short, elsewhere, gather(config, folder, few=True), folder)
    print("dry run: everything works; nothing was saved")
    return 0


def _open_run(config: TrainConfig, options: Options, learner: Learner) -> Run:
    if not options.resume:
        run = Run.create(options.runs_dir, config)
    else:
        run = Run(options.resume)
        if run.published:
            raise RunError(f"{run.folder} is finished, and published as {run.published}")
        run.restore(learner)
    _speaker(options)(f"run folder {run.folder}")
    return run


def _speaker(options: Options) -> Say:
    return (lambda line: None) if options.quiet else (lambda line: print(line, flush=True))


def _summary(candidate: Candidate) -> str:
    found = candidate.findings
    rows = [
        f"{name:10s} {s.accuracy:.2%} of {s.n:,} digits correct; NLL {s.nll:.4f}, ECE {s.ece:.4f}; "
        f"{s.kept:.2%} accepted"
        for name, s in (("validation", found.validation), ("test", found.test))
    ]
    rows.append(f"negatives  {found.negatives_rejected:.2%} rejected")
    rows.append(f"report     {candidate.folder / 'report.html'}")
    return "\n".join(rows)


def _spread(title: str, values: list[float]) -> str:
    deviation = stdev(values) if len(values) > 1 else 0.0
    return f"{title}: {mean(values):.2%} +- {deviation:.2%} (n = {len(values)})"


def _compare_with_target(best: Candidate, target: float) -> int:
    accuracy = best.findings.test.accuracy * 100
    if accuracy >= target:
        return 0
    print(f"test accuracy {accuracy:.2f} % is below the target of {target:g} %")
    return 1
