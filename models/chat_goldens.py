"""What transformers makes of chats, as golden files for the dataset's own rendering.

    python models/chat_goldens.py aion-core/tests/data/dataset

Stored are chat templates in the styles of well-known models with the text and the assistant's parts that transformers
renders, a small byte-level BPE tokenizer, and token ids. It needs transformers, which the tests do without.
"""

import argparse
import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template

CHATML = """{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""

QWEN = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}{{ tools | tojson }}{{ '<|im_end|>\\n' }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

LLAMA2 = """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""

LLAMA3 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Year known: " + (date_string | length | string) + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

ZEPHYR = """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}"""

GENERATION = """{%- set ns = namespace(count=0) -%}
{% macro opening(role) %}<|im_start|>{{ role }}
{% endmacro %}
{% for message in messages %}
    {% if message.role.startswith('sys') %}
        {% continue %}
    {% endif %}
    {% set ns.count = ns.count + 1 %}
    {{- opening(message.role) -}}
    {% if message.role == 'assistant' %}
        {% generation %}
        {{- message.content.strip().split('\\n') | join(' / ') + '<|im_end|>' -}}
        {% endgeneration %}
        {{- '\\n' }}
    {% else %}
        {{- message.content ~ '<|im_end|>\\n' }}
    {% endif %}
{% endfor %}
{{- {'turns': ns.count, 'who': ['a', none, true], 'ç': 1.5} | tojson }}
{% if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{% endif %}
"""

TEMPLATES = {
    "chatml": CHATML,
    "qwen": QWEN,
    "llama2": LLAMA2,
    "llama3": LLAMA3,
    "zephyr": ZEPHYR,
    "gemma": GEMMA,
    "generation": GENERATION,
}

SYSTEM = {"role": "system", "content": "Você é a AION, IA autônoma da plataforma."}
CHATS = [
    [{"role": "user", "content": "Olá!"}, {"role": "assistant", "content": "Olá, tudo bem?"}],
    [SYSTEM, {"role": "user", "content": " What is 2 + 2? "}, {"role": "assistant", "content": "4\nfour\n"}],
    [
        {"role": "user", "content": "Um"},
        {"role": "assistant", "content": "Dois"},
        {"role": "user", "content": "Três: \"aspas\" & <tags>"},
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


def encoded(fast: PreTrainedTokenizerFast, chat: list[dict[str, str]]) -> dict:
    """Ids and the assistant's mask, as transformers gives them."""
    out = fast.apply_chat_template(
        chat, chat_template=GENERATION, return_assistant_tokens_mask=True, return_dict=True
    )
    return {"messages": chat, "ids": out["input_ids"], "mask": out["assistant_masks"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    (folder / "base").mkdir(parents=True, exist_ok=True)
    tokenizer().save(str(folder / "base" / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": GENERATION}
    (folder / "base" / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
    fast = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "base" / "tokenizer.json"), bos_token="<s>", eos_token="</s>"
    )
    golden = {
        "made_by": "models/chat_goldens.py",
        "templates": [
            {
                "name": name,
                "template": template,
                "cases": [
                    {"messages": chat, "prompt": prompt, **rendered(template, chat, prompt)}
                    for chat in CHATS
                    for prompt in (False, True)
                ],
            }
            for name, template in TEMPLATES.items()
        ],
        "encoded": [encoded(fast, chat) for chat in CHATS[:3]],
    }
    (folder / "chats.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
