"""RapidOCR is asked in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.reading.peer_reader import rapidocr
from training.evaluation.reading_pictures import Shown


def test_peer_is_asked_in_a_process_of_its_own_in_the_order_given(tmp_path, monkeypatch):
    answer = {"text": "7", "score": 0.5, "seconds": 0.25}
    script = tmp_path / "peer.py"
    script.write_text(
        "import pathlib, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        f"    print({json.dumps(json.dumps(answer))})\n"
    )
    monkeypatch.setattr("benchmarks.reading.peer_reader.PEER", script)
    answers, seconds = rapidocr(Path(sys.executable))([Shown(b"x", "7"), Shown(b"y", "8")])
    assert [one.is_right for one in answers] == [True, False]
    assert seconds == 0.25
