"""A crawl through Python: the pages, what is passed over, the settings, and what is refused."""

from __future__ import annotations

import copy
import inspect
import pathlib
import pickle
from typing import Any, cast

import pytest

import aion
from sites import Answer, Site

OPEN: dict[str, Any] = {"allow_private_hosts": True, "delay": 0}


@pytest.fixture
def tree(site: Site) -> Site:
    """Seven pages, breadth first: the seed, two, and two below each of them."""
    site.page("/", "/1", "/2")
    site.page("/1", "/3", "/4")
    site.page("/2", "/5", "/6")
    for number in range(3, 7):
        site.page(f"/{number}", "/")
    return site


def paths(site: Site, pages: list[aion.Page]) -> set[str]:
    return {page.url.removeprefix(site.url) for page in pages}


def test_a_crawl_hands_out_every_page_once(tree: Site) -> None:
    crawl = aion.Aion().crawl(tree.url, **OPEN)
    pages = list(crawl)
    assert paths(tree, pages) == {"/", "/1", "/2", "/3", "/4", "/5", "/6"}
    assert len(pages) == 7 == crawl.stats.pages
    assert {page.depth for page in pages} == {0, 1, 2} and pages[0].depth == 0
    assert list(crawl) == [] and crawl.next() is None
    assert tree.asked.count("/robots.txt") == 1


def test_a_page_has_everything(site: Site) -> None:
    head = (
        '<meta name="description" content="About the mill"><meta name="robots" content="noai">'
        '<meta property="article:published_time" content="2024-05-06">'
    )
    site.answers["/"] = Answer("", status=302, headers=(("Location", "/home"),))
    site.page("/home", "/login", "http://other.invalid/", head=head)
    site.answers["/home"].headers = (
        ("X-A", "one"),
        ("x-a", "two"),
        ("Set-Cookie", "a=1; expires=Wed, 01 Jan 2025 00:00:00 GMT"),
        ("Set-Cookie", "b=2"),
    )
    [page] = aion.Aion().crawl(site.url, **OPEN)
    assert (page.url, page.final_url) == (f"{site.url}/", f"{site.url}/home")
    assert (page.status, page.depth, page.title, page.language) == (200, 0, "Page /home", "en")
    assert page.text.count("miller keeps count") == 3
    assert page.links == [f"{site.url}/login", "http://other.invalid/"]
    assert page.published == "2024-05-06" and page.images == []
    assert page.meta["description"] == "About the mill"
    assert page.content_type == "text/html; charset=utf-8"
    assert page.html.startswith(b"<!doctype html>") and page.html is page.html
    assert page.headers["x-a"] == "one, two"
    assert page.headers["set-cookie"] == "a=1; expires=Wed, 01 Jan 2025 00:00:00 GMT\nb=2"
    assert page.verdict.ok and not page.verdict.allows("train")
    assert [(reason.code, reason.use) for reason in page.verdict.reasons] == [("noai", "train")]
    assert repr(page) == f"<Page '{site.url}/': status=200, title='Page /home', ok=True>"


def test_results_pickle_and_are_frozen(tree: Site) -> None:
    handle = aion.Aion()
    crawl = handle.crawl(tree.url, **OPEN)
    page, other = next(crawl), next(crawl)
    list(crawl)
    preview = handle.preview([page])[0]
    for value in (page, preview, page.verdict, crawl.stats):
        for twin in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert type(twin) is type(value) and twin == value and hash(twin) == hash(value)
            assert repr(twin) == repr(value)
    assert pickle.loads(pickle.dumps(page)).html == page.html
    assert page != other and page != object()
    for name in ("url", "html", "verdict"):
        with pytest.raises(AttributeError):
            setattr(page, name, None)
    with pytest.raises(TypeError):
        pickle.dumps(crawl)
    with pytest.raises(TypeError):
        aion.Page()


def test_a_damaged_pickle_is_refused(tree: Site) -> None:
    page = next(aion.Aion().crawl(tree.url, **OPEN))
    restore, (state, html) = cast(tuple[Any, tuple[str, bytes]], page.__reduce__())
    with pytest.raises(aion.InvalidArgumentError, match="pickle"):
        restore(state[:-1], html)


