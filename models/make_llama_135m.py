"""Writes a Llama of 135M parameters with random weights and words, to measure with; no weights are downloaded.

python models/make_llama_135m.py target/models/llama-135m [float32|bfloat16]
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import LlamaConfig, LlamaForCausalLM


def main(directory: Path, dtype: str) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=576,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        intermediate_size=1536,
        vocab_size=49152,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        rms_norm_eps=1e-5,
    )
    LlamaForCausalLM(config).to(getattr(torch, dtype)).save_pretrained(directory)
    # Its words are t0, t1 and so on.
    words = Tokenizer(WordLevel({f"t{token}": token for token in range(config.vocab_size)}, unk_token="t0"))
    words.pre_tokenizer = WhitespaceSplit()
    words.save(str(directory / "tokenizer.json"), pretty=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "float32")
