"""The local model, the budget and a paid model, joined; the paid one is a small server on this machine."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import aion
from conftest import ROOT, Run

KEY = "sk-test-0123456789abcdefghij"
QUESTION = "Qual é a capital do Brasil?"
PRICE = aion.Price(10, 20)

Reply = Callable[["Paid"], tuple[int, dict[str, str], bytes]]


def unsure(messages: list[dict[str, str]]) -> tuple[str, float]:
    return "Não sei.", 0.2


class Paid(http.server.BaseHTTPRequestHandler):
    """Answers a POST as the server's `reply` says, and notes what was asked."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((headers, body))  # type: ignore[attr-defined]
        status, headers, content = self.server.reply(self)  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class Endpoint(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Paid)
        self.reply = reply
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def client(self, **options: Any) -> aion.OpenAi:
        given: dict[str, Any] = {"base_url": self.base_url, "model": "paid-model", "price": PRICE}
        return aion.OpenAi(KEY, **(given | options))


@contextlib.contextmanager
def serving(reply: Reply) -> Iterator[Endpoint]:
    endpoint = Endpoint(reply)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()


def as_json(body: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def brasilia(_: Paid) -> tuple[int, dict[str, str], bytes]:
    choice = {"message": {"role": "assistant", "content": "Brasília."}, "finish_reason": "stop"}
    return as_json({"choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 5}})


def streamed(_: Paid) -> tuple[int, dict[str, str], bytes]:
    events: list[dict[str, Any]] = [
        {"choices": [{"delta": {"content": text}}]} for text in ("Bra", "sília", ".")
    ]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 5}})
    lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return 200, {"Content-Type": "text/event-stream"}, f"{lines}data: [DONE]\n\n".encode()


def assert_spent(budget: aion.Budget, usd: aion.Usd | int) -> None:
    status = budget.status()
    assert status.spent_usd == usd and status.held_usd == 0
    assert budget.audit().is_clean


def test_an_unsure_answer_is_paid_for_and_a_sure_one_is_not() -> None:
    budget = aion.Budget(daily_usd=5)
    with serving(brasilia) as endpoint:
        driver = aion.HybridDriver(unsure, budget, endpoint.client(project="proj_1"))
        answer = driver.answer(QUESTION)
        assert (answer.text, answer.source, answer.confidence) == ("Brasília.", "paid", 0.2)
        assert answer.reason == "granted" and answer.decision is not None
        assert (answer.decision.verdict, answer.decision.grant) == ("fallback", None)
        assert answer.cost_usd == PRICE.cost(40, 5)
        assert [attempt["failure"] for attempt in answer.attempts] == [None]
        assert_spent(budget, answer.cost_usd)
        headers, body = endpoint.asked[0]
        assert headers["authorization"] == f"Bearer {KEY}" and headers["openai-project"] == "proj_1"
        assert (body["model"], body["max_tokens"], body["messages"][-1]["content"]) == (
            "paid-model",
            400,
            QUESTION,
        )
        sure = aion.HybridDriver(lambda messages: ("Sim.", 0.62), budget, endpoint.client()).answer(QUESTION)
        assert (sure.text, sure.source, sure.reason, len(endpoint.asked)) == ("Sim.", "local", "confident", 1)


def test_the_model_that_ships_is_asked_first() -> None:
    model = aion.LocalModel(ROOT / "models" / "llama-tiny")
    with serving(brasilia) as endpoint:
        driver = aion.HybridDriver(model, aion.Budget(), endpoint.client())
        answer = driver.answer(QUESTION, max_tokens=40)
        assert (answer.text, answer.source) == ("A capital do Brasil é Brasília.", "local")
        assert answer.confidence == model.generate(QUESTION, max_tokens=40).confidence
        unknown = driver.answer("Zwölf Boxkämpfer jagen wen?", max_tokens=40)
        assert (unknown.source, len(endpoint.asked)) == ("paid", 1)


def test_pieces_come_with_their_source() -> None:
    pieces: list[tuple[str, str]] = []

    def hear(source: str, piece: str) -> None:
        pieces.append((source, piece))

    with serving(streamed) as endpoint:
        driver = aion.HybridDriver(unsure, aion.Budget(), endpoint.client())
        assert driver.answer(QUESTION, on_text=hear).text == "Brasília."
        assert pieces == [("paid", "Bra"), ("paid", "sília"), ("paid", ".")]
        assert endpoint.asked[0][1]["stream_options"] == {"include_usage": True}
        assert driver.answer(QUESTION, on_text=lambda source, piece: False).text == "Bra"

        def fail(source: str, piece: str) -> None:
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            driver.answer(QUESTION, on_text=fail)


