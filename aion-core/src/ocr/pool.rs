//! The threads that read: one Tesseract each, started when there is work for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use parking_lot::Mutex;

use super::OcrOptions;
use super::engine::{Check, Engines, MAX_SIDE, MIN_SIDE};
use super::grey::Grey;
use super::native::keep_openmp_on_this_thread;
use super::page::{self, Request};
use super::result::OcrPage;
use crate::config::{Config, check_ocr_lang};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result, catch_panic};
use crate::image::Image;

/// How often a caller who waits looks at its control.
const POLL: Duration = Duration::from_millis(10);
/// How long a thread keeps its engines, some 30 MB each, when there is nothing to read.
const IDLE: Duration = Duration::from_secs(60);
/// What a main thread has; Tesseract is written for those.
const STACK_BYTES: usize = 8 << 20;

/// A pool of Tesseracts, to be shared by any number of threads.
///
/// Nothing is loaded and no thread is started before the first page. Dropping it stops what is being read and
/// joins the threads. In the child of a `fork` those threads do not exist: leak it there instead of dropping it.
pub(crate) struct Recognizer {
    shared: Arc<Shared>,
    messages: Sender<Message>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    most_workers: usize,
    langs: String,
}

/// What the threads need of their pool.
struct Shared {
    messages: Receiver<Message>,
    tessdata: Option<PathBuf>,
    /// How long a thread without work keeps its engines.
    idle: Duration,
    /// Jobs that were sent and are not done yet.
    unfinished: AtomicUsize,
    is_closing: AtomicBool,
}

enum Message {
    Job(Job),
    Close,
}

/// What a thread does with its engine; the function that it is given says whether to go on.
type Work = Box<dyn FnOnce(&mut Engines, Check<'_>) -> Result<OcrPage> + Send>;

struct Job {
    work: Work,
    control: Control,
    is_abandoned: Arc<AtomicBool>,
    percent: Arc<AtomicU8>,
    reply: Sender<Result<OcrPage>>,
}

/// A page that is being read. Dropping it gives the page up.
pub(crate) struct Ticket {
    reply: Receiver<Result<OcrPage>>,
    is_abandoned: Arc<AtomicBool>,
    percent: Arc<AtomicU8>,
}

impl Recognizer {
    /// A pool of [`Config::thread_count`] threads at most.
    pub(crate) fn new(config: &Config) -> Self {
        Self::with_idle(config, IDLE)
    }

    /// As [`new`](Self::new); threads without work keep their engines for `idle`.
    fn with_idle(config: &Config, idle: Duration) -> Self {
        let (sender, receiver) = unbounded();
        let shared = Shared {
            messages: receiver,
            tessdata: config.tessdata.clone(),
            idle,
            unfinished: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
        };
        Self {
            shared: Arc::new(shared),
            messages: sender,
            threads: Mutex::new(Vec::new()),
            most_workers: config.thread_count().max(1),
            langs: config.ocr_lang.clone(),
        }
    }

    /// How many pages are read at once, at most.
    pub(crate) fn workers(&self) -> usize {
        self.most_workers
    }

    /// Has `image` read as page number `page`, counted from 0. Its pixels are copied before this returns.
    ///
    /// A picture with a side under five pixels is an empty page.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a language that is no name, [`ErrorKind::LimitExceeded`] for a side over
    /// 32 767 pixels, [`ErrorKind::Engine`] when no thread can be started, and what `control` asks for.
    pub(crate) fn start(
        &self,
        image: &Image,
        page: u32,
        options: &OcrOptions,
        control: &Control,
    ) -> Result<Ticket> {
        control.check()?;
        let langs = options.lang.as_ref().unwrap_or(&self.langs).clone();
        check_ocr_lang(&langs)?;
        let (width, height) = (image.width(), image.height());
        if width.max(height) > MAX_SIDE {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "a page of {width} × {height} pixels can not be read; no side may be over {MAX_SIDE}"
                ),
            ));
        }
        if width.min(height) < MIN_SIDE {
            return Ok(Ticket::ready(OcrPage::from_words(width, height, Vec::new())));
        }
        let grey = Grey::of(image);
        let request = Request {
            langs,
            mode: options.page_mode,
            whitelist: options.whitelist.clone().unwrap_or_default(),
            orient: options.orient,
            page,
        };
        self.submit(control, move |engines, check| page::read(engines, &grey, &request, check))
    }

    fn submit(
        &self,
        control: &Control,
        work: impl FnOnce(&mut Engines, Check<'_>) -> Result<OcrPage> + Send + 'static,
    ) -> Result<Ticket> {
        let (sender, receiver) = bounded(1);
        let (is_abandoned, percent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU8::new(0)));
        let job = Job {
            work: Box::new(work),
            control: control.without_progress(),
            is_abandoned: is_abandoned.clone(),
            percent: percent.clone(),
            reply: sender,
        };
        let unfinished = self.shared.unfinished.fetch_add(1, Ordering::Relaxed) + 1;
        let is_sent = self.staff(unfinished).and_then(|()| {
            let closed = |_| Error::new(ErrorKind::Internal, "the threads that read pages are gone");
            self.messages.send(Message::Job(job)).map_err(closed)
        });
        if let Err(error) = is_sent {
            self.shared.unfinished.fetch_sub(1, Ordering::Relaxed);
            return Err(error);
        }
        Ok(Ticket { reply: receiver, is_abandoned, percent })
    }

    /// Starts one more thread when there is more to do than threads, up to the most that are allowed.
    fn staff(&self, unfinished: usize) -> Result<()> {
        let mut threads = self.threads.lock();
        if threads.len() >= self.most_workers.min(unfinished) {
            return Ok(());
        }
        let shared = self.shared.clone();
        let builder = thread::Builder::new().name("aion-ocr".into()).stack_size(STACK_BYTES);
        match builder.spawn(move || serve(&shared)) {
            Ok(thread) => threads.push(thread),
            Err(source) if threads.is_empty() => {
                let message = "no thread could be started to read pages; the process may be at its limit";
                return Err(Error::new(ErrorKind::Engine, message).with_source(source));
            }
            // Fewer threads than wished are slower, not wrong.
            Err(_) => {}
        }
        Ok(())
    }
}

