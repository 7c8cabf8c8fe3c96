"""Text of pictures: AION beside tesserocr, the tesseract program and tesseract.js, each in processes of its own.

    python benches/peers/ocr.py FOLDER --tessdata FOLDER [--node-modules FOLDER] [--rounds 3] [--workers 2]

FOLDER holds pictures, each beside the text that it shows: `page.png` and `page.gt.txt`. tesserocr and rapidfuzz come by
`pip install tesserocr rapidfuzz psutil`, tesseract.js by `npm install tesseract.js`; what is missing is left out.

All read `eng+por`. The Tesseracts of others are kept on one thread, as AION keeps its own. The contenders take turns.
CER and WER are edit distances over the length of the true text, mCER is the mean over the pictures with each capped
at 1; white space, typographic quotes and dashes count as their plain forms. CPU is the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import psutil
from rapidfuzz.distance import Levenshtein

LANGUAGES = "eng+por"
KINDS = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-"})
CONTENDERS = ["AION", "AION, `orient=False`", "tesserocr", "tesserocr, psm 1", "tesseract", "tesseract.js"]

JAVASCRIPT = """
const [, , modules, tessdata, workers, ...files] = process.argv;
const { createWorker, createScheduler } = require(modules + '/tesseract.js');
const options = { langPath: tessdata, gzip: false, cacheMethod: 'none', errorHandler() {} };
(async () => {
  const scheduler = createScheduler();
  for (let at = 0; at < +workers; at++) scheduler.addWorker(await createWorker(['eng', 'por'], 1, options));
  const read = (file) => scheduler.addJob('recognize', file).then((job) => job.data.text, () => '');
  await Promise.all(files.slice(0, +workers).map(read));
  const [cpu, start] = [process.cpuUsage(), process.hrtime.bigint()];
  const texts = await Promise.all(files.map(read));
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ texts, wall, cpu: (used.user + used.system) / 1e6 }));
  await scheduler.terminate();
})();
"""


@dataclass
class Run:
    """What one contender did with all pictures."""

    texts: list[str]
    wall: float
    cpu: float
    peak: int


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tessdata", type=Path, required=True)
    parser.add_argument("--node-modules", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    options = parser.parse_args()
    files = sorted(path for path in options.folder.iterdir() if path.suffix.lower() in KINDS)
    if options.contender:
        print(json.dumps(work(options.contender, files, options.tessdata)))
        return
    names = [name for name in options.only if is_here(name, options.node_modules)]
    rounds = [{name: run(name, files, options) for name in names} for _ in range(options.rounds)]
    print(f"{len(files)} pictures, {options.workers} workers, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| | CER | mCER | WER | CPU s a picture | CPU ÷ AION's | pictures/s | peak MiB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name in names:
        print(row(name, names[0], rounds, files))


def row(name: str, first: str, rounds: list[dict[str, Run]], files: list[Path]) -> str:
    """One line of the table."""
    cer, mcer, wer = errors(files, rounds[0][name].texts)
    cpu = statistics.median(turn[name].cpu for turn in rounds) / len(files)
    ratio = statistics.median(turn[name].cpu / turn[first].cpu for turn in rounds)
    speed = len(files) / statistics.median(turn[name].wall for turn in rounds)
    peak = max(turn[name].peak for turn in rounds) / 2**20
    return f"| {name} | {cer:.3f} | {mcer:.3f} | {wer:.3f} | {cpu:.3f} | {ratio:.2f} | {speed:.2f} | {peak:.0f} |"


def is_here(name: str, node_modules: Path | None) -> bool:
    """Whether a contender is installed."""
    if name.startswith("tesserocr"):
        return find_spec("tesserocr") is not None
    if name == "tesseract":
        return which("tesseract") is not None
    return name != "tesseract.js" or node_modules is not None


def run(name: str, files: list[Path], options: argparse.Namespace) -> Run:
    """Starts a contender's processes, which share the pictures, and watches their memory."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    paths = [str(path) for path in files]
    if name == "tesseract.js":
        modules = str(options.node_modules.resolve())
        command = ["node", "-e", JAVASCRIPT, "-", modules, str(options.tessdata), str(options.workers), *paths]
        # `node -e` leaves its own argument out of argv.
        command[3:4] = ["--", "-"]
    else:
        me = [sys.executable, __file__, str(options.folder), "--tessdata", str(options.tessdata)]
        command = [*me, "--workers", str(options.workers), "--contender", name]
        environment["AION_BENCH_WORKERS"] = str(options.workers)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    answer, _ = process.communicate()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(f"{name} ended with {process.returncode}")
    return Run(**json.loads(answer.splitlines()[-1]), peak=peak[0])


def watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    """Keeps the most resident memory of a process and its children."""
    while process.poll() is None:
        try:
            root = psutil.Process(process.pid)
            family = [root, *root.children(recursive=True)]
            peak[0] = max(peak[0], sum(member.memory_info().rss for member in family))
        except psutil.Error:
            pass
        time.sleep(0.05)


def work(name: str, files: list[Path], tessdata: Path) -> dict[str, object]:
    """Reads all pictures in this process and those that it starts."""
    workers = int(os.environ["AION_BENCH_WORKERS"])
    pool: Executor
    if name.startswith("tesserocr"):
        # It holds the interpreter, so each worker is a process.
        pool = ProcessPoolExecutor(workers, initializer=start_tesserocr, initargs=(name, str(tessdata)))
        read: Callable[[Path], tuple[str, float]] = read_tesserocr
    else:
        pool = ThreadPoolExecutor(workers)
        read = reader(name, tessdata, workers)
    with pool:
        list(pool.map(read, files[:1] * 2 * workers))
        before, start = cpu_seconds(), time.perf_counter()
        timed = list(pool.map(read, files))
        wall, cpu = time.perf_counter() - start, cpu_seconds() - before
    texts, apart = zip(*timed, strict=True)
    return {"texts": texts, "wall": wall, "cpu": cpu + sum(apart)}


def reader(name: str, tessdata: Path, workers: int) -> Callable[[Path], tuple[str, float]]:
    """A function from a picture to its text, and to the CPU seconds that this process is not told of."""
    if name == "tesseract":
        command = ["-l", LANGUAGES, "--tessdata-dir", str(tessdata)]
        return lambda path: (
            subprocess.run(
                ["tesseract", str(path), "stdout", *command], capture_output=True, check=False
            ).stdout.decode(),
            0.0,
        )
    # Only the contender's own library is loaded, so that its memory is its own.
    handle = import_module("aion").Aion(ocr_lang=LANGUAGES, tessdata=tessdata, threads=workers)
    return lambda path: (handle.ocr(path, orient=name == "AION").text, 0.0)


def start_tesserocr(name: str, tessdata: str) -> None:
    """One engine a process."""
    psm = 1 if name.endswith("psm 1") else 3
    globals()["engine"] = import_module("tesserocr").PyTessBaseAPI(path=tessdata, lang=LANGUAGES, psm=psm)


def read_tesserocr(path: Path) -> tuple[str, float]:
    """The text of the first page, since tesserocr reads no others, and the CPU seconds."""
    engine, start = globals()["engine"], time.process_time()
    engine.SetImageFile(str(path))
    return str(engine.GetUTF8Text()), time.process_time() - start


def cpu_seconds() -> float:
    """What this process and its ended children took."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def errors(files: list[Path], texts: list[str]) -> tuple[float, float, float]:
    """CER, mCER and WER."""
    wrong = length = wrong_words = words = 0
    capped = []
    for path, text in zip(files, texts, strict=True):
        truth, found = normalised(path.with_suffix(".gt.txt").read_text("utf-8")), normalised(text)
        distance = Levenshtein.distance(truth, found)
        wrong, length = wrong + distance, length + len(truth)
        wrong_words += Levenshtein.distance(truth.split(), found.split())
        words += len(truth.split())
        capped.append(min(1.0, distance / max(1, len(truth))))
    return wrong / max(1, length), statistics.mean(capped), wrong_words / max(1, words)


def normalised(text: str) -> str:
    """Composed, on one line, with plain quotes and dashes."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).translate(PLAIN)).strip()


if __name__ == "__main__":
    main()
