"""Answer with the local model, and with a paid one where it is unsure and the day's money reaches.

python examples/python/hybrid.py models/llama-tiny ledger.db

With OPENAI_API_KEY (and USE_OPENAI=true) in the environment the paid model is that of docs/configuration.md; without,
a fake one of this program, within two cents a day.
"""

import os
import pathlib
import sys

import aion

QUESTIONS = ["Qual é a capital do Brasil?", "What is the capital of Portugal?", "Why are there two high tides a day?"]


class FakePaidModel:
    """What a host's own paid model has to be: callable, with a price."""

    name = "fake-model"
    price = aion.Price(input_per_million="2.50", output_per_million="10.00")

    def __call__(self, messages: list[dict[str, str]], /, *, max_tokens: int) -> tuple[str, int, int]:
        question = messages[-1]["content"]
        # The text, and the tokens that are billed.
        return f"paid answer to {question!r}", len(question), 12


model = aion.LocalModel(sys.argv[1])
ledger = pathlib.Path(sys.argv[2])
if os.environ.get("OPENAI_API_KEY"):
    driver = aion.HybridDriver.from_env(model, path=ledger)
else:
    driver = aion.HybridDriver(model, aion.Budget(ledger, daily_usd="0.02"), FakePaidModel())

for question in QUESTIONS:
    answer = driver.answer(question, max_tokens=40)
    print(f"{question}\n  {answer.text}")
    print(f"  {answer.source}, confidence {answer.confidence:.2f}, ${answer.cost_usd}: {answer.explanation}")
status = driver.budget.status()
print(f"{status.window}: ${status.spent_usd} spent, ${status.remaining_usd} left")