impl Drop for Recognizer {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Release);
        let threads = std::mem::take(self.threads.get_mut());
        for _ in &threads {
            // The receiver is alive, being shared with this pool.
            let _ = self.messages.send(Message::Close);
        }
        for thread in threads {
            // A panic was already told to the caller whose page it hit.
            let _ = thread.join();
        }
    }
}

impl Ticket {
    fn ready(page: OcrPage) -> Self {
        let (sender, receiver) = bounded(1);
        // There is room for one, and the receiver is alive.
        let _ = sender.send(Ok(page));
        Self { reply: receiver, is_abandoned: Arc::default(), percent: Arc::default() }
    }

    /// Waits for the page, and tells `control` how much of it is read. Once `control` asks to stop, this returns within some ten milliseconds, while the
    /// thread that reads comes to its end in the background, at the latest after Tesseract's layout analysis.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] or [`ErrorKind::DeadlineExceeded`] as `control` asks for, [`ErrorKind::NotFound`]
    /// or [`ErrorKind::InvalidModel`] for a language file, [`ErrorKind::Engine`] when Tesseract gives up.
    pub(crate) fn wait(self, control: &Control) -> Result<OcrPage> {
        let mut told = 0;
        loop {
            match self.reply.recv_timeout(POLL) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) => {
                    control.check()?;
                    let percent = self.percent.load(Ordering::Relaxed);
                    if percent > told {
                        control.report("percent of a page", usize::from(percent), 100);
                        told = percent;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Internal, "the thread that read this page is gone"));
                }
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Release);
    }
}

/// Runs jobs until the pool closes.
fn serve(shared: &Shared) {
    keep_openmp_on_this_thread();
    let mut engines = Engines::new(shared.tessdata.clone());
    while let Some(job) = next(shared, &mut engines) {
        let Job { work, control, is_abandoned, percent, reply } = job;
        let check = |done: u8| {
            percent.fetch_max(done, Ordering::Relaxed);
            let is_unwanted =
                is_abandoned.load(Ordering::Acquire) || shared.is_closing.load(Ordering::Acquire);
            if is_unwanted {
                return Err(Error::new(ErrorKind::Cancelled, "the page was given up before it was read"));
            }
            control.check()
        };
        let result = check(0).and_then(|()| guard(&mut engines, |engines| work(engines, &check)));
        shared.unfinished.fetch_sub(1, Ordering::Relaxed);
        // Nobody listens to a page that was given up.
        let _ = reply.send(result);
    }
}

