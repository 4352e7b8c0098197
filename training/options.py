"""Where a run reads and writes, and how many runs there are: a field here is a flag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.config import (
    DATA,
    DATA_DIR,
    EVALUATION,
    PUBLISHING,
    RUN,
    ConfigError,
    refuse,
    setting,
)


@dataclass(frozen=True)
class Options:
    """Where a run reads and writes, and how many runs there are: none changes a network."""

    config: Path | None = setting(
        None, RUN, "JSON file of settings to start from, such as an earlier run's config.json; "
        "flags override it (default: none)",
    )  # fmt: skip
    resume: Path | None = setting(
        None,
        RUN,
        "Folder of a run to continue, which was interrupted, or was not published "
        "(default: start a new run)",
    )
    data_dir: Path | None = setting(None, DATA, DATA_DIR)
    pictures: Path | None = setting(
        None, EVALUATION,
        "Folder of folders of real pictures NUMBER_LABEL.EXT, such as PICTURES/drawn-28/17_8.png, "
        "measured for the model card; LABEL is the digit, or what is shown instead, such as letter "
        "(default: none, their rows are left out)",
    )  # fmt: skip
    models_dir: Path = setting(Path("models"), PUBLISHING, "Model repository to publish in")
    runs_dir: Path = setting(Path("runs"), RUN, "Folder in which each run gets its own folder")
    publish: bool = setting(
        True, PUBLISHING, "Publish the network, unless it is worse than the served version"
    )
    force: bool = setting(
        False, PUBLISHING, "Publish the network even if it is worse than the served version"
    )
    seeds: int = setting(
        1, EVALUATION,
        "Number of runs, 1 or more, with seeds counting up from --seed; mean and standard "
        "deviation of the test accuracy are printed; not with --folds",
    )  # fmt: skip
    folds: int = setting(
        0, EVALUATION,
        "Cross-validate over this many folds of the 60,000 training digits, 2 or more, and "
        "publish nothing; 0 trains once; not with --seeds",
    )  # fmt: skip
    target: float = setting(
        0.0, EVALUATION, "Test accuracy in per cent, 0 to 100, below which the exit status is 1"
    )
    dry_run: bool = setting(
        False, RUN, "Pass one batch through every step and publish nothing, as a quick check"
    )
    quiet: bool = setting(False, RUN, "Print only the final result")


def check_options(options: Options) -> None:
    """Refuse impossible options; raises ``ConfigError``."""
    if options.seeds < 1:
        refuse("seeds", options.seeds, "1 or more")
    if options.folds < 0 or options.folds == 1:
        refuse("folds", options.folds, "0, or 2 or more")
    if options.folds and options.seeds > 1:
        raise ConfigError("--folds trains once for each fold: leave out --seeds")
    if options.resume and (options.seeds > 1 or options.folds or options.dry_run):
        raise ConfigError("--resume goes on with one run: leave out --seeds, --folds, --dry-run")
