//! The verbs of the web: whole sites, and a look at pages.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::crawl::Crawl;
use super::preview::{Preview, previews};
use crate::aion::Aion;

#[pymethods]
impl Aion {
    /// Begin to crawl a site from `seed`, breadth first, and return at once; the pages are pulled from the answer.
    ///
    /// The defaults are polite, lawful and bounded. Every address is checked before it is asked for: the crawl goes
    /// nowhere but to the internet, to the hosts that it may visit, and where `robots.txt` lets it. A setting that is
    /// `None` is the handle's, or else the default. The time of `timeout`, and `cancel`, hold for the whole crawl.
    ///
    /// Args:
    ///     seed: Where to begin: an `http` or `https` address.
    ///     max_pages: Most pages that are handed out, over all runs with one `state` file. Default: the handle's
    ///         `crawl_max_pages`, which is 50.
    ///     max_depth: Most links between the seed and a page. Default: 32.
    ///     same_host: Whether only the seed's host is crawled; one that the seed redirects to counts as the seed's.
    ///         Default: True.
    ///     hosts: More hosts that are crawled, such as `docs.example.com`. Default: none.
    ///     blocklist: Sites that are never asked for anything, beside those of the handle: a list, or a `Blocklist`.
    ///     respect_robots: Whether `robots.txt` is fetched and obeyed. Default: the handle's, which is True.
    ///     user_agent: The `User-Agent` header; its first word is the name that `robots.txt` is searched for. Default:
    ///         the handle's.
    ///     delay: Seconds between two requests to one host; 0 is as fast as the connections allow, and a longer
    ///         `Crawl-delay` wins. Default: adapted to how fast the host answers.
    ///     concurrency: Most requests at once. Default: 32.
    ///     connections_per_host: Most requests at once to one host. Default: 4 where the delay adapts, else
    ///         `concurrency`.
    ///     max_page_bytes: Most bytes of a page, decoded; a larger one is passed over. Default: 5 MiB.
    ///     max_header_bytes: Most bytes of the headers of an answer. Default: 64 KiB.
    ///     page_timeout: Most seconds from the request to the last byte. Default: 15.
    ///     connect_timeout: Most seconds to connect. Default: 5.
    ///     max_redirects: Most redirects of one link. Default: 10.
    ///     retries: How often a request is made again after a failure that may pass. Default: 3.
    ///     sitemaps: Whether sitemaps are read once the links are used up. Default: True.
    ///     documents: Whether PDF, office files and tables are read as well; they count as pages, and their scans and
    ///         pictures are not read. Default: False.
    ///     allow_private_hosts: Whether the seed's own host and port may have a private address. Default: False.
    ///     state: A file that keeps the state: an interrupted crawl goes on, a finished one is repeated and hands out
    ///         only what changed. Default: none.
    ///     ignore: Codes of policy signals that verdicts do not obey; see `Reason.code`. Default: none.
    ///     min_text_chars: The least number of characters of text that a verdict wants. Default: 120.
    ///     resolver: Called as `resolver(host)`, on a thread of the crawl, for the IP addresses of a name: a list of
    ///         texts. What it answers is checked as well. Default: the system's.
    ///     timeout: Most seconds that the crawl may take.
    ///     cancel: A token that stops the crawl.
    ///     progress: Called as `progress("pages", done, total)` by whoever comes for a page.
    ///
    /// Raises:
    ///     InvalidArgumentError: A setting is out of its range, the seed is no HTTP address or a private one, or the state
    ///         file is of another seed.
    ///     UnavailableError: The state file is in use by another crawl.
    ///     InvalidInputError: The state file is none.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> handle = aion.Aion(blocklist=["facebook.com"])
    ///     >>> try:
    ///     ...     handle.crawl("http://127.0.0.1:8000/")
    ///     ... except aion.InvalidArgumentError as error:
    ///     ...     print("allow_private_hosts" in str(error))
    ///     True
    #[pyo3(signature = (seed, **settings), text_signature = "($self, seed, *, max_pages=None, max_depth=None, \
        same_host=None, hosts=None, blocklist=None, respect_robots=None, user_agent=None, delay=None, \
        concurrency=None, connections_per_host=None, max_page_bytes=None, max_header_bytes=None, \
        page_timeout=None, connect_timeout=None, max_redirects=None, retries=None, sitemaps=None, \
        documents=None, allow_private_hosts=None, state=None, ignore=None, min_text_chars=None, resolver=None, \
        timeout=None, cancel=None, progress=None)")]
    fn crawl(&self, py: Python<'_>, seed: &str, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Crawl> {
        Crawl::begin(py, self.core(), seed, settings)
    }

    /// Look at pages before anything is kept of them: what they say and whether they may be ingested.
    ///
    /// A page that a crawl of this handle fetched within the last hour is not fetched again.
    ///
    /// Args:
    ///     urls: Addresses, and pages of a crawl, which are not fetched again. The first 200 count.
    ///     **settings: As for `crawl`. `allow_private_hosts` opens to each address its own host and port; what is about
    ///         links, hosts, sitemaps and state means nothing here. `progress` is called as
    ///         `progress("previews", done, total)`.
    ///
    /// Returns:
    ///     One preview per item, in their order. What can not be had, or was left no time for, says so itself.
    ///
    /// Raises:
    ///     InvalidArgumentError: A setting is out of its range, or `urls` is no list of addresses and pages.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> [preview] = aion.Aion().preview(["http://127.0.0.1:8000/"])
    ///     >>> preview.ok, preview.reason
    ///     (False, 'forbidden_address')
    #[pyo3(signature = (urls, **settings), text_signature = "($self, urls, *, max_pages=None, max_depth=None, \
        same_host=None, hosts=None, blocklist=None, respect_robots=None, user_agent=None, delay=None, \
        concurrency=None, connections_per_host=None, max_page_bytes=None, max_header_bytes=None, \
        page_timeout=None, connect_timeout=None, max_redirects=None, retries=None, sitemaps=None, \
        documents=None, allow_private_hosts=None, state=None, ignore=None, min_text_chars=None, resolver=None, \
        timeout=None, cancel=None, progress=None)")]
    fn preview(
        &self,
        urls: &Bound<'_, PyAny>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Vec<Preview>> {
        previews(self.core(), urls, settings)
    }
}
