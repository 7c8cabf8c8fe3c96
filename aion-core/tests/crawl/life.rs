//! Cancel, deadline, back pressure, the end of the thread, fork.

use std::time::{Duration, Instant};

use aion_core::crawl::{Crawl, Pull};
use aion_core::{Aion, CancelToken, Control, ErrorKind};

use crate::server::*;

/// Every page has two children, without end.
fn tree() -> Server {
    Server::new(|request| {
        let number: u64 = request.path[1..].parse().unwrap_or(1);
        page(&request.path, &[&format!("/{}", number * 2), &format!("/{}", number * 2 + 1)])
    })
}

fn silent() -> Server {
    Server::new(|request| match request.path.as_str() {
        "/robots.txt" | "/.well-known/tdmrep.json" => not_found(),
        _ => Answer::Stream(|_| std::thread::sleep(Duration::from_secs(30))),
    })
}

#[test]
fn a_cancel_is_answered_soon_and_so_is_a_deadline() {
    let server = silent();
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let crawl = aion().crawl(&server.url("/"), &options(), &control).unwrap();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        token.cancel();
        Instant::now()
    });
    let kind = crawl.next_page().unwrap_err().kind();
    let answered = Instant::now();
    assert_eq!(kind, ErrorKind::Cancelled);
    assert!(answered - canceller.join().unwrap() < Duration::from_millis(200));
    let control = Control::default().with_timeout(Duration::from_millis(200));
    let began = Instant::now();
    let crawl = aion().crawl(&server.url("/"), &options(), &control).unwrap();
    assert_eq!(crawl.next_page().unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    drop(crawl);
    assert!(began.elapsed() < Duration::from_millis(600));
}

#[test]
fn a_pull_waits_no_longer_than_told() {
    let server = silent();
    let crawl = start(&server, "/", &options());
    let began = Instant::now();
    assert!(matches!(crawl.next_within(Duration::from_millis(100)).unwrap(), Pull::Pending));
    assert!((100..1_000).contains(&began.elapsed().as_millis()));
    assert!(matches!(crawl.next_within(Duration::ZERO).unwrap(), Pull::Pending));
}

#[test]
fn a_crawl_nobody_pulls_waits_and_a_dropped_one_ends() {
    let server = tree();
    let crawl = start(&server, "/", &options());
    assert!(crawl.next_page().unwrap().is_some());
    std::thread::sleep(Duration::from_millis(500));
    let fetched = server.paths().len();
    assert!(fetched <= 32, "{fetched} pages were fetched that nobody took");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.paths().len(), fetched);
    let began = Instant::now();
    drop(crawl);
    assert!(began.elapsed() < Duration::from_millis(200));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.paths().len(), fetched, "it went on");
}

#[test]
fn progress_is_told_and_pages_come_on_any_thread() {
    let server = tree();
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let control = Control::default().with_progress(move |progress| {
        let _ = sender.lock().unwrap().send(progress);
    });
    let mut options = options();
    options.max_pages = 20;
    let crawl = aion().crawl(&server.url("/"), &options, &control).unwrap();
    let pull = || std::iter::from_fn(|| crawl.next_page().unwrap()).count();
    let pages: usize = std::thread::scope(|scope| {
        let pullers: Vec<_> = (0..3).map(|_| scope.spawn(pull)).collect();
        pullers.into_iter().map(|puller| puller.join().unwrap()).sum()
    });
    assert_eq!(pages, 20);
    let last = receiver.try_iter().last().unwrap();
    assert_eq!((last.stage, last.done, last.total), ("pages", 20, 20));
    assert!(crawl.stats().elapsed > Duration::ZERO);
    assert!(crawl.next_page().unwrap().is_none(), "the end stays the end");
}

#[test]
fn handles_may_be_sent_and_shared() {
    fn check<T: Send + Sync>() {}
    check::<Crawl>();
    check::<Aion>();
}

#[test]
#[cfg(target_os = "linux")]
fn a_fork_is_answered_at_once() {
    let server = tree();
    let crawl = start(&server, "/", &options());
    assert!(crawl.next_page().unwrap().is_some());
    // SAFETY: the child only asks the crawl, which takes no lock there, and leaves without unwinding.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_told = crawl.stats().pages == 0
            && crawl.next_page().is_err_and(|error| error.kind() == ErrorKind::Forked);
        drop(crawl);
        // SAFETY: ends the child without touching what it shares with its parent.
        unsafe { libc::_exit(i32::from(!is_told)) };
    }
    let mut status = 0;
    // SAFETY: `status` is ours and outlives the call.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(crawl.next_page().unwrap().is_some());
}
