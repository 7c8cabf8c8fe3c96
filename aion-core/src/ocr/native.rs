//! The calls into libtesseract, libleptonica and libgomp, each behind a safe function.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Once;

use leptess::capi;

use super::grey::Grey;
use super::result::Bounds;

/// The C interface behind a guard against C++ exceptions, which must not reach Rust; see `shim.cpp`.
mod guarded {
    use std::ffi::{c_char, c_int};

    use leptess::capi::{ETEXT_DESC, TessBaseAPI, TessResultIterator};

    #[link(name = "aion_tess", kind = "static")]
    unsafe extern "C" {
        pub(super) fn aion_tess_create() -> *mut TessBaseAPI;
        pub(super) fn aion_tess_delete(api: *mut TessBaseAPI) -> c_int;
        pub(super) fn aion_tess_init(
            api: *mut TessBaseAPI,
            directory: *const c_char,
            languages: *const c_char,
            mode: c_int,
        ) -> c_int;
        pub(super) fn aion_tess_set_variable(
            api: *mut TessBaseAPI,
            name: *const c_char,
            value: *const c_char,
        ) -> c_int;
        pub(super) fn aion_tess_set_image(
            api: *mut TessBaseAPI,
            bytes: *const u8,
            width: c_int,
            height: c_int,
        ) -> c_int;
        pub(super) fn aion_tess_recognize(api: *mut TessBaseAPI, monitor: *mut ETEXT_DESC) -> c_int;
        pub(super) fn aion_tess_iterator(api: *mut TessBaseAPI) -> *mut TessResultIterator;
        pub(super) fn aion_tess_clear(api: *mut TessBaseAPI) -> c_int;
        pub(super) fn aion_tess_text(iterator: *const TessResultIterator, level: c_int) -> *mut c_char;
        pub(super) fn aion_tess_next(iterator: *mut TessResultIterator, level: c_int) -> c_int;
        #[cfg(test)]
        pub(super) fn aion_tess_stop_by_throwing(this: *mut std::ffi::c_void, words: c_int) -> bool;
    }
}

/// Asked again and again while a page is read, with the share of it that is done, in percent; `true` stops it.
pub(super) type Stop<'a> = &'a dyn Fn(u8) -> bool;

/// One `TessBaseAPI`. It is neither `Send` nor `Sync`.
pub(super) struct Tesseract(NonNull<capi::TessBaseAPI>);

impl Tesseract {
    /// An instance without a language; `None` when the library made none.
    pub(super) fn new() -> Option<Self> {
        silence();
        Self::create()
    }

    fn create() -> Option<Self> {
        // SAFETY: no preconditions; the result is owned here.
        NonNull::new(unsafe { guarded::aion_tess_create() }).map(Self)
    }

    /// Loads `langs` from `directory`; whether it could.
    ///
    /// Their files must have been checked: Tesseract ends the process over a damaged one.
    pub(super) fn init(&mut self, directory: &CStr, langs: &CStr) -> bool {
        let mode = capi::TessOcrEngineMode_OEM_LSTM_ONLY as c_int;
        // SAFETY: the instance is alive, both strings end with NUL and are copied.
        unsafe { guarded::aion_tess_init(self.0.as_ptr(), directory.as_ptr(), langs.as_ptr(), mode) == 0 }
    }

    /// Sets one of Tesseract's own variables; whether it has one of that name.
    pub(super) fn set_variable(&mut self, name: &CStr, value: &CStr) -> bool {
        // SAFETY: the instance is alive, both strings end with NUL and are copied.
        unsafe { guarded::aion_tess_set_variable(self.0.as_ptr(), name.as_ptr(), value.as_ptr()) != 0 }
    }

    /// Takes a copy of the pixels; whether there was memory for it. Their sides must fit an `i16`.
    pub(super) fn set_image(&mut self, grey: &Grey) -> bool {
        let [width, height] = [grey.width(), grey.height()].map(|side| side as c_int);
        // SAFETY: the instance is alive, and `bytes` holds `height` rows of `width` bytes, one a pixel.
        unsafe { guarded::aion_tess_set_image(self.0.as_ptr(), grey.bytes().as_ptr(), width, height) == 0 }
    }

    /// Takes one of Tesseract's own numbers.
    pub(super) fn set_page_mode(&mut self, mode: u32) {
        // SAFETY: the instance is alive.
        unsafe { capi::TessBaseAPISetPageSegMode(self.0.as_ptr(), mode) };
    }

