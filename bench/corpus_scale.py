"""How prepare and split grow with the corpus: seconds and peak memory on invented corpora of several sizes.

    PYTHONPATH=src python bench/corpus_scale.py [posts ...]

Each size is prepared and split in processes of their own, in a temporary folder. Posts have 50 to 400 words of a skewed
vocabulary and four annotations each; one in fifty is a near-duplicate, one in fifty quotes another post. The last row
has 100 labels.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from redsm5_hpo.core.files import write_csv
from redsm5_hpo.corpus.raw.reading import ANNOTATION_COLUMNS

ROOT = Path(__file__).parents[1]
ROWS_PER_POST = 4
PRESENT_SHARE = 0.7
VOCABULARY = 30_000
MEBIBYTE_IN_KIBIBYTES = 1024


def main() -> None:
    """Measure every size and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", type=int, nargs="*", default=[5_000, 10_000, 20_000])
    sizes = parser.parse_args().posts
    print("| posts | rows | labels | prepare | split |\n| --- | --- | --- | --- | --- |")
    for posts, labels in [*((size, 9) for size in sizes), (sizes[-1], 100)]:
        with tempfile.TemporaryDirectory() as folder:
            write_corpus(Path(folder), posts, labels)
            costs = [_measured(Path(folder), stage) for stage in ("prepare", "split")]
        print(f"| {posts:,} | {posts * ROWS_PER_POST:,} | {labels} | {' | '.join(costs)} |", flush=True)


def write_corpus(folder: Path, posts: int, labels: int) -> None:
    """A project folder with params.yaml and an invented corpus; the same arguments write the same files."""
    shutil.copy(ROOT / "params.yaml", folder)
    source = folder / "data/raw/demo"
    source.mkdir(parents=True)
    random = np.random.default_rng(posts)
    texts: list[list[str]] = []
    rows: list[tuple[str, ...]] = []
    for number in range(posts):
        texts.append(_sentences(random, texts))
        for row in range(ROWS_PER_POST):
            text = texts[-1][int(random.integers(len(texts[-1])))]
            label, status = f"LABEL_{random.integers(labels)}", str(int(random.random() < PRESENT_SHARE))
            rows.append((f"p{number}", f"s{row}", _as_annotated(text, int(random.integers(20))), label, status))
    records = ((f"p{number}", " ".join(sentences)) for number, sentences in enumerate(texts))
    write_csv(source / "posts.csv", ("post_id", "text"), records)
    write_csv(source / "annotations.csv", ANNOTATION_COLUMNS, rows)
    definitions = "".join(f"LABEL_{label}: The writer has symptom {label}.\n" for label in range(labels))
    (source / "criteria.yaml").write_text(definitions)


def _sentences(random: np.random.Generator, texts: list[list[str]]) -> list[str]:
    """Sentences of ten words; now and then a near-duplicate of another post, or a quotation of one."""
    kind = int(random.integers(50))
    # Squared, so that low numbers are common words.
    words = (random.random((int(random.integers(5, 41)), 10)) ** 2 * VOCABULARY).astype(int)
    own = [" ".join(f"w{word}" for word in line).capitalize() + "." for line in words]
    if kind > 1 or not texts:
        return own
    other = texts[int(random.integers(len(texts)))]
    return [*other, own[0]] if kind else [*own, *other[:3]]


def _as_annotated(sentence: str, kind: int) -> str:
    """As it is in the post; one in twenty in other spelling, one with an extra word, one not in the post."""
    return {0: sentence.upper(), 1: f"{sentence[:20]} oops {sentence[20:]}", 2: sentence[::-1]}.get(kind, sentence)


def _measured(folder: Path, stage: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    started = time.monotonic()
    command, nowhere = [sys.executable, "-m", f"stages.{stage}"], subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=nowhere, stderr=nowhere)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status:
        raise SystemExit(f"{stage} ended with {status}")
    processor = used.ru_utime + used.ru_stime
    return f"{seconds:.1f} s ({processor:.1f} s of processor), {used.ru_maxrss / MEBIBYTE_IN_KIBIBYTES:,.0f} MiB"


if __name__ == "__main__":
    main()
