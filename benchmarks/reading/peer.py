"""RapidOCR (PP-OCRv6 small) on a folder of pictures: run by a Python that has it installed.

    VENV/bin/python benchmarks/reading/peer.py FOLDER

It is called for one line, without its detector, on one thread, and its CTC output is confined to
digits and separators, for which it has no option: the most that a user gets of it. Prints a JSON
line for each picture, in the order of names: text, score, CPU seconds.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from rapidocr import RapidOCR

KEPT = "0123456789.,-_/~*=' "
ONE_THREAD = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}


def main() -> None:
    """Read the pictures of the folder that the command names."""
    logging.disable(logging.INFO)
    engine = RapidOCR(params=ONE_THREAD)
    paths = sorted(Path(sys.argv[1]).iterdir())
    read(engine, paths[0])  # loads its model
    confine(engine)
    for path in paths:
        begun = time.process_time()
        text, score = read(engine, path)
        seconds = time.process_time() - begun
        print(json.dumps({"text": text, "score": score, "seconds": seconds}), flush=True)


def read(engine: Any, path: Path) -> tuple[str, float]:
    """Return the digits of one line, and the least of its scores."""
    answer = engine(str(path), use_det=False, use_cls=False, use_rec=True)
    text = "".join(sign for sign in "".join(answer.txts or ()) if sign.isdigit())
    return text, float(min(answer.scores)) if answer.txts else 0.0


def confine(engine: Any) -> None:
    """Leave nothing but ``KEPT`` of what it can read."""
    decode = engine.text_rec.postprocess_op
    others = np.array([i > 0 and sign not in KEPT for i, sign in enumerate(decode.character)])
    kind = type(decode)
    before = kind.__call__

    def call(self: Any, output: Any, *rest: Any, **named: Any) -> Any:
        output = output.copy()
        output[:, :, others] = 0
        return before(self, output, *rest, **named)

    kind.__call__ = call


if __name__ == "__main__":
    main()
