"""``python -m training tune``: a search for better settings, on the validation part alone.

Optuna proposes (tree-structured Parzen estimator), stops hopeless trials early (median
pruning), and keeps every trial in a file, so that a search goes on where it was left.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import optuna

from training import data, files
from training.commands import add_flags, take
from training.config import LOSSES, RATES, TrainConfig, settle
from training.experiment import to_examples, to_pictures
from training.fit import DivergenceError, fit
from training.learner import Learner
from training.material import Material, gather
from training.networks import ACTIVATIONS
from training.train import prepare


def tune_command(arguments: Sequence[str]) -> int:
    """Search, and write the best settings as a config file."""
    parser = argparse.ArgumentParser(prog="python -m training tune", allow_abbrev=False)
    parser.add_argument("--trials", type=int, default=20, help="how many in all [20]")
    add_flags(parser.add_argument_group("where each trial starts"), TrainConfig)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--runs-dir", type=Path, default=Path("runs"))
    values = vars(parser.parse_args(arguments))
    config = settle(take(TrainConfig, values))
    prepare(config)
    material = gather(config, data.find(values["data_dir"]))
    study = search(config, material, values["runs_dir"], values["trials"])
    best = apply(config, study.best_params)
    path = values["runs_dir"] / f"tune-{config.name}.json"
    files.write(path, json.dumps(asdict(best), indent=2) + "\n")
    print(f"best of {len(study.trials)}: {study.best_value:.2%} of the validation part right")
    print(f"train with it: python -m training --config {path}")
    return 0


def search(config: TrainConfig, material: Material, runs_dir: Path, trials: int) -> optuna.Study:
    """Bring the study of ``config``'s model to ``trials`` trials."""
    runs_dir.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=config.name,
        storage=f"sqlite:///{runs_dir / f'tune-{config.name}.db'}",
        load_if_exists=True,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=config.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
    )
    done = sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(lambda trial: _try(trial, config, material), n_trials=max(0, trials - done))
    return study


def apply(config: TrainConfig, parameters: dict[str, object]) -> TrainConfig:
    """Set those of ``config`` that a trial chose."""
    return settle(replace(config, **parameters))  # type: ignore[arg-type]


def suggest(trial: optuna.Trial, config: TrainConfig) -> dict[str, object]:
    """Let ``trial`` choose settings that make sense for ``config``'s network."""
    optimizer = trial.suggest_categorical("optimizer", list(RATES))
    chosen: dict[str, object] = {
        "optimizer": optimizer,
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 3.0, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256, 512]),
        "weight_decay": trial.suggest_float("weight_decay", 1e-6, 0.1, log=True),
        "augment": trial.suggest_float("augment", 0.0, 1.0),
    }
    if config.network != "conv":
        chosen["activation"] = trial.suggest_categorical("activation", list(ACTIVATIONS))
        chosen["loss"] = trial.suggest_categorical("loss", list(LOSSES))
    return chosen


def _try(trial: optuna.Trial, config: TrainConfig, material: Material) -> float:
    """Train as ``trial`` suggests; return the best validation accuracy."""
    chosen = apply(config, suggest(trial, config))
    learner = Learner(chosen)
    train, validation = (
        to_examples(p, config.device) for p in (material.train, material.validation)
    )
    negatives = to_pictures(material.negatives, config.device)
    anew = to_examples(material.anew, config.device) if material.anew else None
    try:
        for result in fit(learner, train, validation, negatives, anew=anew):
            trial.report(result.validation_accuracy, result.epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
    except DivergenceError as error:
        raise optuna.TrialPruned from error
    best = max(result.validation_accuracy for result in learner.history)
    print(f"trial {trial.number}: {best:.2%} {trial.params}", flush=True)
    return best
