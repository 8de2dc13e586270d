"""Measures what a few labelled examples of a target bring, on targets no model has seen.

    python benchmarks/fewshot.py FILE --out RESULTS.jsonl [--by topic|target] [--sizes 8 25 100]
                                 [--seeds 0 1 2 3 4] [--targets NAME...] [--methods NAME...]
                                 [--penalty 4] [--encoder FOLDER] [--most-pairs N] [--rest 100]
                                 [--together]
    python benchmarks/fewshot.py --report RESULTS.jsonl [--pooled] [--figure OUT.png]

FILE is JSONL with ``text``, ``label`` and ``target`` or ``claim``: the test split of the corpus
(``fixtures/stance/test.jsonl``, by topic), SemEval-2016 task A (by target). For every target, seed
and size, examples are drawn, every method learns from the same ones, and is measured on the same
others: on all that no size of that seed trains on, so that sizes can be compared. With
``--together``, one model learns from the examples of all targets, so many of each.

Methods:
| zero-shot | the bundled model as it is |
| tf-idf    | TF-IDF of words and word pairs, logistic regression |
| output    | stancekit: the output layer (`model.fit_output`), the default of `StanceClassifier` |
| trained   | stancekit: the same, then all layers (``num_train_epochs = 5``) |
| setfit    | SetFit's recipe on the bundled model's encoder, or on ``--encoder``: contrastive |
|           | pairs, then logistic regression on the embeddings (Tunstall et al., Efficient |
|           | few-shot learning without prompts, 2022) |

Long runs go in slices: every result is a line of RESULTS.jsonl, and what is there is not done
again. The report is the mean over seeds (and its standard deviation over them) of F_avg and
macro-F1; over targets, predictions are pooled first where a target has few items (``--by topic``),
else the metrics are averaged.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stancekit import StanceClassifier
from stancekit.errors import DataError, StancekitError
from stancekit.evaluation.baselines import TfidfBaseline
from stancekit.evaluation.metrics import confusion_matrix, f_avg, macro_f1
from stancekit.evaluation.stance import StanceItem, gold_labels, item_of_record
from stancekit.records import read_jsonl
from stancekit.stance.scorer import BUNDLED
from stancekit.types import STANCE_LABELS

Floats = npt.NDArray[np.float64]
METHODS = ("zero-shot", "tf-idf", "output", "trained", "setfit")
# This target of SemEval-2016 is a proposition, the others are noun phrases.
_CLAIMS = {"Climate Change is a Real Concern"}
TRAINED: dict[str, Any] = {"num_train_epochs": 5, "learning_rate": 2e-5, "batch_size": 8}


@dataclass
class Task:
    """One target, or all of them together: the items, and who learns from which of them."""

    name: str
    items: list[StanceItem]
    # The targets, in order, and how many items each has.
    parts: list[tuple[str, int]]

    @classmethod
    def of(cls, name: str, items: list[StanceItem]) -> Task:
        """One target by itself."""
        return cls(name, items, [(name, len(items))])

    def part_of(self, index: int) -> int:
        """Which target an item is of."""
        return bisect_right(list(accumulate(count for _, count in self.parts)), index)

    def draw(self, seed: int, size: int, *, largest: int) -> tuple[list[int], list[int]]:
        """Indices of the examples and of the items to measure; smaller sizes are prefixes.

        A text that is an example is not measured toward another target either.
        """
        train: list[int] = []
        rest: list[int] = []
        seen: set[str] = set()
        start = 0
        for name, count in self.parts:
            order = list(range(start, start + count))
            start += count
            random.Random(f"{seed}/{name}").shuffle(order)
            train += order[:size]
            rest += order[largest:]
            seen |= {self.items[i].premise.text for i in order[:largest]}
        return train, [i for i in rest if self.items[i].premise.text not in seen]


def together(tasks: Sequence[Task]) -> Task:
    """All targets as one task."""
    return Task(
        "all targets",
        [item for task in tasks for item in task.items],
        [(task.name, len(task.items)) for task in tasks],
    )


def read_tasks(path: Path, by: str) -> list[Task]:
    """The items of a file, by topic or by target."""
    groups: dict[str, list[StanceItem]] = defaultdict(list)
    for number, record in read_jsonl(path):
        if record.get("target") in _CLAIMS:
            record = {**record, "claim": record["target"]}
        item = item_of_record(record, where=f"{path}:{number}")
        groups[str(record.get(by) or item.target_name)].append(item)
    return [Task.of(name, items) for name, items in sorted(groups.items())]


@dataclass
class Bundled:
    """The bundled model: zero-shot answers, and features of every item, computed once a target."""

    penalty: float
    _model: Any = None
    _tokenizer: Any = None
    _features: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def _load(self) -> None:
        from transformers import AutoTokenizer

        from stancekit.training.base import NLI_LABELS, base_model
        from stancekit.training.config import TrainConfig

        config = TrainConfig.model_validate(
            {
                "task": "stance",
                "output": "unused",
                "model": {"base": "bundled", "calibrated": True},
                "data": {"train": [{"path": "unused", "format": "stance"}]},
                "training": {"max_steps": 0},
            }
        )
        self._model = base_model(config, NLI_LABELS).eval()
        from stancekit.training.base import base_path

        self._tokenizer = AutoTokenizer.from_pretrained(base_path(config))

    def features(self, task: Task) -> tuple[Any, Any]:
        """``(n, width)`` what the output layer reads, and ``(n,)`` the NLI labels."""
        from stancekit.training.loop import pad_collator
        from stancekit.training.output_layer import output_features
        from stancekit.training.stance import held_out_pairs, tokenize

        if task.name not in self._features:
            if self._model is None:
                self._load()
            pairs = held_out_pairs([record_of(item) for item in task.items])
            examples = tokenize(pairs, self._tokenizer, max_length=160)
            # One target at a time is held.
            self._features = {
                task.name: output_features(
                    self._model, examples, collate=pad_collator(self._tokenizer.pad_token_id)
                )
            }
        return self._features[task.name]

    def zero_shot(self, task: Task, train: Sequence[int], rest: Sequence[int]) -> Floats:
        """The answers without any example."""
        from stancekit.training.output_layer import output_layer

        features, _ = self.features(task)
        layer = output_layer(self._model)
        return stances((features[list(rest)] @ layer.weight.T + layer.bias).detach())

    def output(self, task: Task, train: Sequence[int], rest: Sequence[int]) -> Floats:
        """The answers with the output layer fitted to the examples."""
        from stancekit.training.output_layer import output_layer, solve_output_layer
        from stancekit.training.stance import nli_loss

        features, labels = self.features(task)
        chosen = list(train)
        fitted = solve_output_layer(
            output_layer(self._model),
            features[chosen],
            labels[chosen],
            loss=nli_loss,
            penalty=self.penalty,
        )
        return stances(features[list(rest)] @ fitted.weight.T + fitted.bias)


def record_of(item: StanceItem) -> dict[str, Any]:
    """A record of an item, its target as it is worded."""
    claim = item.target.favor[0].startswith("{speaker} agrees with the claim")
    return {
        "text": item.premise.text,
        "speaker": item.premise.speaker,
        "context": item.premise.context,
        "label": item.label,
        "claim" if claim else "target": item.target_name,
    }


def stances(logits: Any) -> Floats:
    """Favor, against, none from the logits of entailment, neutral, contradiction."""
    p = logits.double().softmax(-1).numpy()
    return np.asarray(p[:, [0, 2, 1]])


def tfidf(task: Task, train: Sequence[int], rest: Sequence[int]) -> Floats:
    """The TF-IDF baseline, on the same examples."""
    baseline = TfidfBaseline().fit(
        [task.items[i].premise for i in train],
        [task.items[i].target for i in train],
        [task.items[i].label for i in train],
    )
    return baseline.score_pairs(
        [task.items[i].premise for i in rest], [task.items[i].target for i in rest]
    )


def trained(task: Task, train: Sequence[int], rest: Sequence[int], *, penalty: float) -> Floats:
    """`StanceClassifier`, all layers."""
    records = [record_of(item) for item in task.items]
    estimator = StanceClassifier(penalty=penalty, **TRAINED).fit(
        [records[i] for i in train], [records[i]["label"] for i in train]
    )
    found = estimator.predict_proba([records[i] for i in rest])
    p = np.zeros((len(rest), 3))
    p[:, [STANCE_LABELS.index(label) for label in estimator.classes_]] = found
    return p


@dataclass
class SetFit:
    """SetFit's recipe, with its authors' defaults.

    20 positive and 20 negative pairs an example, or as many as ``most`` pairs in all allow, one
    pass in batches of 16 at 2e-5, cosine similarity against 1 or 0, then logistic regression. The
    encoder reads the statement, and its target where a topic has several of them, in bfloat16,
    as `stancekit train` does.
    """

    encoder: str | None
    iterations: int = 20
    batch: int = 16
    learning_rate: float = 2e-5
    max_length: int = 160
    most: int | None = None

    def __call__(self, task: Task, train: Sequence[int], rest: Sequence[int]) -> Floats:
        import torch
        from sklearn.linear_model import LogisticRegression
        from transformers import AutoModel, AutoTokenizer, set_seed

        from stancekit.inference.export import load_torch

        set_seed(13)
        tokenizer = AutoTokenizer.from_pretrained(self.encoder or BUNDLED)
        model: Any = (
            AutoModel.from_pretrained(self.encoder)
            if self.encoder
            else load_torch(BUNDLED).base_model
        )
        several = len({item.target_name for item in task.items}) > 1
        texts = [
            f"{item.target_name}: {item.premise.render()}" if several else item.premise.render()
            for item in task.items
        ]

        def embed(some: Sequence[str]) -> Any:
            inputs = tokenizer(
                list(some),
                padding=True,
                truncation=True,
                max_length=self.max_length,
                return_tensors="pt",
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = model(**inputs).last_hidden_state.float()
            mask = inputs["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

        iterations = self.iterations
        if self.most is not None:
            iterations = max(1, min(iterations, self.most // (2 * len(train))))
        pairs = contrastive_pairs(
            [task.items[i].label for i in train], iterations=iterations, seed=13
        )
        steps = -(-len(pairs) // self.batch)
        optimizer = torch.optim.AdamW(model.parameters(), lr=self.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            lambda step: min(1.0, (step + 1) / max(1, 0.1 * steps)) * max(0.0, 1 - step / steps),
        )
        model.train()
        for start in range(0, len(pairs), self.batch):
            some = pairs[start : start + self.batch]
            # A text that is in several pairs of a batch is read once.
            read = {n: row for row, n in enumerate(sorted({n for a, b, _ in some for n in (a, b)}))}
            embedded = embed([texts[train[n]] for n in read])
            left = embedded[[read[a] for a, _, _ in some]]
            right = embedded[[read[b] for _, b, _ in some]]
            wanted = torch.tensor([float(same) for _, _, same in some])
            loss = ((left * right).sum(-1) - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        model.eval()
        wanted_texts = [texts[i] for i in (*train, *rest)]
        by_length = sorted(range(len(wanted_texts)), key=lambda n: len(wanted_texts[n]))
        vectors = np.zeros((len(wanted_texts), model.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(by_length), 32):
                some_texts = by_length[start : start + 32]
                vectors[some_texts] = embed([wanted_texts[n] for n in some_texts]).numpy()
        labels = [task.items[i].label for i in train]
        p = np.zeros((len(rest), 3))
        if len(set(labels)) < 2:
            p[:, STANCE_LABELS.index(labels[0])] = 1
            return p
        head = LogisticRegression(max_iter=1000).fit(vectors[: len(train)], labels)
        columns = [STANCE_LABELS.index(label) for label in head.classes_]
        p[:, columns] = head.predict_proba(vectors[len(train) :])
        return p


def contrastive_pairs(
    labels: Sequence[str], *, iterations: int, seed: int
) -> list[tuple[int, int, bool]]:
    """For every example and iteration, a pair of one label and a pair of two, shuffled.

    An example that is alone with its label is paired with itself; where all labels are one,
    there are no pairs of two.
    """
    rng = random.Random(seed)
    pairs = []
    for a, label in enumerate(labels):
        same = [b for b, other in enumerate(labels) if other == label and b != a] or [a]
        different = [b for b, other in enumerate(labels) if other != label]
        for _ in range(iterations):
            pairs.append((a, rng.choice(same), True))
            if different:
                pairs.append((a, rng.choice(different), False))
    rng.shuffle(pairs)
    return pairs


def run(options: argparse.Namespace) -> None:
    """Does what is not yet in the result file, and appends it line by line."""
    out = Path(options.out)
    done = {key_of(r) for _, r in read_jsonl(out)} if out.exists() else set()
    bundled = Bundled(options.penalty)
    methods: dict[str, Callable[[Task, Sequence[int], Sequence[int]], Floats]] = {
        "zero-shot": bundled.zero_shot,
        "tf-idf": tfidf,
        "output": bundled.output,
        "trained": partial(trained, penalty=options.penalty),
        "setfit": SetFit(options.encoder, most=options.most_pairs),
    }
    tasks = read_tasks(options.file, options.by)
    if options.targets:
        unknown = set(options.targets) - {task.name for task in tasks}
        if unknown:
            raise DataError(f"{options.file}: no target {', '.join(sorted(unknown))}")
        tasks = [task for task in tasks if task.name in options.targets]
    largest = options.rest or max(options.sizes)
    tasks = [task for task in tasks if enough(task, largest)]
    if options.together:
        tasks = [together(tasks)]
    with out.open("a", encoding="utf-8") as file:
        for task in tasks:
            for seed in options.seeds:
                for size in options.sizes:
                    train, rest = task.draw(seed, size, largest=largest)
                    for method in options.methods:
                        results = [
                            {
                                "file": options.file.name,
                                "target": name,
                                "seed": seed,
                                "size": size,
                                "rest": largest,
                                "method": method,
                                "together": options.together,
                            }
                            for name, _ in task.parts
                        ]
                        if all(key_of(result) in done for result in results):
                            continue
                        chosen = methods[method](task, train, rest).argmax(axis=1)
                        gold = gold_labels([task.items[i] for i in rest])
                        part = np.array([task.part_of(i) for i in rest])
                        for k, result in enumerate(results):
                            here = part == k
                            confusion = confusion_matrix(gold[here], chosen[here])[0]
                            result["confusion"] = confusion.astype(int).tolist()
                            file.write(json.dumps(result, ensure_ascii=False) + "\n")
                        file.flush()


def enough(task: Task, largest: int) -> bool:
    """Whether a target has items to measure beside its examples; says so where it has not."""
    if len(task.items) > largest:
        return True
    sys.stderr.write(f"{task.name}: {len(task.items)} items, too few: left out\n")
    return False


def key_of(result: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two results the same measurement."""
    keys = ("file", "target", "seed", "size", "rest", "method", "together")
    return tuple(result[k] for k in keys)


