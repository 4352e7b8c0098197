"""``python -m training tune``: a search for better settings, judged by the validation split.

Optuna proposes (tree-structured Parzen estimator), stops hopeless trials early (median
pruning), and saves every trial in a file, so that an interrupted search can be continued.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from training import mnist
from training.commands import add_flags, take
from training.config import (
    CONVOLUTIONAL,
    DATA,
    DATA_DIR,
    LOSSES,
    RATES,
    RUN,
    ConfigError,
    TrainConfig,
    refuse_given,
    setting,
    settle,
)
from training.epochs import to_examples, to_pictures
from training.learning.fit import DivergenceError, fit
from training.learning.learner import Learner
from training.material import Material, gather
from training.networks.architectures import ACTIVATIONS
from training.runs import files
from training.runs.folder import RunError
from training.train import prepare

SEARCHED = ("optimizer", "learning_rate", "batch_size", "weight_decay", "augment")
SEARCHED_IF_DENSE = ("activation", "loss")


@dataclass(frozen=True)
class Search:
    """The flags of a search that are no settings of its trials."""

    trials: int = setting(20, RUN, "Number of trials in all, those of earlier searches included")
    data_dir: Path | None = setting(None, DATA, DATA_DIR)
    runs_dir: Path = setting(Path("runs"), RUN, "Folder for the trials and the best config")


def tune_parser() -> argparse.ArgumentParser:
    """Make the parser of ``python -m training tune``."""
    parser = argparse.ArgumentParser(
        prog="python -m training tune",
        description="Search for better settings with Optuna, judged by the validation split: "
        f"{', '.join(SEARCHED)}; for dense networks also {' and '.join(SEARCHED_IF_DENSE)}. These "
        "flags are refused; all others hold for every trial. Nothing is published: the trials are "
        "saved in RUNS_DIR/tune-NAME.db, and the best settings in RUNS_DIR/tune-NAME.json, for "
        "python -m training --config. The same command continues an interrupted search.",
        allow_abbrev=False,
    )
    add_flags(parser, TrainConfig, Search)
    return parser


def tune_command(arguments: Sequence[str]) -> int:
    """Search, and write the best settings as a config file."""
    values = vars(tune_parser().parse_args(arguments))
    where = take(Search, values)
    if where.trials < 1:
        raise ConfigError("--trials must be 1 or more")
    given = take(TrainConfig, values)
    refuse_given(given, searched(given), "the search chooses it, leave it out")
    config = settle(given)
    prepare(config)
    study = open_study(config, where.runs_dir)
    material = gather(config, mnist.find(where.data_dir))
    try:
        search(study, config, material, where.trials)
    except KeyboardInterrupt:
        print(f"\nstopped; {len(_done(study))} trials are saved. The same command continues.")
        raise
    if not study.best_trials:
        raise RunError("no trial was completed: start from other settings or try more --trials")
    best = apply(config, study.best_params)
    path = where.runs_dir / f"tune-{config.name}.json"
    files.write(path, json.dumps(asdict(best), indent=2) + "\n")
    print(f"best of {len(_done(study))}: {study.best_value:.2%} validation accuracy")
    print(f"train with it: python -m training --config {path}")
    return 0


def open_study(config: TrainConfig, runs_dir: Path) -> optuna.Study:
    """Start the study of ``config``'s model, or open it to continue it.

    Raises ``ConfigError`` where it was begun with other settings, ``RunError`` where its file
    cannot be used.
    """
    from sqlalchemy.exc import SQLAlchemyError  # here, as every other command would wait for it

    runs_dir.mkdir(parents=True, exist_ok=True)
    path = runs_dir / f"tune-{config.name}.db"
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # it warns of interruptions
    try:
        study = optuna.create_study(
            study_name=config.name,
            storage=f"sqlite:///{path}",
            load_if_exists=True,
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
        )
        begun = study.user_attrs.get("config", asdict(config))
        study.set_user_attr("config", begun)
    except (StorageInternalError, SQLAlchemyError) as error:
        raise RunError(f"{path} cannot be used: {error.args[0]}") from error
    if begun != asdict(config):
        raise ConfigError(f"{path} was begun with other settings: keep to them, or change --name")
    return study


def search(study: optuna.Study, config: TrainConfig, material: Material, trials: int) -> None:
    """Bring ``study`` to ``trials`` trials; an interrupted search continues to the same result.

    Each trial has a seed of its own: a sampler seeded once would propose the same settings again.
    """
    for number in range(len(_done(study)), trials):
        study.sampler = optuna.samplers.TPESampler(seed=config.seed + number)
        study.optimize(lambda trial: _try(trial, config, material), n_trials=1)


def _done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Return the trials that came to a result; those that were interrupted did not."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def searched(config: TrainConfig) -> tuple[str, ...]:
    """Return which settings the search chooses for ``config``'s network."""
    return SEARCHED + (SEARCHED_IF_DENSE if config.network not in CONVOLUTIONAL else ())


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
    if config.network not in CONVOLUTIONAL:
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
    synthetic = to_examples(material.synthetic, config.device) if material.synthetic else None
    try:
        for result in fit(learner, train, validation, negatives, synthetic=synthetic):
            trial.report(result.validation_accuracy, result.epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
    except DivergenceError as error:
        raise optuna.TrialPruned from error
    best = max(result.validation_accuracy for result in learner.history)
    print(f"trial {trial.number}: {best:.2%} {trial.params}", flush=True)
    return best
