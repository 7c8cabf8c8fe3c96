"""Trains the tiny Llama of `models/llama-tiny` and writes it as a Hugging Face directory.

    python models/train_llama.py --out models/llama-tiny

Needs torch, transformers and tokenizers. The same seed, thread count and library versions give the same files.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from llama_tiny import tokenizer_file
from llama_tiny.corpus import dialogue, dialogues, documentation
from llama_tiny.world import Fact, facts

VOCABULARY = 1536
LENGTH = 256
LARGEST_RATE = 3e-3
WARM_UP = 100
# Of a batch's rows, one in this many is documentation, and one is babble.
SHARE = 8
# Tokens that a row of babble repeats.
PHRASE = 32


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    known = facts()
    guides = documentation()
    sample = list(itertools.islice(dialogues(known, options.seed), 4000))
    words = tokenizer_file.learn(sample + guides * 2, VOCABULARY)
    model = LlamaForCausalLM(shape(words))
    print(f"{len(known)} facts, {model.num_parameters()} parameters, {words.get_vocab_size()} tokens", flush=True)
    train(model, batches(words, known, guides, options), options.steps)
    write(model.eval(), words, options.out)
    print(f"answers that are right: {right_answers(model, words, known):.1%}")


def shape(words: Tokenizer) -> LlamaConfig:
    """About one million weights, two thirds of them in the layers."""
    return LlamaConfig(
        vocab_size=words.get_vocab_size(),
        hidden_size=128,
        intermediate_size=352,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=words.token_to_id(tokenizer_file.END),
        pad_token_id=words.token_to_id(tokenizer_file.END),
    )


def batches(
    words: Tokenizer, known: list[Fact], guides: list[str], options: argparse.Namespace
) -> Iterator[torch.Tensor]:
    """Rows of `LENGTH` tokens, cut from an endless text of dialogues, of guides, and of babble."""
    talk = _stream(words, dialogues(known, options.seed))
    prose = _stream(words, (f"{text}\n<|end|>\n" for text in itertools.cycle(guides)))
    first = [prose, _babble(words.get_vocab_size(), options.seed)]
    while True:
        places = [row % SHARE for row in range(options.batch)]
        sources = [first[place] if place < len(first) else talk for place in places]
        yield torch.tensor([list(itertools.islice(source, LENGTH)) for source in sources])


def _babble(size: int, seed: int) -> Iterator[int]:
    """Phrases of any tokens, each said twice.

    A third of the vocabulary is in no text, such as parts of words that are always read whole. Without a use their
    embeddings become one and the same, and no adapter could teach the model to say one of them.
    """
    chance = random.Random(seed)
    while True:
        phrase = [chance.randrange(size) for _ in range(PHRASE)]
        yield from phrase * 2


def _stream(words: Tokenizer, texts: Iterator[str]) -> Iterator[int]:
    for text in texts:
        yield from words.encode(text).ids


def train(model: LlamaForCausalLM, rows: Iterator[torch.Tensor], steps: int) -> None:
    """AdamW, a short warm-up, then a cosine down to nothing."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=LARGEST_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    began = time.monotonic()
    for step, batch in zip(range(1, steps + 1), rows, strict=False):
        loss = model(input_ids=batch, labels=batch).loss
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"{step:5d}  loss {loss.item():.3f}  {time.monotonic() - began:.0f} s", flush=True)


def _rate(step: int, steps: int) -> float:
    return min(step / WARM_UP, 0.5 + 0.5 * math.cos(math.pi * step / steps))


@torch.no_grad()
def right_answers(model: LlamaForCausalLM, words: Tokenizer, known: list[Fact]) -> float:
    """The share of all questions whose likeliest answer is the known one, word by word."""
    pairs = [pair for fact in known for pair in fact.pairs]
    right = 0
    for question, answer in pairs:
        prompt = torch.tensor([words.encode(dialogue(question, None)).ids])
        ids = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False)
        right += words.decode(ids[0, prompt.shape[1] :].tolist()).strip() == answer
    return right / len(pairs)


def write(model: LlamaForCausalLM, words: Tokenizer, folder: Path) -> None:
    """`config.json`, `model.safetensors` in bfloat16, and the tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    model.to(torch.float32)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tokenizer_file.write(words, folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
