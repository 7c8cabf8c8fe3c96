//! Reads a site: `cargo run --release -p aion-examples --bin crawl SEED [--pages N] [--delay SECONDS] [--private]
//! [--state FILE]`.
//!
//! Prints a line per page with what may be done with it, then what was counted. `AION_USER_AGENT` names you.

use std::time::Duration;

use aion_core::crawl::CrawlOptions;
use aion_core::policy::Use;
use aion_core::{Aion, Control};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let aion = Aion::from_vars(std::env::vars())?;
    let mut arguments = std::env::args().skip(1);
    let seed = arguments
        .next()
        .ok_or("usage: crawl SEED [--pages N] [--delay SECONDS] [--private] [--state FILE]")?;
    let mut options = aion.crawl_options();
    read_arguments(arguments, &mut options)?;

    let mut crawl = aion.crawl(&seed, &options, &Control::default())?;
    for page in crawl.by_ref() {
        let page = page?;
        let uses = [Use::Ingest, Use::Train]
            .map(|usage| if page.verdict.allows(usage) { usage.name() } else { "-" });
        println!("{:6} {:5} {:8} {} {}", uses[0], uses[1], page.text.len(), page.url, page.title);
        for reason in &page.verdict.reasons {
            println!("       {reason}");
        }
    }
    let stats = crawl.stats();
    println!("{} pages in {:.1?}, {} requests", stats.pages, stats.elapsed, stats.requests);
    for (skip, count) in &stats.skipped {
        println!("       {count} × {skip}");
    }
    Ok(())
}

fn read_arguments(
    mut arguments: impl Iterator<Item = String>,
    options: &mut CrawlOptions,
) -> Result<(), Failure> {
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--pages" => options.max_pages = value()?.parse()?,
            "--delay" => options.delay = Some(Duration::try_from_secs_f64(value()?.parse()?)?),
            "--private" => options.allow_private_hosts = true,
            "--state" => options.state = Some(value()?.into()),
            _ => return Err(format!("{argument} is no argument of this program").into()),
        }
    }
    Ok(())
}
