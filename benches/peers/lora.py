"""The training step of AION beside PEFT's on the same model, in tokens a second of processor time and peak memory.

    python models/make_llama_135m.py target/models/llama-135m
    cargo bench --bench lora --no-run
    python benches/peers/lora.py target/models/llama-135m target/release/deps/lora-… [--threads 1] [--rounds 1]

Each figure is of a process of its own, and the contenders take turns. Rank 16 on all seven projections, dropout 0.05,
AdamW at each step. `mixed` are sequences of 30 to 600 tokens: PEFT pads them two at a time, and real tokens are
counted. Prints Markdown. Wants torch, transformers and peft.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STEPS = 3
WORKS = ["2x512", "1x2048", "mixed"]
PEERS = ["PEFT f32", "PEFT bf16", "PEFT f32, checkpointing"]
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--works", nargs="*", default=WORKS)
    parser.add_argument("--peer", help="what a process of its own is told")
    options = parser.parse_args()
    if options.peer:
        print(json.dumps(run_peer(options.base, options.peer, options.works[0], options.threads)))
        return
    print("| work | | tokens per CPU-second | tokens a second | peak MB |\n|---|---|---:|---:|---:|")
    for work in options.works:
        table: dict[str, list[tuple[float, float, float]]] = {}
        for _ in range(options.rounds):
            for name in ["AION", "AION, recompute", *PEERS]:
                table.setdefault(name, []).append(measure(options, name, work))
        for name, results in table.items():
            cpu, wall, peak = (statistics.median(column) for column in zip(*results, strict=True))
            print(f"| {work} | {name} | {cpu:.0f} | {wall:.0f} | {peak:.0f} |", flush=True)


def measure(options: argparse.Namespace, name: str, work: str) -> tuple[float, float, float]:
    if name.startswith("AION"):
        command = [options.bench, options.base, str(options.threads), work]
        command += ["recompute"] if "recompute" in name else []
        line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(": ")[1]
        cpu, wall, peak = (part.split()[-2 if "MB" in part else 0] for part in line.split(", "))
        return float(cpu), float(wall), float(peak)
    command = [sys.executable, __file__, options.base, options.bench, "--peer", name, "--works", work]
    command += ["--threads", str(options.threads)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu, wall, peak = json.loads(output.splitlines()[-1])
    return cpu, wall, peak


def run_peer(base: Path, peer: str, work: str, threads: int) -> tuple[float, float, float]:
    import torch  # noqa: PLC0415, only what is measured pays for it
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if "bf16" in peer else torch.float32
    model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
    model.config.use_cache = False
    if "checkpointing" in peer:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, task_type="CAUSAL_LM", target_modules=TARGETS)
    model = get_peft_model(model, lora)
    model.train()
    optimizer = torch.optim.AdamW([value for value in model.parameters() if value.requires_grad], lr=2e-4)
    tokens, wall, cpu = 0, 0.0, 0.0
    for index, lengths in enumerate(batches(work)):
        begun = time.perf_counter(), time.process_time()
        ids = torch.randint(0, model.config.vocab_size, (len(lengths), max(lengths)))
        mask = torch.tensor([[int(place < length) for place in range(max(lengths))] for length in lengths])
        # Without padding there is no mask, which lets PyTorch take its faster attention.
        mask = None if min(lengths) == max(lengths) else mask
        labels = ids if mask is None else ids.masked_fill(mask == 0, -100)
        model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        # The first warms up.
        if index > 0:
            tokens += sum(lengths)
            wall += time.perf_counter() - begun[0]
            cpu += time.process_time() - begun[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tokens / cpu, tokens / wall, peak


def batches(work: str) -> Iterator[list[int]]:
    """The lengths of each batch, the first to warm up; those of `benches/lora.rs`."""
    if work == "mixed":
        lengths = [mixed_length(index) for index in range(24)]
        pairs = [lengths[index : index + 2] for index in range(0, 24, 2)]
        yield from [pairs[0], *pairs]
    else:
        count, length = (int(part) for part in work.split("x"))
        yield from [[length] * count] * (STEPS + 1)


def mixed_length(index: int) -> int:
    normal = sum(unit(index * 12 + part) for part in range(12)) - 6
    return int(min(max(math.exp(math.log(150) + 0.7 * normal), 30), 600))


def unit(index: int) -> float:
    """A number from 0 to below 1, told by `index`."""
    most = (1 << 64) - 1
    value = (index + 1) * 0x9E3779B97F4A7C15 & most
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & most
    value = (value ^ value >> 27) * 0x94D049BB133111EB & most
    return ((value ^ value >> 31) >> 11) / (1 << 53)


if __name__ == "__main__":
    main()
