//! What a candidate must pass, and what is noted of it.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use aion_core::adapter::{Candidate, ModuleShapes};
use aion_core::base::ModelConfig;
use aion_core::lora::HeldOut;
use aion_core::{Control, Error, ErrorKind, Result};

use crate::adapter_version::AionAdapterVersion;
use crate::held_out::AionHeldOut;
use crate::panic::guard_or;
use crate::slice;
use crate::text::{self, AionText};

/// What a check looks at: a copy of the adapter that would become current, verified. Lent to the check while it runs.
pub struct AionAdapterCandidate {
    path: AionText,
    champion: Option<AionAdapterVersion>,
}

/// Whether the candidate may become current. It runs on the thread that promotes and must not throw or jump. No other
/// promotion goes on meanwhile, so it must not promote.
pub type AionAdapterCheck =
    Option<unsafe extern "C" fn(user: *mut c_void, candidate: &AionAdapterCandidate) -> bool>;

/// A number that is kept with a version, such as its loss.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionMetric {
    /// Its name.
    pub name: *const c_char,
    /// How many bytes `name` has.
    pub name_length: usize,
    /// Finite.
    pub value: f64,
}

/// What a candidate must pass, and what is noted of it. Begin with zeros: a whole adapter, and nothing more.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPromoteOptions {
    /// The caller's own check, after all others; NULL for none.
    pub check: AionAdapterCheck,
    /// What the check is called with.
    pub user: *mut c_void,
    /// The directory of the base, whose layers the candidate must fit; empty for any. Only its config.json is read.
    pub base: *const c_char,
    /// How many bytes `base` has.
    pub base_length: usize,
    /// Numbers to be kept with the version.
    pub metrics: *const AionMetric,
    /// How many metrics there are.
    pub metric_count: usize,
    /// On which the candidate must not be worse than the current version; NULL for no comparison. It comes before
    /// `check`.
    pub held_out: *const AionHeldOut,
}

/// The options as the core has them.
#[derive(Default)]
pub(crate) struct Resolved<'a> {
    pub(crate) judges: Judges<'a>,
    pub(crate) base: Option<ModuleShapes>,
    pub(crate) metrics: BTreeMap<String, f64>,
}

/// What a candidate must pass besides being whole.
#[derive(Default)]
pub(crate) struct Judges<'a> {
    held_out: Option<&'a HeldOut>,
    check: Option<Check>,
}

impl Judges<'_> {
    pub(crate) fn run(&self, candidate: &Candidate<'_>, control: &Control) -> Result<()> {
        if let Some(held_out) = self.held_out {
            held_out.check(candidate, control)?;
        }
        self.check.as_ref().map_or(Ok(()), |check| check.run(candidate))
    }
}

/// The function of the host and what it wants to be called with.
struct Check {
    callback: unsafe extern "C" fn(*mut c_void, &AionAdapterCandidate) -> bool,
    user: *mut c_void,
}

impl Check {
    fn run(&self, candidate: &Candidate<'_>) -> Result<()> {
        let lent = AionAdapterCandidate {
            path: candidate.path.to_string_lossy().into_owned().into(),
            champion: candidate.champion.map(|champion| champion.version().clone().into()),
        };
        // SAFETY: the host gave this function and this `user` for exactly this.
        match unsafe { (self.callback)(self.user, &lent) } {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Conflict, "it returned false")),
        }
    }
}

impl AionPromoteOptions {
    /// # Safety
    /// The texts must be as many bytes as their lengths say, the metrics as many as they are said to be, and the held-out
    /// set must live as long as the result.
    pub(crate) unsafe fn resolve<'a>(options: Option<&Self>) -> Result<Resolved<'a>> {
        let Some(options) = options else { return Ok(Resolved::default()) };
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(options.base, options.base_length, "base") }?;
        // SAFETY: the caller vouches for the metrics.
        let given = unsafe { slice::input(options.metrics, options.metric_count, "metrics") }?;
        let mut metrics = BTreeMap::new();
        for metric in given {
            // SAFETY: the caller vouches for the bytes of each.
            let name = unsafe { text::input(metric.name, metric.name_length, "name of a metric") }?;
            metrics.insert(name.to_owned(), metric.value);
        }
        let is_given = !base.as_os_str().is_empty();
        let base = is_given.then(|| ModelConfig::of_base(base)).transpose()?;
        Ok(Resolved {
            judges: Judges {
                // SAFETY: the caller vouches for the set.
                held_out: unsafe { options.held_out.as_ref() }.map(AionHeldOut::core),
                check: options.check.map(|callback| Check { callback, user: options.user }),
            },
            base: base.map(|config| ModuleShapes::of(&config)),
            metrics,
        })
    }
}

/// The directory of the copy, a PEFT adapter. It is gone after the check. Borrowed from the candidate. `length` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_candidate_path(
    candidate: Option<&AionAdapterCandidate>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&candidate?.path))
}

/// The current version, which stays on the disk during the check; NULL if there is none. Borrowed from the candidate:
/// it must not be freed, which is why it is const.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_candidate_champion(
    candidate: Option<&AionAdapterCandidate>,
) -> Option<&AionAdapterVersion> {
    guard_or(None, || Some(candidate?.champion.as_ref()))
}
