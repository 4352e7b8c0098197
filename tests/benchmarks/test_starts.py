"""What a reader adds is taken round by round."""

from benchmarks.starts import Started, table


def test_difference_is_the_median_of_the_rounds():
    without = [Started(0.4, 0.5, 90.0), Started(1.4, 0.7, 91.0), Started(0.5, 0.6, 90.0)]
    beside = [Started(0.6, 0.8, 120.0, 125.0), Started(1.5, 0.9, 119.0, 126.0),
              Started(0.6, 0.7, 119.0, 125.0)]  # fmt: skip
    _, _, start, cpu, memory, after = table(without, beside).splitlines()
    assert start.endswith("| 0.50 s (0.45–0.95) | 0.60 s (0.60–1.05) | 0.10 s |")
    assert cpu.endswith("| 0.60 s (0.55–0.65) | 0.80 s (0.75–0.85) | 0.20 s |")
    assert memory.endswith("| 90.0 MB (90.0–90.5) | 119.0 MB (119.0–119.5) | 29.0 MB |")
    assert after.endswith("| – | 125.0 MB (125.0–125.5) | – |")