@dataclass(frozen=True)
class Mean:
    """A line of the table: F_avg and macro-F1, means over seeds with their deviations."""

    file: str
    method: str
    size: int
    mean: tuple[float, float]
    spread: tuple[float, float]
    targets: int
    seeds: int


def means(results: Sequence[dict[str, Any]], *, pooled: bool) -> list[Mean]:
    """Means by file, size and method."""
    groups: dict[tuple[str, int, int, str], dict[int, list[Floats]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for r in results:
        method = f"{r['method']}, together" if r["together"] else r["method"]
        key = (r["file"], r["size"], METHODS.index(r["method"]), method)
        groups[key][r["seed"]].append(np.array(r["confusion"], dtype=np.float64))
    found = []
    for (file, size, _, method), seeds in sorted(groups.items()):
        values = []
        for confusions in seeds.values():
            stack = np.stack(confusions)
            stack = stack.sum(axis=0, keepdims=True) if pooled else stack
            # Sets such as P-Stance know no "none".
            known = (0, 1, 2) if stack[:, 2].sum() else (0, 1)
            values.append((f_avg(stack).mean(), macro_f1(stack, labels=known).mean()))
        mean, spread = np.mean(values, axis=0), np.std(values, axis=0)
        targets = min(len(c) for c in seeds.values())
        found.append(Mean(file, method, size, tuple(mean), tuple(spread), targets, len(seeds)))
    return found


def report(results: Sequence[dict[str, Any]], *, pooled: bool) -> Iterator[str]:
    """A Markdown table: method and size, F_avg and macro-F1, mean and deviation over seeds."""
    yield "| set | method | examples | F_avg | macro-F1 | targets | seeds |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for m in means(results, pooled=pooled):
        yield (
            f"| {m.file} | {m.method} | {m.size} | {m.mean[0]:.3f} ± {m.spread[0]:.3f} "
            f"| {m.mean[1]:.3f} ± {m.spread[1]:.3f} | {m.targets} | {m.seeds} |"
        )


# As the README names them; colours of Okabe and Ito, https://jfly.uni-koeln.de/color/
_DRAWN = {
    "output": ("stancekit, with your examples", "#0072b2", "o"),
    "zero-shot": ("stancekit, without any", "#56b4e9", ""),
    "setfit": ("SetFit's recipe, same encoder", "#d55e00", "s"),
    "tf-idf": ("TF-IDF, logistic regression", "#009e73", "^"),
}


def draw(results: Sequence[dict[str, Any]], *, pooled: bool, path: Path) -> None:
    """F_avg against the number of examples, one line a method, with deviations over seeds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 3.6), layout="constrained")
    axes = figure.add_subplot()
    found = means(results, pooled=pooled)
    for method, (label, colour, marker) in _DRAWN.items():
        mine = [m for m in found if m.method == method]
        if mine:
            axes.errorbar(
                [m.size for m in mine],
                [m.mean[0] for m in mine],
                yerr=[m.spread[0] for m in mine] if marker else None,
                color=colour,
                marker=marker,
                linestyle="-" if marker else "--",
                capsize=3,
                label=label,
            )
    sizes = sorted({m.size for m in found})
    axes.set_xscale("log")
    axes.set_xticks(sizes, labels=[str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("labelled examples of a target")
    axes.set_ylabel("F_avg")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    figure.savefig(path, dpi=160, facecolor="white")


def main() -> int:
    """Runs a slice, or shows the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--by", choices=("topic", "target"), default="target")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 25, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--targets", nargs="+")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument(
        "--penalty",
        type=float,
        default=StanceClassifier().penalty,
        help="of output and trained; another one needs another --out",
    )
    parser.add_argument("--encoder", help="a folder, of setfit; default: the bundled model's")
    parser.add_argument("--most-pairs", type=int, help="of setfit; default: 40 an example")
    parser.add_argument(
        "--rest", type=int, help="measure on items from this number on; default: the largest size"
    )
    parser.add_argument(
        "--together", action="store_true", help="one model for all targets, so many examples each"
    )
    parser.add_argument("--report", type=Path)
    parser.add_argument("--figure", type=Path, help="with --report: draws it, too")
    parser.add_argument("--pooled", action="store_true", help="pool the targets of a seed")
    options = parser.parse_args()
    try:
        if options.report:
            results = [r for _, r in read_jsonl(options.report)]
            for line in report(results, pooled=options.pooled):
                print(line)
            if options.figure:
                draw(results, pooled=options.pooled, path=options.figure)
        elif options.file and options.out:
            run(options)
        else:
            parser.error("expected FILE and --out, or --report")
    except StancekitError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