@pytest.mark.parametrize(
    ("status", "reason", "is_billed"),
    [
        (401, "unauthorized", False),
        (404, "not_found", False),
        (429, "rate_limited", False),
        (500, "server_error", True),
    ],
)
def test_what_the_provider_refuses_is_answered_locally(status: int, reason: str, is_billed: bool) -> None:
    budget = aion.Budget(daily_usd=5)
    complaint = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": KEY}}
    with serving(lambda _: as_json(complaint, status)) as endpoint:
        client = endpoint.client()
        answer = aion.HybridDriver(unsure, budget, client).answer(QUESTION, max_retries=0)
    assert (answer.text, answer.source, answer.reason) == ("Não sei.", "local", reason)
    held = answer.attempts[0]["held_micro_usd"]
    assert answer.attempts[0]["cost_micro_usd"] == (held if is_billed else 0)
    assert_spent(budget, answer.cost_usd)
    texts = [repr(answer), answer.explanation, json.dumps(answer.attempts), repr(client), *answer.notes]
    assert all(KEY[:8] not in text for text in texts)


def test_what_passes_is_tried_again_with_another_grant() -> None:
    budget = aion.Budget(daily_usd=5)

    def once_busy(request: Paid) -> tuple[int, dict[str, str], bytes]:
        asked = request.server.asked  # type: ignore[attr-defined]
        return as_json({}, 503) if len(asked) == 1 else brasilia(request)

    with serving(once_busy) as endpoint:
        answer = aion.HybridDriver(unsure, budget, endpoint.client()).answer(QUESTION, max_pause=0.1)
    assert (answer.source, [attempt["failure"] for attempt in answer.attempts]) == (
        "paid",
        ["server_error", None],
    )
    assert len({attempt["grant"] for attempt in answer.attempts}) == 2


def test_nobody_there_costs_nothing() -> None:
    budget = aion.Budget(daily_usd=5)
    with serving(brasilia) as endpoint:
        client = endpoint.client()
    answer = aion.HybridDriver(unsure, budget, client).answer(QUESTION, max_retries=0)
    assert (answer.text, answer.reason) == ("Não sei.", "unreachable")
    assert_spent(budget, 0)
    assert budget.status().fallbacks_last_hour == 0


def test_cancel_and_timeout() -> None:
    budget, token = aion.Budget(daily_usd=5), aion.CancelToken()

    def slow(request: Paid) -> tuple[int, dict[str, str], bytes]:
        token.cancel()
        time.sleep(5)
        return brasilia(request)

    with serving(slow) as endpoint:
        driver = aion.HybridDriver(unsure, budget, endpoint.client())
        with pytest.raises(aion.CancelledError):
            driver.answer(QUESTION, cancel=token)
        answer = driver.answer(QUESTION, timeout=1.5)
        assert (answer.text, answer.reason) == ("Não sei.", "stopped")
    assert budget.status().held_usd == 0 and budget.audit().is_clean


def test_a_callable_may_be_the_paid_model() -> None:
    asked: list[tuple[list[dict[str, str]], int]] = []

    class Own:
        name = "own"
        price = PRICE

        def __init__(self, reply: Any) -> None:
            self.reply = reply

        def __call__(self, messages: list[dict[str, str]], /, *, max_tokens: int) -> Any:
            asked.append((messages, max_tokens))
            return self.reply() if callable(self.reply) else self.reply

    def ask(reply: object) -> tuple[aion.HybridAnswer, aion.Budget]:
        budget = aion.Budget(daily_usd=5, max_tokens_per_reply=77)
        return aion.HybridDriver(unsure, budget, Own(reply)).answer(QUESTION), budget

    answer, budget = ask(("Brasília.", 40, 5))
    assert (answer.text, answer.source, answer.cost_usd) == ("Brasília.", "paid", PRICE.cost(40, 5))
    assert_spent(budget, answer.cost_usd)
    assert asked[0][1] == 77 and asked[0][0][-1] == {"role": "user", "content": QUESTION}
    answer, budget = ask("Brasília.")
    assert answer.attempts[0]["cost_micro_usd"] == answer.attempts[0]["held_micro_usd"] > 0
    assert answer.attempts[0]["external"] == "own"

    def broken() -> str:
        raise ValueError("no route")

    for reply, words in [(broken, "no route"), (7, "not int"), (("a", -1, 2), "not tuple")]:
        answer, budget = ask(reply)
        assert (answer.text, answer.source, answer.reason) == ("Não sei.", "local", "failed")
        assert words in answer.explanation
        assert_spent(budget, answer.cost_usd)

    def interrupted() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(interrupted)


def test_without_a_price_nobody_is_paid() -> None:
    answer = aion.HybridDriver(unsure, aion.Budget(), lambda messages, *, max_tokens: "paid").answer(QUESTION)
    assert (answer.text, answer.reason) == ("Não sei.", "unknown_price")
    answer = aion.HybridDriver(unsure, aion.Budget()).answer(QUESTION)
    assert (answer.text, answer.reason) == ("Não sei.", "no_external")


