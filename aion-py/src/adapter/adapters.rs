//! The versions of one adapter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aion_core::adapter::{self as core, AdaptersOptions, ModuleShapes, PromoteOptions};
use aion_core::base::ModelConfig;
use aion_core::{Control, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::candidate::Judge;
use super::pinned::PinnedVersion;
use super::version::Version;
use crate::control::{CancelToken, Wishes};
use crate::door::{enter, enter_asking};
use crate::error::OrRaise;
use crate::recipe::{self, count, seconds};

/// The versions of one adapter under a root directory, and which of them is current.
///
/// `root/aion-current` always opens as a whole PEFT adapter once something was promoted. A promotion is verified before
/// it is visible, visible at one stroke, and can be taken back; a crash at any moment leaves the version of before or
/// the new one. One promotion goes on at a time, in all processes of the machine. The root must be on a disk of this
/// machine.
///
/// Making one puts the root in order after a crash; it is made if it is missing, and a plain adapter directory at
/// `aion-current` becomes the first version. A handle holds nothing open between calls: threads may share it, it may be
/// used after `os.fork()`, and it pickles as its arguments.
///
/// Args:
///     root: The directory of the versions.
///     keep: How many versions are kept, 2 or more: the current one with those it came from, and those that were
///         current last. Versions that are being read are kept as well.
///     patience: How many seconds a call waits for another promotion.
///     timeout: Most seconds that putting in order may take.
///     cancel: A token that stops it.
///
/// Raises:
///     InvalidArgumentError: An option is out of its range.
///     InvalidStateError: Something that is no adapter is in the place of `aion-current`.
///     IoError: The disk can not be read or written.
///
/// Examples:
///     >>> import aion, tempfile
///     >>> adapters = aion.Adapters(tempfile.mkdtemp())
///     >>> adapters.current() is None, adapters.history()
///     (True, [])
///     >>> version = adapters.promote("aion-core/tests/data/adapter/peft", metrics={"loss": 1.9})
///     >>> adapters.current() == version, version.metrics
///     (True, {'loss': 1.9})
///     >>> (adapters.root / "aion-current" / "adapter_config.json").exists()
///     True
#[pyclass(frozen, module = "aion")]
pub(crate) struct Adapters {
    core: core::Adapters,
    options: AdaptersOptions,
}

impl Adapters {
    /// Runs what the disk makes wait.
    fn enter<R: Send>(
        &self,
        py: Python<'_>,
        wishes: &Wishes,
        verb: impl FnOnce(&core::Adapters, &Control) -> Result<R> + Send,
    ) -> PyResult<R> {
        enter(py, wishes, |control| verb(&self.core, control))
    }
}

#[pymethods]
impl Adapters {
    #[new]
    #[pyo3(signature = (root, *, keep = 5, patience = 60.0, timeout = None, cancel = None))]
    fn new(
        py: Python<'_>,
        root: PathBuf,
        keep: i64,
        patience: f64,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Self> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let mut options = AdaptersOptions::default();
        options.keep = count("keep", keep).or_raise(py)?;
        options.patience = seconds("patience", patience).or_raise(py)?;
        let core = enter(py, &wishes, |control| core::Adapters::open_with(&root, options, control))?;
        Ok(Self { core, options })
    }

    /// Make a verified copy of an adapter the current version.
    ///
    /// Readers see the old version until the new one is whole, and the new one from then on. The candidate stays as it
    /// is. Whatever raises before that moment leaves everything as it was.
    ///
    /// Args:
    ///     path: The directory of the candidate, a PEFT adapter.
    ///     check: A `HeldOut`, on which the candidate must not be worse than what is current. Or a function, called as
    ///         `check(candidate)` with a `Candidate` that is whole, on the calling thread: True lets it become current,
    ///         False and an exception do not; the exception is raised. No other promotion goes on meanwhile, so it must
    ///         not promote itself.
    ///     base: The directory of the base, whose layers the candidate must fit; only its `config.json` is read.
    ///     metrics: Numbers to be kept with the version, such as its loss: a dict of names and finite floats.
    ///     timeout: Most seconds to take. It can not interrupt a function that checks.
    ///     cancel: A token that stops the call.
    ///
    /// Returns:
    ///     The version.
    ///
    /// Raises:
    ///     NotFoundError: There is no such adapter.
    ///     InvalidInputError: The candidate is damaged or not whole; the message names what is wrong.
    ///     UnsupportedError: The candidate is more than plain LoRA, or the base is none that is known here.
    ///     ConflictError: `check` returned False, or the candidate is worse; the message has both losses.
    ///     UnavailableError: Another promotion takes longer than `patience`.
    ///     IoError: The disk can not be read or written.
    ///
    /// Examples:
    ///     >>> import aion, tempfile
    ///     >>> adapters = aion.Adapters(tempfile.mkdtemp())
    ///     >>> candidate = "aion-core/tests/data/adapter/peft"
    ///     >>> adapters.promote(candidate, check=lambda candidate: candidate.rank <= 64).base
    ///     'base'
    ///     >>> try:
    ///     ...     adapters.promote(candidate, check=lambda candidate: candidate.champion is None)
    ///     ... except aion.ConflictError as error:
    ///     ...     print("refused" in str(error), len(adapters.history()))
    ///     True 1
    #[pyo3(signature = (path, *, check = None, base = None, metrics = None, timeout = None, cancel = None))]
    #[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
    fn promote(
        &self,
        py: Python<'_>,
        path: PathBuf,
        check: Option<Py<PyAny>>,
        base: Option<PathBuf>,
        metrics: Option<BTreeMap<String, f64>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Version> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let judge = check.map(|check| Judge::new(check.bind(py))).transpose()?;
        let version = enter_asking(py, &wishes, |control, asker| {
            let asked = judge
                .as_ref()
                .map(|judge| move |candidate: &core::Candidate<'_>| judge.check(candidate, asker, control));
            let base = base.map(|base| ModelConfig::of_base(base).map(|config| ModuleShapes::of(&config)));
            let base = base.transpose()?;
            let mut options = PromoteOptions::default();
            options.base = base.as_ref();
            options.check = asked.as_ref().map(|check| check as &core::Check<'_>);
            options.metrics = metrics.unwrap_or_default();
            self.core.promote(&path, &options, control)
        })?;
        Ok(version.into())
    }

    /// The current version; None if nothing was promoted yet.
    ///
    /// Raises:
    ///     IoError: The disk can not be read.
    fn current(&self, py: Python<'_>) -> PyResult<Option<Version>> {
        let current = self.enter(py, &Wishes::default(), |adapters, _| adapters.current())?;
        Ok(current.map(Version::from))
    }

    /// The current version, held for reading; None if nothing was promoted yet.
    ///
    /// Raises:
    ///     IoError: The disk can not be read.
    ///
    /// Examples:
    ///     >>> import aion, json, tempfile
    ///     >>> adapters = aion.Adapters(tempfile.mkdtemp())
    ///     >>> version = adapters.promote("aion-core/tests/data/adapter/peft")
    ///     >>> with adapters.open_current() as pinned:
    ///     ...     print(pinned.version == version, json.loads(pinned.read("adapter_config.json"))["r"])
    ///     True 4
    fn open_current(&self, py: Python<'_>) -> PyResult<Option<PinnedVersion>> {
        let current = self.enter(py, &Wishes::default(), |adapters, _| adapters.open_current())?;
        current.map(|pinned| PinnedVersion::new(py, pinned)).transpose()
    }

    /// The version of this id, held for reading.
    ///
    /// Raises:
    ///     NotFoundError: It is not in the history.
    ///     IoError: The disk can not be read.
    fn open_version(&self, py: Python<'_>, id: &str) -> PyResult<PinnedVersion> {
        let pinned = self.enter(py, &Wishes::default(), |adapters, _| adapters.open_version(id))?;
        PinnedVersion::new(py, pinned)
    }

    /// Go back to the version that was current before the current one was promoted, or if it is damaged or gone to the
    /// one before that. It is verified first.
    ///
    /// Args:
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Returns:
    ///     The version that is current now.
    ///
    /// Raises:
    ///     InvalidStateError: There is none to go back to.
    ///     UnavailableError: A promotion takes longer than `patience`.
    ///     IoError: The disk can not be read or written.
    ///
    /// Examples:
    ///     >>> import aion, tempfile
    ///     >>> adapters = aion.Adapters(tempfile.mkdtemp())
    ///     >>> versions = [adapters.promote("aion-core/tests/data/adapter/peft") for _ in range(2)]
    ///     >>> adapters.rollback() == versions[0] == adapters.current()
    ///     True
    #[pyo3(signature = (*, timeout = None, cancel = None))]
    fn rollback(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Version> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        Ok(self.enter(py, &wishes, core::Adapters::rollback)?.into())
    }

    /// Make a version that has been current before current again. It is verified first.
    ///
    /// Args:
    ///     id: Which one: `Version.id` of the history.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     NotFoundError: It is not in the history.
    ///     InvalidInputError: Its files were changed.
    ///     UnavailableError: A promotion takes longer than `patience`.
    ///     IoError: The disk can not be read or written.
    #[pyo3(signature = (id, *, timeout = None, cancel = None))]
    fn rollback_to(
        &self,
        py: Python<'_>,
        id: &str,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Version> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        Ok(self.enter(py, &wishes, |adapters, control| adapters.rollback_to(id, control))?.into())
    }

    /// The versions that have been current and are still there, the newest first.
    ///
    /// Raises:
    ///     IoError: The disk can not be read.
    fn history(&self, py: Python<'_>) -> PyResult<Vec<Version>> {
        let history = self.enter(py, &Wishes::default(), |adapters, _| adapters.history())?;
        Ok(history.into_iter().map(Version::from).collect())
    }

    #[getter]
    fn root(&self) -> &Path {
        self.core.root()
    }

    #[getter]
    fn keep(&self) -> usize {
        self.options.keep
    }

    #[getter]
    fn patience(&self) -> f64 {
        self.options.patience.as_secs_f64()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let root = self.core.root().as_os_str().into_pyobject(py)?.repr()?;
        let usual = arguments(py, &AdaptersOptions::default())?;
        let changed = recipe::changed(arguments(py, &self.options)?, &usual)?;
        let arguments: Vec<_> = [root.to_string()].into_iter().chain(changed).collect();
        Ok(format!("Adapters({})", arguments.join(", ")))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((&Path,), Bound<'py, PyDict>)> {
        Ok(((self.core.root(),), arguments(py, &self.options)?))
    }
}

fn arguments<'py>(py: Python<'py>, options: &AdaptersOptions) -> PyResult<Bound<'py, PyDict>> {
    let arguments = PyDict::new(py);
    arguments.set_item("keep", options.keep)?;
    arguments.set_item("patience", options.patience.as_secs_f64())?;
    Ok(arguments)
}