    /// Reads the image until it is done or `stop` says so; whether it was done.
    pub(super) fn recognize(&mut self, stop: Stop<'_>) -> bool {
        let mut asked = Asked { stop, monitor: ptr::null_mut() };
        let monitor = Monitor::new(&mut asked);
        // SAFETY: the instance and the monitor are alive, and so is what the monitor points to.
        unsafe { guarded::aion_tess_recognize(self.0.as_ptr(), monitor.0) == 0 }
    }

    /// Walks over the words that were read; `None` when there is no page.
    pub(super) fn words(&mut self) -> Option<Words<'_>> {
        // SAFETY: the instance is alive; the result is owned here and borrows from the instance.
        let iterator = unsafe { guarded::aion_tess_iterator(self.0.as_ptr()) };
        NonNull::new(iterator).map(|iterator| Words { iterator, _page: self })
    }

    /// Lets go of the image and of what was read in it.
    pub(super) fn clear(&mut self) {
        // SAFETY: the instance is alive, and no iterator over its page is, as each borrows it.
        unsafe { guarded::aion_tess_clear(self.0.as_ptr()) };
    }
}

impl Drop for Tesseract {
    fn drop(&mut self) {
        // SAFETY: the instance is owned here and not used again.
        unsafe { guarded::aion_tess_delete(self.0.as_ptr()) };
    }
}

/// The words of a page in reading order, standing at the first.
pub(super) struct Words<'a> {
    iterator: NonNull<capi::TessResultIterator>,
    _page: &'a Tesseract,
}

const WORD: capi::TessPageIteratorLevel = capi::TessPageIteratorLevel_RIL_WORD;

impl Words<'_> {
    /// The text of this word; `None` past the last one.
    pub(super) fn text(&self) -> Option<String> {
        // SAFETY: the iterator is alive.
        let text = NonNull::new(unsafe { guarded::aion_tess_text(self.iterator.as_ptr(), WORD as c_int) })?;
        // SAFETY: the library returned a string that ends with NUL, which lives until it is deleted below.
        let copy = unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned();
        // SAFETY: the string came from the call above and is not used again.
        unsafe { capi::TessDeleteText(text.as_ptr()) };
        Some(copy)
    }

    /// From 0 to 100.
    pub(super) fn confidence(&self) -> f32 {
        // SAFETY: the iterator is alive.
        unsafe { capi::TessResultIteratorConfidence(self.iterator.as_ptr(), WORD) }
    }

    /// Whether one of the dictionaries has this word.
    pub(super) fn is_known(&self) -> bool {
        // SAFETY: the iterator is alive.
        unsafe { capi::TessResultIteratorWordIsFromDictionary(self.iterator.as_ptr()) != 0 }
    }

    /// Where this word stands, cut to a page of `width` × `height`.
    pub(super) fn bounds(&self, width: u32, height: u32) -> Option<Bounds> {
        let [mut left, mut top, mut right, mut bottom]: [c_int; 4] = [0; 4];
        let page = self.as_page();
        // SAFETY: the iterator is alive and the four numbers are writable.
        let is_found = unsafe {
            capi::TessPageIteratorBoundingBox(page, WORD, &mut left, &mut top, &mut right, &mut bottom) != 0
        };
        let cut = |value: c_int, most: u32| u32::try_from(value).unwrap_or(0).min(most);
        let (x, y) = (cut(left, width - 1), cut(top, height - 1));
        let (right, bottom) = (cut(right, width).max(x + 1), cut(bottom, height).max(y + 1));
        is_found.then_some(Bounds { x, y, width: right - x, height: bottom - y })
    }

    /// Whether this is the first word of its block.
    pub(super) fn starts_block(&self) -> bool {
        self.starts(capi::TessPageIteratorLevel_RIL_BLOCK)
    }

    /// Whether this is the first word of its line.
    pub(super) fn starts_line(&self) -> bool {
        self.starts(capi::TessPageIteratorLevel_RIL_TEXTLINE)
    }

    fn starts(&self, level: capi::TessPageIteratorLevel) -> bool {
        let page = self.as_page();
        // SAFETY: the iterator is alive.
        unsafe { capi::TessPageIteratorIsAtBeginningOf(page, level) != 0 }
    }

    /// Goes to the next word; whether there is one.
    pub(super) fn advance(&mut self) -> bool {
        // SAFETY: the iterator is alive.
        unsafe { guarded::aion_tess_next(self.iterator.as_ptr(), WORD as c_int) != 0 }
    }

    fn as_page(&self) -> *const capi::TessPageIterator {
        // SAFETY: the iterator is alive; the result is the same object by its base class.
        unsafe { capi::TessResultIteratorGetPageIteratorConst(self.iterator.as_ptr()) }
    }
}

