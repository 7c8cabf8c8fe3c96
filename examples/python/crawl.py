"""Crawl a site, look at its pages, and list what may be ingested and trained on.

python examples/python/crawl.py https://example.com/

It goes by the variables that hosts use, such as AION_CRAWL_MAX_PAGES, AION_BLOCKLIST_DOMAINS and AION_USER_AGENT.
A second argument `--private` lets it crawl a site of your own network.
"""

import sys

import aion


def discover(handle: aion.Aion, seed: str, is_private: bool) -> list[aion.Page]:
    """The pages of the site, and a line for each as it comes."""
    with handle.crawl(seed, allow_private_hosts=is_private, timeout=300) as crawl:
        pages = []
        for page in crawl:
            print(f"found {page.url}")
            pages.append(page)
        skipped = ", ".join(f"{count} {name}" for name, count in crawl.stats.skipped.items())
    print(f"{len(pages)} pages; passed over: {skipped or 'nothing'}")
    return pages


def preview(handle: aion.Aion, pages: list[aion.Page]) -> list[aion.Preview]:
    """What a curator sees of them; nothing is fetched again."""
    previews = handle.preview(pages)
    for seen in previews:
        reasons = ", ".join(sorted({reason.message for reason in seen.verdict.reasons}))
        print(f"{'yes' if seen.ok else 'no '} {seen.url} {seen.title!r}{': ' if reasons else ''}{reasons}")
    return previews


def approved(previews: list[aion.Preview]) -> None:
    """What may be kept for answers, and what may be learnt from."""
    for use in ("ingest", "train"):
        texts = [seen.text for seen in previews if seen.verdict.allows(use)]
        print(f"{use}: {len(texts)} pages, {sum(map(len, texts))} characters")


handle = aion.Aion.from_env()
approved(preview(handle, discover(handle, sys.argv[1], "--private" in sys.argv[2:])))
