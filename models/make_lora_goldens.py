"""Writes tiny language models, and what PEFT makes of them, for `aion-core/tests/lora/`.

Each base has random weights. On each, PEFT trains an adapter for five steps of AdamW; stored are the losses, the
gradients of the first step of an adapter that is not zero, and the adapters before and after. Wants torch,
transformers, peft and safetensors; the tests that read the files want none of them.

    python models/make_lora_goldens.py aion-core/tests/data/lora
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SHAPE = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 80,
    "vocab_size": 100,
    "max_position_embeddings": 64,
    "attention_dropout": 0.0,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
STEPS = 5
RATE = 1e-2
DECAY = 0.01


def bases() -> Iterator[tuple[str, PretrainedConfig, type[PreTrainedModel], torch.dtype, list[str], int]]:
    """Each architecture: name, configuration, class, type of the stored weights, targets, rank."""
    yield (
        "llama-tied",
        LlamaConfig(**SHAPE, tie_word_embeddings=True, rms_norm_eps=1e-5),
        LlamaForCausalLM,
        torch.float32,
        TARGETS,
        8,
    )
    yield (
        "llama3-untied",
        LlamaConfig(**SHAPE, tie_word_embeddings=False, rope_parameters=LLAMA3, rms_norm_eps=1e-5),
        LlamaForCausalLM,
        torch.bfloat16,
        ["q_proj", "v_proj"],
        16,
    )
    yield (
        "mistral",
        MistralConfig(**SHAPE, tie_word_embeddings=False, head_dim=16, sliding_window=None),
        MistralForCausalLM,
        torch.float16,
        TARGETS,
        4,
    )
    yield (
        "qwen2",
        Qwen2Config(**SHAPE, tie_word_embeddings=True),
        Qwen2ForCausalLM,
        torch.bfloat16,
        TARGETS,
        8,
    )
    yield (
        "qwen3",
        Qwen3Config(**SHAPE, tie_word_embeddings=False, head_dim=16),
        Qwen3ForCausalLM,
        torch.float32,
        ["q_proj", "k_proj", "o_proj", "down_proj"],
        8,
    )


def make_base(
    directory: Path, config: PretrainedConfig, model_class: type[PreTrainedModel], dtype: torch.dtype
) -> None:
    model = model_class(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Larger than an untrained model's, so that attention and the gated units are far from linear.
            if parameter.dim() == 2:
                parameter.normal_(0, 0.6 / parameter.shape[1] ** 0.5 * 2)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.5)
            else:
                parameter.uniform_(0.5, 1.5)
    model.to(dtype).save_pretrained(directory)
    for extra in directory.glob("generation_config.json"):
        extra.unlink()


def sequences() -> list[list[int]]:
    """Of unlike lengths; PEFT gets them one by one, so that no padding is involved."""
    generator = torch.Generator().manual_seed(3)
    return [torch.randint(0, 100, (length,), generator=generator).tolist() for length in (23, 9, 2, 31)]


def loss_of(model: torch.nn.Module, batch: list[list[int]]) -> torch.Tensor:
    """The mean over the target tokens of all sequences."""
    total, count = torch.zeros(()), 0
    for tokens in batch:
        ids = torch.tensor([tokens])
        total = total + model(input_ids=ids, labels=ids).loss * (len(tokens) - 1)
        count += len(tokens) - 1
    return total / count


def trace(directory: Path, name: str, model_class: type[PreTrainedModel], targets: list[str], rank: int) -> None:
    base = directory / name
    model = model_class.from_pretrained(base, dtype=torch.float32)
    lora = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=targets,
    )
    model = get_peft_model(model, lora)
    model.train()
    adapted = {key: value for key, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for key, value in adapted.items():
            if "lora_B" in key:
                value.normal_(0, 0.1)
    tensors = {f"before.{plain(key)}": value.detach().clone() for key, value in adapted.items()}
    optimizer = torch.optim.AdamW(adapted.values(), lr=RATE, weight_decay=DECAY)
    losses, norms, batch = [], [], sequences()
    for step in range(STEPS):
        loss = loss_of(model, batch)
        loss.backward()
        if step == 0:
            tensors |= {f"gradient.{plain(key)}": value.grad.clone() for key, value in adapted.items()}
        norms.append(torch.nn.utils.clip_grad_norm_(adapted.values(), 1.0).item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    tensors |= {f"after.{plain(key)}": value.detach().clone() for key, value in adapted.items()}
    save_file({key: value.contiguous() for key, value in tensors.items()}, base / "trace.safetensors")
    record = {
        "rank": rank,
        "alpha": 2 * rank,
        "target_modules": targets,
        "learning_rate": RATE,
        "weight_decay": DECAY,
        "sequences": batch,
        "losses": losses,
        "grad_norms": norms,
        "logits": logits_of(model, batch[0]),
    }
    (base / "trace.json").write_text(json.dumps(record) + "\n")


def logits_of(model: torch.nn.Module, tokens: list[int]) -> list[float]:
    """Of the last position, with the trained adapter."""
    model.eval()
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits[0, -1].tolist()


def plain(key: str) -> str:
    return key.replace(".default.", ".")


def main(directory: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, config, model_class, dtype, targets, rank in bases():
        make_base(directory / name, config, model_class, dtype)
        trace(directory, name, model_class, targets, rank)
        stored = load_file(directory / name / "model.safetensors")
        print(name, sum(value.numel() * value.element_size() for value in stored.values()), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
