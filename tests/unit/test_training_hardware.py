"""A machine trains in the precision in which it is faster."""

from __future__ import annotations

import logging

import pytest

from stancekit.training import hardware


@pytest.mark.parametrize(
    ("wanted", "half", "taken"), [(False, 9e9, False), (True, 9e9, True), (True, 1e9, False)]
)
def test_bfloat16_where_it_is_wanted_and_not_slower(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    wanted: bool,
    half: float,
    taken: bool,
) -> None:
    speeds = {True: ("CPU", half), False: ("CPU", 5e9)}
    monkeypatch.setattr(hardware, "matrix_speed", lambda *, half: speeds[half])
    with caplog.at_level(logging.WARNING):
        assert hardware.trains_in_half(wanted) is taken
    # Whoever asked for it and does not get it is told.
    assert ("5 times as fast in float32" in caplog.text) is (wanted and not taken)


def test_the_speed_of_this_machine() -> None:
    device, speed = hardware.matrix_speed(half=False)
    assert device in ("CPU", "GPU")
    assert speed > 1e8
    assert hardware.matrix_speed(half=False) == (device, speed)
