"""A progress bar with the loss and the dev metric, and a Ctrl-C that loses no step."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_SHOWN = {
    "eval_macro_f1": "dev macro-F1",
    "eval_polarity_accuracy": "dev polarity",
    "eval_loss": "dev loss",
}


class ProgressBar(TrainerCallback):  # type: ignore[misc]
    """Steps, time left, the last loss and the dev metric, on standard error.

    Args:
        console: Where it is drawn.
        metric: The dev metric to show, by transformers' name; by default the first of macro-F1,
            polarity accuracy and loss that is measured.
    """

    def __init__(self, console: Console | None = None, *, metric: str | None = None) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
            console=console or Console(stderr=True),
        )
        self._metric = f"eval_{metric}" if metric else None
        self._told: dict[str, str] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Draws the bar, at the step where a resumed run goes on."""
        self._task = self._progress.add_task(
            "", total=state.max_steps, completed=state.global_step, told=""
        )
        self._progress.start()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Moves it."""
        self._progress.update(self._task, completed=state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Shows what was measured last."""
        logs = logs or {}
        if "loss" in logs:
            self._told["loss"] = f"loss {float(logs['loss']):.3f}"
        names = [self._metric] if self._metric else list(_SHOWN)
        name = next((n for n in names if n in logs), None)
        if name is not None:
            self._told["dev"] = f"{_SHOWN.get(name, name)} {float(logs[name]):.3f}"
        self._progress.update(self._task, told=", ".join(self._told.values()))

    def close(self) -> None:
        """Leaves the bar as it stands."""
        self._progress.stop()


class SaveOnInterrupt(TrainerCallback):  # type: ignore[misc]
    """On Ctrl-C, ends the step, saves a checkpoint and stops; a second Ctrl-C stops at once.

    Used as a context manager around the training. `interrupted` then says whether it was.
    Signals reach the main thread only; in another one this does nothing.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._previous: Any = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        signal.signal(signal.SIGINT, self._previous)

    def __enter__(self) -> SaveOnInterrupt:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *error: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Asks for a checkpoint and the end, once interrupted."""
        if self.interrupted:
            control.should_save = True
            control.should_training_stop = True
        return control
