//! What the processes do until they are killed.

use std::path::Path;

use aion_core::adapter::{Adapter, Adapters, PromoteOptions};
use aion_core::{Control, ErrorKind};

use crate::{CANDIDATES, Outcome, PAUSE, marked, root_of};

/// One promotion to so many moves to a version that is there.
const MOVES: u64 = 5;

/// Moves `aion-current` for ever.
pub(crate) fn promote(folder: &Path, seed: u64) -> Outcome {
    let control = Control::default();
    let mut number = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let adapters = Adapters::open(root_of(folder))?;
    loop {
        // The generator of Knuth's MMIX.
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let choice = number >> 33;
        if choice.is_multiple_of(MOVES + 1) {
            let candidate = folder.join(format!("candidate-{}", choice / 7 % CANDIDATES + 1));
            adapters.promote(candidate, &PromoteOptions::default(), &control)?;
            continue;
        }
        let history = adapters.history()?;
        let place = usize::try_from(choice)? % history.len().max(1);
        let Some(version) = history.get(place) else { continue };
        match adapters.rollback_to(&version.id, &control) {
            // Another process may have collected it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            result => drop(result?),
        }
    }
}

pub(crate) fn read_for_ever(folder: &Path) -> Outcome {
    let adapters = Adapters::open(root_of(folder))?;
    loop {
        std::thread::sleep(PAUSE);
        read(&adapters)?;
    }
}

/// Reads what is current, in the two ways that readers do.
pub(crate) fn read(adapters: &Adapters) -> Outcome {
    let current = adapters.open_current()?.ok_or("nothing is current")?;
    mark_of(&current.adapter(&Control::default())?)?;
    read_as_others_do(adapters.root())
}

/// A program that knows nothing of this library opens the directory once, too. It pins nothing, so at this speed the
/// version may be collected while it reads: then a file is missing, and never another one's.
#[cfg(target_os = "linux")]
fn read_as_others_do(root: &Path) -> Outcome {
    use std::os::fd::AsRawFd;

    let directory = std::fs::File::open(root.join("aion-current"))?;
    match Adapter::read(format!("/proc/self/fd/{}", directory.as_raw_fd())) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        adapter => mark_of(&adapter?).map(drop),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_as_others_do(_root: &Path) -> Outcome {
    Ok(())
}

/// The mark of an adapter, which must be the same everywhere.
pub(crate) fn mark_of(adapter: &Adapter) -> Outcome<u64> {
    let mark = adapter.config.alpha as u64;
    if *adapter == marked(mark)? { Ok(mark) } else { Err("an adapter is mixed of two versions".into()) }
}
