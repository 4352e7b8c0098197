"""Train a network on MNIST, check it and publish it.

python -m training                               # the default network
python -m training --network 784-15-10           # a dense network with 15 hidden neurons
python -m training evaluate models/digits/5      # measure a published model
python -m training compare models/digits/5 models/perceptron/2
python -m training tune --trials 30              # search for better settings
python -m training reader                        # the reader of whole numbers
python -m training --help                        # every flag
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from app.errors import ModelError
from training import train
from training.config import ConfigError
from training.inspection import compare_command, evaluate_command
from training.learning.fit import DivergenceError
from training.mnist import DataError
from training.networks.export import ExportError
from training.reader import reader_command
from training.runs.folder import RunError
from training.tune import tune_command

COMMANDS = {
    "evaluate": evaluate_command,
    "compare": compare_command,
    "tune": tune_command,
    "reader": reader_command,
}
TROUBLES = (ConfigError, DataError, DivergenceError, ExportError, ModelError, RunError)


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` begin with, or else train; return the exit status."""
    command = COMMANDS.get(arguments[0] if arguments else "")
    try:
        return command(arguments[1:]) if command else train.main(arguments)
    except TROUBLES as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {_explain(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _explain(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{where}the disk is full: free some space, then continue with --resume RUN"
    return f"{where}{error.strerror or error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
