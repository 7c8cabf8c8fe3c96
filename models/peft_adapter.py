"""PEFT beside this library: a small adapter that PEFT wrote, and a check that PEFT reads what this library writes.

    python models/peft_adapter.py make aion-core/tests/data/adapter
    cargo test -p aion-core --no-default-features --features lora --test adapter
    python models/peft_adapter.py check target/tmp/adapter-for-peft aion-core/tests/data/adapter

It needs torch, transformers and peft, which the tests do without: they read what `make` stored.
"""

import argparse
import warnings
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def make(folder: Path) -> None:
    """Stores a tiny base, an adapter for it, and both merged."""
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=32,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    LlamaForCausalLM(shape).save_pretrained(folder / "base")
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    config = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, lora_dropout=0.05, target_modules=TARGETS)
    model = get_peft_model(base, config)
    model.peft_config["default"].base_model_name_or_path = "base"
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    model.save_pretrained(folder / "peft")
    (folder / "peft" / "README.md").unlink(missing_ok=True)
    model.merge_and_unload().save_pretrained(folder / "merged")
    for leftover in (folder / "merged").glob("*.json"):
        leftover.unlink()


def check(ours: Path, golden: Path) -> None:
    """Fails unless PEFT loads `ours` without a word, and as it loads its own."""
    logits = []
    for adapter in (ours, golden / "peft"):
        base = AutoModelForCausalLM.from_pretrained(golden / "base", dtype=torch.float32)
        with warnings.catch_warnings():
            # Keys that are missing or left over are told by a UserWarning.
            warnings.simplefilter("error", UserWarning)
            model = PeftModel.from_pretrained(base, adapter).eval()
        with torch.no_grad():
            logits.append(model(torch.arange(32)[None]).logits)
    assert torch.equal(*logits), "the adapter computes something else"
    written, read = (load_file(path / "adapter_model.safetensors") for path in (ours, golden / "peft"))
    assert written.keys() == read.keys()
    assert all(torch.equal(written[key], read[key]) for key in read)
    print(f"PEFT reads {len(read)} tensors of {ours} without a warning, and computes the same")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("make").add_argument("folder", type=Path)
    checker = commands.add_parser("check")
    checker.add_argument("ours", type=Path)
    checker.add_argument("golden", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.folder)
    else:
        check(arguments.ours, arguments.golden)


if __name__ == "__main__":
    main()
