"""`LocalModel` of AION beside transformers' `generate` on the same model: greedy tokens a second, and peak memory.

    python models/make_llama_135m.py target/models/llama-135m [bfloat16]
    cargo bench --bench generate --no-run
    python benches/peers/generate.py target/models/llama-135m target/release/deps/generate-… [--threads 1] [--rounds 3]

A prompt of 128 tokens is read and 128 more tokens are said after the first. Each figure is of a process of its own, and
the contenders take turns. Prints Markdown. Wants torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROMPT = 128
TOKENS = 128
ROUNDS = 3
PEERS = ["transformers f32", "transformers bf16"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--adapter", type=Path, help="a PEFT directory, not merged")
    parser.add_argument("--peer", help="what a process of its own is told")
    options = parser.parse_args()
    if options.peer:
        print(json.dumps(run_peer(options)))
        return
    table: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(options.rounds):
        for name in ["AION", *PEERS]:
            table.setdefault(name, []).append(measure(options, name))
    print("| | tokens said a second | tokens read a second | peak MB |\n|---|---:|---:|---:|")
    for name, results in table.items():
        said, read, peak = (statistics.median(column) for column in zip(*results, strict=True))
        print(f"| {name} | {said:.1f} | {read:.0f} | {peak:.0f} |", flush=True)


def measure(options: argparse.Namespace, name: str) -> tuple[float, float, float]:
    adapter = [] if options.adapter is None else [options.adapter]
    if name == "AION":
        command = [options.bench, options.base, str(options.threads), *adapter]
        line = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        said, read, peak = (float(part) for part in line.split())
        return said, read, peak
    command = [sys.executable, __file__, options.base, options.bench, "--peer", name]
    command += ["--threads", str(options.threads)]
    command += ["--adapter", options.adapter] if adapter else []
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said, read, peak = json.loads(output.splitlines()[-1])
    return said, read, peak


def run_peer(options: argparse.Namespace) -> tuple[float, float, float]:
    import torch  # noqa: PLC0415, only what is measured pays for it
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    dtype = torch.bfloat16 if "bf16" in options.peer else torch.float32
    model = AutoModelForCausalLM.from_pretrained(options.base, dtype=dtype)
    if options.adapter is not None:
        from peft import PeftModel  # noqa: PLC0415

        model = PeftModel.from_pretrained(model, options.adapter)
    model.eval()
    ids = torch.tensor([[1000 + place * 37 for place in range(PROMPT)]])

    def say(count: int) -> float:
        begun = time.perf_counter()
        with torch.inference_mode():
            said = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=count,
                min_new_tokens=count,
                do_sample=False,
                pad_token_id=0,
            )
        assert said.shape[1] == PROMPT + count
        return time.perf_counter() - begun

    say(2)
    firsts, rests = [], []
    for _ in range(ROUNDS):
        first = say(1)
        firsts.append(PROMPT / first)
        rests.append(TOKENS / (say(1 + TOKENS) - first))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return statistics.median(rests), statistics.median(firsts), peak


if __name__ == "__main__":
    main()
