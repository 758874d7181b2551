"""What is counted."""

import pytest

from webchat.metrics import Histogram, Metrics


def test_a_value_counts_up_to_its_bound() -> None:
    histogram = Histogram((1, 5))
    for value in (0, 1, 1.1, 5, 6):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1]
    assert histogram.sum == pytest.approx(13.1)


def test_close_codes_that_peers_make_up_are_counted_together() -> None:
    metrics = Metrics()
    for code in (1000, 1000, 4429, 3000, 4999):
        metrics.closed(code)
    assert metrics.closes == {1000: 2, 4429: 1, 0: 2}