def test_a_local_model_of_the_hosts_may_raise() -> None:
    def broken(messages: list[dict[str, str]]) -> tuple[str, float]:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        aion.HybridDriver(broken, aion.Budget()).answer(QUESTION)
    with pytest.raises(TypeError, match="confidence"):
        aion.HybridDriver(lambda messages: 7, aion.Budget()).answer(QUESTION)  # type: ignore[arg-type, return-value]


def test_a_store_keeps_every_answer(tmp_path: pathlib.Path) -> None:
    store = aion.Knowledge(tmp_path / "aion.db")
    answer = aion.HybridDriver(unsure, aion.Budget(), recorder=store).answer(QUESTION)
    assert not answer.notes
    (kept,) = store.interactions()
    assert kept["messages"][-1]["content"] == answer.text
    assert any(message["content"] == QUESTION for message in kept["messages"])


def test_every_answer_is_recorded() -> None:
    kept: list[tuple[aion.HybridAnswer, list[dict[str, str]]]] = []

    def keep(answer: aion.HybridAnswer, messages: list[dict[str, str]]) -> None:
        kept.append((answer, messages))

    answer = aion.HybridDriver(unsure, aion.Budget(), recorder=keep).answer(QUESTION)
    assert kept[0][0].text == answer.text and kept[0][1][-1]["content"] == QUESTION

    def fail(answer: aion.HybridAnswer, messages: list[dict[str, str]]) -> None:
        raise OSError("the disk is full")

    answer = aion.HybridDriver(unsure, aion.Budget(), recorder=fail).answer(QUESTION)
    assert answer.text == "Não sei." and "the disk is full" in answer.notes[0]


def test_variables_make_a_driver(tmp_path: pathlib.Path) -> None:
    with serving(brasilia) as endpoint:
        env = {
            "USE_OPENAI": "true",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": endpoint.base_url,
            "OPENAI_MODEL": "paid-model",
            "OPENAI_INPUT_USD_PER_MILLION": "1",
            "OPENAI_OUTPUT_USD_PER_MILLION": "2",
            "OPENAI_MAX_TOKENS_PER_REPLY": "123",
        }
        driver = aion.HybridDriver.from_env(unsure, env, path=tmp_path / "purse.db")
        assert driver.answer(QUESTION).text == "Brasília."
        assert endpoint.asked[0][1]["max_tokens"] == 123
    assert aion.HybridDriver.from_env(unsure, {}).external is None
    with pytest.raises(aion.InvalidArgumentError, match="OPENAI_API_KEY") as refused:
        aion.OpenAi.from_env({"OPENAI_API_KEY": "sk secret"})
    assert "secret" not in str(refused.value)


def test_what_is_none_of_these_is_refused() -> None:
    for arguments in [(7, aion.Budget()), (unsure, aion.Budget(), 7)]:
        with pytest.raises(aion.InvalidArgumentError):
            aion.HybridDriver(*arguments)  # type: ignore[arg-type]
    for options in [
        {"base_url": "http://example.com/v1"},
        {"timeout": 0},
        {"model": ""},
        {"project": "a\nb"},
    ]:
        with pytest.raises(aion.InvalidArgumentError) as refused:
            aion.OpenAi(KEY, **options)  # type: ignore[arg-type]
        assert KEY[:8] not in str(refused.value)
    with pytest.raises(aion.InvalidArgumentError):
        aion.HybridDriver(unsure, aion.Budget()).answer(QUESTION, max_retries=99)
    with pytest.raises(aion.InvalidInputError):
        aion.HybridDriver(unsure, aion.Budget()).answer([{"role": "assistant", "content": "a"}])


def test_answers_pickle_and_clients_do_not(tmp_path: pathlib.Path) -> None:
    answer = aion.HybridDriver(unsure, aion.Budget()).answer(QUESTION)
    again = pickle.loads(pickle.dumps(answer))
    assert (again.text, again.reason, again.cost_usd) == (answer.text, answer.reason, answer.cost_usd)
    assert again.decision.record == answer.decision.record  # type: ignore[union-attr]
    with pytest.raises(TypeError, match="key"):
        pickle.dumps(aion.OpenAi(KEY))
    driver = aion.HybridDriver(unsure, aion.Budget(tmp_path / "purse.db"))
    assert pickle.loads(pickle.dumps(driver)).answer(QUESTION).text == "Não sei."


def test_in_a_child_the_answer_is_local(run_python: Run) -> None:
    program = """
import os, aion

driver = aion.HybridDriver(lambda messages: ("Sim.", 0.1), aion.Budget(), aion.OpenAi("sk-test"))
if os.fork() == 0:
    answer = driver.answer("Sim?")
    print(answer.text, answer.reason, answer.decision, flush=True)
    os._exit(0)
os.wait()
"""
    done = run_python(program)
    assert (done.returncode, done.stdout) == (0, "Sim. no_decision None\n"), done.stderr