impl Drop for Words<'_> {
    fn drop(&mut self) {
        // SAFETY: the iterator is owned here and not used again.
        unsafe { capi::TessResultIteratorDelete(self.iterator.as_ptr()) };
    }
}

/// An `ETEXT_DESC` that asks a [`Stop`] before every word.
struct Monitor(*mut capi::ETEXT_DESC);

/// What a monitor hands to its function.
struct Asked<'a> {
    stop: Stop<'a>,
    monitor: *mut capi::ETEXT_DESC,
}

impl Monitor {
    /// The monitor keeps the address of `asked`, which therefore has to outlive it.
    fn new(asked: &mut Asked<'_>) -> Self {
        // SAFETY: no preconditions; the result is owned here.
        let monitor = Self(unsafe { capi::TessMonitorCreate() });
        asked.monitor = monitor.0;
        // SAFETY: the monitor is alive, and the function has the type that it declares.
        unsafe { capi::TessMonitorSetCancelFunc(monitor.0, Some(asks_to_stop)) };
        // SAFETY: the monitor is alive; the pointer is only handed to the function above.
        unsafe { capi::TessMonitorSetCancelThis(monitor.0, (&raw mut *asked).cast::<c_void>()) };
        monitor
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // SAFETY: the monitor is owned here and not used again.
        unsafe { capi::TessMonitorDelete(self.0) };
    }
}

/// Must not panic: it is called from C++.
unsafe extern "C" fn asks_to_stop(asked: *mut c_void, _words: c_int) -> bool {
    // SAFETY: `Monitor::new` gave the address of an `Asked` that lives as long as the recognition.
    let asked = unsafe { &*asked.cast::<Asked<'_>>() };
    // SAFETY: the monitor is alive while it calls.
    let percent = unsafe { capi::TessMonitorGetProgress(asked.monitor) };
    (asked.stop)(percent.clamp(0, 100) as u8)
}

/// Turns off what the two libraries would write to stderr, once for the process.
///
/// Both settings are global to the libraries: a host that uses them itself loses their messages too.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: no preconditions.
        unsafe { capi::setMsgSeverity(capi::L_SEVERITY_NONE as _) };
        if let Some(mut tesseract) = Tesseract::create() {
            tesseract.set_variable(c"debug_file", c"/dev/null");
        }
    });
}

/// Keeps OpenMP regions that this thread enters on this thread.
///
/// With its default threads one page takes five times the CPU time. The setting belongs to the calling thread
/// alone: the OpenMP of the host goes on as it did.
#[cfg(target_os = "linux")]
pub(super) fn keep_openmp_on_this_thread() {
    #[link(name = "gomp")]
    unsafe extern "C" {
        fn omp_set_max_active_levels(levels: c_int);
    }
    // SAFETY: the declaration is that of omp.h, and any number of levels is allowed.
    unsafe { omp_set_max_active_levels(0) };
}

/// Elsewhere the packaged libtesseract is built without OpenMP.
#[cfg(not(target_os = "linux"))]
pub(super) fn keep_openmp_on_this_thread() {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::tessdata;

    #[test]
    fn an_exception_in_the_midst_of_a_recognition_is_a_failure() {
        keep_openmp_on_this_thread();
        let directory = tessdata::directory(None).unwrap();
        let directory = std::ffi::CString::new(directory.to_str().unwrap()).unwrap();
        let mut tesseract = Tesseract::new().unwrap();
        assert!(tesseract.init(&directory, c"eng"));
        // Bars, taken for a line as they are, so that there is a word to be stopped at.
        tesseract.set_page_mode(capi::TessPageSegMode_PSM_RAW_LINE);
        let bytes =
            (0..200 * 60).map(|at| if at % 20 < 6 && (20..40).contains(&(at / 200)) { 0 } else { 255 });
        assert!(tesseract.set_image(&Grey::new(200, 60, bytes.collect())));
        let mut never = Asked { stop: &|_| false, monitor: ptr::null_mut() };
        let monitor = Monitor::new(&mut never);
        // SAFETY: the monitor is alive; the function has the type that it declares, and throws.
        unsafe { capi::TessMonitorSetCancelFunc(monitor.0, Some(guarded::aion_tess_stop_by_throwing)) };
        // SAFETY: the instance and the monitor are alive.
        let code = unsafe { guarded::aion_tess_recognize(tesseract.0.as_ptr(), monitor.0) };
        assert_eq!(code, -1);
    }
}