def test_what_is_passed_over_is_counted(site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /secret/")
    site.page("/", "/secret/a", "/login", "/missing", "/file", "http://other.invalid/", "/blocked/x", "/ok")
    site.answers["/file"] = Answer(b"\x00\x01", content_type="application/octet-stream")
    site.page("/ok")
    with aion.Aion().crawl(site.url, blocklist=[f"{site.url}/blocked"], **OPEN) as crawl:
        assert paths(site, list(crawl)) == {"/", "/ok"}
    stats = crawl.stats
    expected = {"robots", "private_route", "http_status", "content_type", "off_host", "blocklist"}
    assert expected <= stats.skipped.keys()
    misses = {miss.url.removeprefix(site.url): miss for miss in stats.misses}
    assert misses["/missing"].skip == "http_status" and "404" in misses["/missing"].message
    assert misses["/file"].skip == "content_type"
    assert not {"/secret/a", "/login", "/blocked/x"} & set(site.asked)
    assert (stats.robots, stats.pages) == (1, 2) and stats.elapsed > 0 and stats.bytes > 1000
    assert stats.requests >= 5 and stats.waiting == 0
    miss = stats.misses[0]
    twin = pickle.loads(pickle.dumps(miss))
    assert twin == miss and repr(twin) == repr(miss) and hash(twin) == hash(miss)


def test_robots_can_be_left_out_of_account(site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /a")
    site.page("/", "/a")
    site.page("/a")
    assert len(list(aion.Aion().crawl(site.url, respect_robots=False, **OPEN))) == 2
    assert len(list(aion.Aion(respect_robots=False).crawl(site.url, **OPEN))) == 2
    handle = aion.Aion(respect_robots=False)
    assert len(list(handle.crawl(site.url, respect_robots=True, **OPEN))) == 1
    assert len(list(aion.Aion().crawl(site.url, respect_robots=None, **OPEN))) == 1


def test_the_settings_of_the_handle_count(tree: Site) -> None:
    handle = aion.Aion(
        crawl_max_pages=3, blocklist=[f"{tree.url}/1"], user_agent="MillBot/1.0 (+mill@example.com)"
    )
    assert len(list(handle.crawl(tree.url, **OPEN))) == 3
    assert tree.agents == {"MillBot/1.0 (+mill@example.com)"}
    both = aion.Blocklist([f"{tree.url}/2"])
    assert paths(tree, list(handle.crawl(tree.url, max_pages=9, blocklist=both, **OPEN))) == {"/"}
    twin = pickle.loads(pickle.dumps(handle))
    assert repr(twin) == repr(handle) and "user_agent='MillBot/1.0 (+mill@example.com)'" in repr(handle)
    env = {
        "AION_CRAWL_MAX_PAGES": "3",
        "AION_BLOCKLIST_DOMAINS": f"{tree.url}/1",
        "AION_USER_AGENT": "MillBot/1.0 (+mill@example.com)",
    }
    assert repr(aion.Aion.from_env(env)) == repr(handle)
    assert "respect_robots=False" in repr(aion.Aion.from_env({"AION_ALLOW_ROBOTS": "false"}))


def test_bounds_are_kept(tree: Site) -> None:
    handle = aion.Aion()
    assert len(list(handle.crawl(tree.url, max_pages=4, **OPEN))) == 4
    crawl = handle.crawl(tree.url, max_depth=1, **OPEN)
    assert paths(tree, list(crawl)) == {"/", "/1", "/2"} and crawl.stats.skipped["too_deep"] == 2
    tree.page("/", "/1", text="word " * 50_000)
    crawl = handle.crawl(tree.url, max_page_bytes=10_000, **OPEN)
    with pytest.raises(aion.AionError):
        list(crawl)


def test_signals_can_be_left_out_of_account(site: Site) -> None:
    site.page("/", head='<meta name="robots" content="noindex">', text="A short one.")
    [page] = aion.Aion().crawl(site.url, **OPEN)
    assert {reason.code for reason in page.verdict.reasons} == {"noindex", "too_short"}
    [page] = aion.Aion().crawl(site.url, ignore=["noindex"], min_text_chars=5, **OPEN)
    assert page.verdict.ok and page.verdict.ignored == {"noindex"}
    assert {reason.code for reason in page.verdict.waived} == {"noindex"}


def test_a_private_seed_must_be_allowed(site: Site) -> None:
    site.page("/")
    for seed in (site.url, "http://localhost/", "http://10.0.0.1/", "http://[::1]/", "http://2130706433/"):
        with pytest.raises(aion.AionError, match="allow_private_hosts|not on the internet|private"):
            list(aion.Aion().crawl(seed, timeout=20))
    with pytest.raises(aion.InvalidArgumentError, match="allow_private_hosts"):
        aion.Aion().crawl(site.url)
    assert site.asked == []


def test_only_the_seeds_own_port_is_opened(site: Site) -> None:
    site.page("/", "http://127.0.0.1:9/", "http://127.0.0.2/", "/next")
    site.answers["/next"] = Answer("", status=302, headers=(("Location", "http://127.0.0.1:9/"),))
    crawl = aion.Aion().crawl(site.url, same_host=False, **OPEN)
    assert paths(site, list(crawl)) == {"/"}
    assert crawl.stats.skipped["forbidden_address"] >= 3


def test_a_resolver_in_python_is_asked_and_checked(site: Site) -> None:
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = site.url.rsplit(":", 1)[1]
    site.page("/")
    [page] = aion.Aion().crawl(f"http://mill.example:{port}/", resolver=resolver, **OPEN)
    assert page.url == f"http://mill.example:{port}/" and set(asked) == {"mill.example"}
    with pytest.raises(aion.AionError, match=r"127\.0\.0\.1 is not on the internet"):
        list(aion.Aion().crawl(f"http://mill.example:{port}/", resolver=resolver, retries=0))


def test_a_resolver_that_fails_is_told_of() -> None:
    def broken(_host: str) -> list[str]:
        raise LookupError("no such mill")

    wrong: list[tuple[Any, str]] = [
        (broken, "no such mill"),
        (lambda _: ["mill"], "no IP address"),
        (lambda _: 5, "iterable"),
    ]
    for resolver, words in wrong:
        with pytest.raises(aion.UnavailableError, match=words):
            list(aion.Aion().crawl("http://mill.example/", resolver=resolver, retries=0))


def test_a_state_file_goes_on(tree: Site, tmp_path: pathlib.Path) -> None:
    state = tmp_path / "mill.state"
    for path, answer in tree.answers.items():
        answer.headers = (("ETag", f'"{path}"'),)
    handle = aion.Aion()
    with handle.crawl(tree.url, state=state, **OPEN) as crawl:
        first = [next(crawl), next(crawl), next(crawl)]
    with handle.crawl(tree.url, state=str(state), **OPEN) as crawl:
        second = list(crawl)
    # The page in hand when the crawl was closed may not have been used, so it comes again.
    assert paths(tree, first[:2]) & paths(tree, second) == set()
    assert paths(tree, first) | paths(tree, second) == {"/", "/1", "/2", "/3", "/4", "/5", "/6"}
    with handle.crawl(tree.url, state=state, **OPEN) as crawl, pytest.raises(aion.UnavailableError):
        handle.crawl(tree.url, state=state, **OPEN)
    with pytest.raises(aion.InvalidArgumentError, match="mill.state"):
        handle.crawl("http://127.0.0.1:1/", state=state, **OPEN)
    (tmp_path / "letter").write_text("Dear miller,\n")
    with pytest.raises(aion.InvalidInputError, match="letter"):
        handle.crawl(tree.url, state=tmp_path / "letter", **OPEN)
    assert list(handle.crawl(tree.url, state=state, **OPEN)) == [], "nothing has changed"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": -1}, "max_pages is -1"),
        ({"max_pages": 2**70}, "max_pages"),
        ({"max_depth": 2**40}, "max_depth"),
        ({"concurrency": 0}, "concurrency"),
        ({"connections_per_host": 5000}, "connections_per_host"),
        ({"max_page_bytes": 0}, "max_page_bytes"),
        ({"page_timeout": 0}, "page_timeout"),
        ({"delay": -1}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"timeout": -1}, "timeout"),
        ({"user_agent": "\n"}, "user_agent"),
        ({"blocklist": ["*"]}, "blocklist"),
        ({"blocklist": "facebook.com"}, "blocklist"),
        ({"hosts": "example.com"}, "hosts"),
        ({"ignore": ["nonsense"]}, "nonsense"),
        ({"resolver": 5}, "resolver"),
        ({"progress": 5}, "progress"),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(aion.InvalidArgumentError, match=words):
        aion.Aion().crawl("https://example.com/", **settings)
    with pytest.raises(aion.InvalidArgumentError, match=words):
        aion.Aion().preview(["https://example.com/"], **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_pages": "many"},
        {"max_pages": 1.5},
        {"same_host": "no"},
        {"delay": "1"},
        {"user_agent": 5},
        {"blocklist": 5},
        {"ignore": [5]},
        {"cancel": 5},
        {"max_page": 5},
        {"max_page": None},
    ],
    ids=str,
)
def test_wrong_types_and_unknown_names_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(settings))):
        aion.Aion().crawl("https://example.com/", **settings)