/// The next job; `None` when the pool closes. Engines that nobody needed for a while are given back.
fn next(shared: &Shared, engines: &mut Engines) -> Option<Job> {
    let message = match shared.messages.recv_timeout(shared.idle) {
        Err(RecvTimeoutError::Timeout) => {
            engines.clear();
            shared.messages.recv().ok()?
        }
        message => message.ok()?,
    };
    match message {
        Message::Job(job) => Some(job),
        Message::Close => None,
    }
}

/// Turns a panic into an error; engines of which one may be half-way through a page are thrown away.
fn guard(engines: &mut Engines, work: impl FnOnce(&mut Engines) -> Result<OcrPage>) -> Result<OcrPage> {
    catch_panic(|| work(engines)).inspect_err(|error| {
        if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Engine) {
            engines.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> Recognizer {
        Recognizer::new(&Config { threads: Some(threads), ..Config::default() })
    }

    fn empty_page() -> Result<OcrPage> {
        Ok(OcrPage::from_words(1, 1, Vec::new()))
    }

    #[test]
    fn a_panic_is_an_error_and_the_pool_goes_on() {
        let (pool, control) = (pool(1), Control::default());
        let ticket = pool.submit(&control, |_, _| panic!("as this test wishes")).unwrap();
        assert_eq!(ticket.wait(&control).unwrap_err().kind(), ErrorKind::Internal);
        let ticket = pool.submit(&control, |_, _| empty_page()).unwrap();
        assert!(ticket.wait(&control).is_ok());
    }

    #[test]
    fn a_page_that_was_given_up_is_never_begun() {
        let (pool, control) = (pool(1), Control::default());
        let (hold, held) = bounded::<()>(0);
        let first = pool.submit(&control, move |_, _| held.recv().map(|()| empty_page()).unwrap()).unwrap();
        let begun = Arc::new(AtomicBool::new(false));
        let mark = begun.clone();
        let second = pool.submit(&control, move |_, _| {
            mark.store(true, Ordering::Release);
            empty_page()
        });
        drop(second);
        hold.send(()).unwrap();
        assert!(first.wait(&control).is_ok());
        drop(pool);
        assert!(!begun.load(Ordering::Acquire));
    }

    #[test]
    fn engines_are_given_back_when_there_is_nothing_to_read_and_loaded_again() {
        let config = Config { threads: Some(1), ..Config::default() };
        let control = Control::default();
        // The engines of the only thread before and after it reads, once it had nothing to do for a while.
        let counts = |pool: &Recognizer| {
            let (count, counted) = bounded(2);
            let read = move |engines: &mut Engines, _: Check<'_>| {
                count.send(engines.count()).unwrap();
                engines.get("eng")?;
                count.send(engines.count()).unwrap();
                empty_page()
            };
            pool.submit(&control, read).unwrap().wait(&control).unwrap();
            (counted.recv().unwrap(), counted.recv().unwrap())
        };
        let trimmed = Recognizer::with_idle(&config, Duration::from_millis(20));
        for _ in 0..2 {
            assert_eq!(counts(&trimmed), (0, 1));
            thread::sleep(Duration::from_millis(300));
        }
        let kept = Recognizer::with_idle(&config, Duration::from_secs(600));
        assert_eq!(counts(&kept), (0, 1));
        thread::sleep(Duration::from_millis(300));
        assert_eq!(counts(&kept), (1, 1));
    }

    #[test]
    fn threads_are_started_only_for_work() {
        let (pool, control) = (pool(3), Control::default());
        assert_eq!(pool.threads.lock().len(), 0);
        for _ in 0..5 {
            assert!(pool.submit(&control, |_, _| empty_page()).unwrap().wait(&control).is_ok());
        }
        assert_eq!(pool.threads.lock().len(), 1);
    }
}
