"""What transformers makes of chats, as golden files for the dataset's own rendering.

    python models/chat_goldens.py aion-core/tests/data/dataset

In `templates` there are chat templates in the styles of well-known models. Stored are the text and the assistant's
parts that transformers renders, a small byte-level BPE tokenizer, and token ids. It needs transformers, which the
tests do without.
"""

import argparse
import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template

SYSTEM = {"role": "system", "content": "Você é a AION, IA autônoma da plataforma."}
CHATS = [
    [{"role": "user", "content": "Olá!"}, {"role": "assistant", "content": "Olá, tudo bem?"}],
    [SYSTEM, {"role": "user", "content": " What is 2 + 2? "}, {"role": "assistant", "content": "4\nfour\n"}],
    [
        {"role": "user", "content": "Um"},
        {"role": "assistant", "content": "Dois"},
        {"role": "user", "content": 'Três: "aspas" & <tags>'},
        {"role": "assistant", "content": "Quatro 😀"},
    ],
    [SYSTEM, {"role": "assistant", "content": "I begin"}, {"role": "assistant", "content": "twice"}],
]
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|end|>"]


def rendered(template: str, chat: list[dict[str, str]], prompt: bool) -> dict:
    """The text, and where it is the assistant's; or the error."""
    has_parts = "{% generation %}" in template
    try:
        text, parts = render_jinja_template(
            [chat],
            chat_template=template,
            return_assistant_tokens_mask=has_parts,
            add_generation_prompt=prompt,
            bos_token="<s>",
            eos_token="</s>",
        )
    except Exception as error:  # templates raise what they like
        return {"error": str(error)}
    return {"text": text[0], "parts": parts[0] if has_parts else None}


def tokenizer() -> Tokenizer:
    """A byte-level BPE in the manner of GPT-2, with a start token as Llama has it."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    texts = [message["content"] for chat in CHATS for message in chat]
    bpe.train_from_iterator(texts * 4 + ["<|assistant|>: resposta\n<|user|>: pergunta\n"] * 8, trainer)
    return bpe


def encoded(fast: PreTrainedTokenizerFast, template: str, chat: list[dict[str, str]]) -> dict:
    """Ids and the assistant's mask, as transformers gives them."""
    out = fast.apply_chat_template(chat, chat_template=template, return_assistant_tokens_mask=True, return_dict=True)
    return {"messages": chat, "ids": out["input_ids"], "mask": out["assistant_masks"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    (folder / "base").mkdir(parents=True, exist_ok=True)
    templates = {path.stem: path.read_text() for path in sorted((folder / "templates").glob("*.jinja"))}
    tokenizer().save(str(folder / "base" / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": templates["generation"]}
    (folder / "base" / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
    fast = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "base" / "tokenizer.json"), bos_token="<s>", eos_token="</s>"
    )
    golden = {
        "made_by": "models/chat_goldens.py",
        "templates": [
            {
                "name": name,
                "cases": [
                    {"messages": chat, "prompt": prompt, **rendered(template, chat, prompt)}
                    for chat in CHATS
                    for prompt in (False, True)
                ],
            }
            for name, template in templates.items()
        ],
        "encoded": [encoded(fast, templates["generation"], chat) for chat in CHATS[:3]],
    }
    (folder / "chats.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