SETTINGS = list(inspect.signature(aion.Aion.crawl).parameters)[2:]


def test_both_verbs_take_the_same_settings() -> None:
    assert SETTINGS == list(inspect.signature(aion.Aion.preview).parameters)[2:]
    unset: dict[str, Any] = dict.fromkeys(SETTINGS)
    aion.Aion().crawl("https://example.invalid/", **unset).close()
    assert aion.Aion().preview([], **unset) == []


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_looked_at(name: str) -> None:
    settings: dict[str, Any] = {name: object()}
    with pytest.raises((TypeError, aion.InvalidArgumentError), match=name):
        aion.Aion().crawl("https://example.com/", **settings)


@pytest.mark.parametrize("seed", ["", "mill", "ftp://example.com/", "https://", "file:///etc/passwd"])
def test_seeds_that_are_no_http_address_are_refused(seed: str) -> None:
    with pytest.raises(aion.AionError) as refused:
        aion.Aion().crawl(seed)
    assert refused.value.kind in {"invalid_argument", "invalid_input"}


def test_a_seed_that_can_not_be_had_is_an_error(site: Site) -> None:
    crawl = aion.Aion().crawl(f"{site.url}/missing", **OPEN)
    with pytest.raises(aion.UnavailableError, match="404"):
        next(crawl)
    assert list(crawl) == [], "told once"
