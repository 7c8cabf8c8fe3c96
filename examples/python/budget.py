"""Ask a paid model only when the local answer is doubtful and the day's money reaches.

python examples/python/budget.py ledger.db

Run it again and again: the ledger is shared by all runs, and what they pay together never passes $0.02 a day.
"""

import pathlib
import sys

import aion

PRICE = aion.Price(input_per_million="2.50", output_per_million="10.00")
QUESTIONS = {"What is on the poster?": 0.91, "Who wrote the letter?": 0.35, "What does it ask for?": 0.20}


def ask_locally(question: str) -> str:
    """The small model of this machine; here, none at all."""
    return f"local answer to {question!r}"


def ask_provider(question: str, max_tokens: int) -> tuple[str, int, int]:
    """A paid model; here, a fake one: the answer, and the tokens that are billed."""
    return f"paid answer to {question!r}", len(question), max_tokens // 2


def answer(budget: aion.Budget, question: str, confidence: float) -> str:
    """The local answer, or one that money was set aside for before the call left."""
    most = budget.max_tokens_per_reply
    # No token is shorter than a byte, so this is never too few.
    bound = PRICE.upper_bound(len(question.encode()), most)
    decision = budget.decide(confidence=confidence, cost_usd=bound)
    print(f"{decision.verdict}: {decision.explanation}")
    if decision.grant is None:
        return ask_locally(question)
    # Whatever happens inside, the grant is ended: a call that may have been made is paid for in full.
    with decision.grant as grant:
        grant.dispatched()
        text, input_tokens, output_tokens = ask_provider(question, most)
        grant.settle(PRICE.cost(input_tokens, output_tokens))
    return text


budget = aion.Budget(pathlib.Path(sys.argv[1]), daily_usd="0.02")
for question, confidence in QUESTIONS.items():
    print(answer(budget, question, confidence))
status = budget.status()
print(f"{status.window}: ${status.spent_usd} spent, ${status.remaining_usd} left")
