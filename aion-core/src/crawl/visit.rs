//! One visit: one request, and what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::url::Url;

use super::desk::Desk;
use super::fetch::{Answer, Ask, Failure, Validators};
use super::frontier::Entry;
use super::guard;
use super::page::Skip;
use super::read::{Reading, accepted, read};
use super::site::Site;
use crate::error::catch_panic;

/// What came of one entry.
pub(super) struct Visit {
    pub(super) entry: Entry,
    pub(super) latency: Duration,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Page(Box<Reading>),
    Redirect {
        status: u16,
        location: String,
    },
    NotModified {
        validators: Validators,
    },
    /// It may be different later.
    Busy {
        status: u16,
        retry_after: Option<Duration>,
    },
    NoPage {
        status: u16,
    },
    Failed(Failure),
}

impl Outcome {
    /// The status of the answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Outcome::Page(_) => Some(200),
            Outcome::NotModified { .. } => Some(304),
            Outcome::Redirect { status, .. } | Outcome::Busy { status, .. } | Outcome::NoPage { status } => {
                Some(*status)
            }
            // The host has answered; only we did not want it.
            Outcome::Failed(failure) => {
                (!matches!(failure.skip, Skip::Network | Skip::TimedOut)).then_some(200)
            }
        }
    }
}

/// Asks for the address of `entry` and reads what comes.
pub(super) async fn visit(desk: &Arc<Desk>, site: Arc<Site>, entry: Entry) -> Visit {
    let started = Instant::now();
    let (latency, outcome) = match ask(desk, &entry).await {
        Ok((url, answer)) => (answer.latency, outcome(desk, site, &url, &entry, answer).await),
        Err(failure) => (started.elapsed(), Outcome::Failed(failure)),
    };
    Visit { entry, latency, outcome }
}

async fn ask(desk: &Desk, entry: &Entry) -> Result<(Url, Answer), Failure> {
    let url = Url::parse(&entry.url).map_err(|source| Failure::new(Skip::Forbidden, source.to_string()))?;
    let refused = |refusal: guard::Refusal| Failure::new(Skip::Forbidden, refusal.to_string());
    let ask = Ask {
        door: guard::door(&url, entry.opened.as_deref()).map_err(refused)?,
        validators: entry.validators.as_deref(),
        limit: desk.options.max_page_bytes,
        cut: false,
        accepts: accepted(&desk.options),
    };
    desk.stats.lock().requests += 1;
    let answer = desk.fetcher.get(&url, &ask).await?;
    Ok((url, answer))
}

async fn outcome(desk: &Arc<Desk>, site: Arc<Site>, url: &Url, entry: &Entry, answer: Answer) -> Outcome {
    let status = answer.status;
    match status {
        200 if answer.body.is_some() => reading(desk, site, url, entry, answer).await,
        200 => {
            let message = format!("{:?} is not a type of document that is read", answer.content_type);
            Outcome::Failed(Failure::new(Skip::ContentType, message))
        }
        304 => Outcome::NotModified { validators: answer.validators },
        300..=399 => match answer.location {
            Some(location) => Outcome::Redirect { status, location },
            None => Outcome::NoPage { status },
        },
        408 | 425 | 429 | 500 | 502..=504 => Outcome::Busy { status, retry_after: answer.retry_after },
        _ => Outcome::NoPage { status },
    }
}

/// Reads the page beside the engine, a few at a time.
async fn reading(desk: &Arc<Desk>, site: Arc<Site>, url: &Url, entry: &Entry, answer: Answer) -> Outcome {
    let broken = |message: String| Outcome::Failed(Failure::new(Skip::ContentType, message));
    let Ok(_permit) = desk.readers.acquire().await else { return broken("the crawl has ended".into()) };
    let (desk, url) = (Arc::clone(desk), url.clone());
    let (asked, depth) = (entry.asked().to_owned(), entry.depth);
    // One document that the extractor stumbles over costs only itself.
    let work = move || catch_panic(|| read(&desk, &site, &url, &asked, depth, answer));
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(reading)) => Outcome::Page(Box::new(reading)),
        Ok(Err(error)) => broken(error.to_string()),
        Err(source) => broken(source.to_string()),
    }
}
