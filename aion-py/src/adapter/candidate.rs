//! What a check of a promotion looks at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aion_core::adapter as core;
use aion_core::lora::HeldOut;
use aion_core::{Control, Error, ErrorKind, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::version::Version;
use crate::door::Asker;
use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;
use crate::lora;
use crate::view::repr;

/// What the `check` of a promotion looks at: the copy that would become current, verified, and what is current now.
///
/// It is a path of the copy as well: `open(os.path.join(candidate, "adapter_config.json"))` works.
///
/// Attributes:
///     path: The directory of the copy, a PEFT adapter. It is gone after the check.
///     champion: The current version, which stays on the disk during the check, or None.
///     base: The base that the adapter is for, as its settings name it, or None.
///     rank: The rank of the adapter.
///     alpha: The adapter's output is scaled by `alpha / rank`.
#[pyclass(frozen, module = "aion")]
pub(crate) struct Candidate {
    path: PathBuf,
    champion: Option<Py<Version>>,
    base: Option<String>,
    rank: usize,
    alpha: f64,
}

#[pymethods]
impl Candidate {
    #[getter]
    fn path(&self) -> &Path {
        &self.path
    }

    #[getter]
    fn champion(&self, py: Python<'_>) -> Option<Py<Version>> {
        self.champion.as_ref().map(|champion| champion.clone_ref(py))
    }

    #[getter]
    fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    #[getter]
    fn rank(&self) -> usize {
        self.rank
    }

    #[getter]
    fn alpha(&self) -> f64 {
        self.alpha
    }

    fn __fspath__(&self) -> &std::ffi::OsStr {
        self.path.as_os_str()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<Candidate {}>", repr(py, &self.path.to_string_lossy())?))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a Candidate can not be pickled or copied: it is gone after the check"))
    }
}

/// Who decides whether a candidate becomes current.
pub(super) enum Judge {
    HeldOut(Arc<HeldOut>),
    Function(Arc<Py<PyAny>>),
}

impl Judge {
    pub(super) fn new(check: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(held_out) = check.cast::<lora::HeldOut>() {
            return Ok(Self::HeldOut(held_out.get().shared()));
        }
        match check.is_callable() {
            true => Ok(Self::Function(Arc::new(check.clone().unbind()))),
            false => {
                let message = "check must be a HeldOut, or callable as check(candidate)";
                Err(invalid_argument(message)).or_raise(check.py())
            }
        }
    }

    pub(super) fn check(
        &self,
        candidate: &core::Candidate<'_>,
        asker: &Asker,
        control: &Control,
    ) -> Result<()> {
        match self {
            Self::HeldOut(held_out) => held_out.check(candidate, control),
            Self::Function(function) => ask(function, candidate, asker),
        }
    }
}

/// Has `check` look at the candidate, on the thread of Python that called.
fn ask(check: &Arc<Py<PyAny>>, candidate: &core::Candidate<'_>, asker: &Asker) -> Result<()> {
    let check = Arc::clone(check);
    let path = candidate.path.to_owned();
    let champion = candidate.champion.map(|champion| champion.version().clone());
    let (base, rank) = (candidate.adapter.config.base_model.clone(), candidate.adapter.config.rank);
    let alpha = candidate.adapter.config.alpha;
    let passes = asker.ask(move |py| {
        let champion = champion.map(|champion| Py::new(py, Version::from(champion))).transpose()?;
        verdict(check.bind(py).call1((Candidate { path, champion, base, rank, alpha },))?)
    })?;
    match passes {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Conflict, "it returned False")),
    }
}

/// A check that forgets to say so must let nothing through.
fn verdict(told: Bound<'_, PyAny>) -> PyResult<bool> {
    let neither = |_| {
        let given = type_name(&told);
        invalid_argument(format!("check returned {given}; it must return True or False, or raise"))
    };
    told.extract().map_err(neither).or_raise(told.py())
}
