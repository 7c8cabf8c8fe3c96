//! Which process holds a grant, and whether it still lives.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// A process, told apart from every other that had or will have its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    boot: u128,
    /// The namespace that `pid` is counted in: containers have their own.
    namespace: u64,
    pid: u32,
    /// When it started, in the clock ticks of the kernel.
    started: u64,
}

/// What can be told about an owner from this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    Dead,
    /// It runs where this process can not look.
    Unknown,
}

impl Owner {
    /// This process.
    pub(crate) fn current(boot: u128) -> Self {
        let pid = std::process::id();
        Self { boot, namespace: kernel::namespace(), pid, started: kernel::started(pid).unwrap_or(0) }
    }

    /// What `self`, which must be this process, can tell about `other`.
    pub(crate) fn life_of(&self, other: &Self) -> Life {
        if self == other {
            Life::Alive
        } else if self.boot != other.boot {
            // A ledger file is of one machine, so whoever ran before its last start is gone.
            Life::Dead
        } else if self.namespace != other.namespace || !kernel::CAN_TELL {
            Life::Unknown
        } else if kernel::started(other.pid) == Some(other.started) {
            Life::Alive
        } else {
            Life::Dead
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}/{}/{}/{}", self.boot, self.namespace, self.pid, self.started)
    }
}

impl FromStr for Owner {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let owner = (|| {
            Some(Self {
                boot: u128::from_str_radix(next(), 16).ok()?,
                namespace: next().parse().ok()?,
                pid: next().parse().ok()?,
                started: next().parse().ok()?,
            })
        })();
        owner.ok_or_else(|| Error::new(ErrorKind::InvalidInput, format!("{text:?} names no process")))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod kernel {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    pub(super) const CAN_TELL: bool = true;

    pub(super) fn namespace() -> u64 {
        fs::metadata("/proc/self/ns/pid").map_or(0, |namespace| namespace.ino())
    }

    /// Field 22 of `/proc/<pid>/stat` (proc(5)), counted after the name, which may hold anything. A process
    /// that is dead but was not waited for counts as gone.
    pub(super) fn started(pid: u32) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        match fields.next()? {
            "Z" | "X" => None,
            _ => fields.nth(18)?.parse().ok(),
        }
    }
}

/// Elsewhere no process can tell about another without native calls; grants then expire by their grace time.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod kernel {
    pub(super) const CAN_TELL: bool = false;

    pub(super) fn namespace() -> u64 {
        0
    }

    pub(super) fn started(_pid: u32) -> Option<u64> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_alive_until_it_is_gone() {
        let me = Owner::current(1);
        assert_eq!(me.life_of(&me), Life::Alive);
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let other = Owner { pid: child.id(), started: kernel::started(child.id()).unwrap(), ..me };
        assert_eq!(me.life_of(&other), Life::Alive);
        assert_eq!(me.life_of(&Owner { started: other.started + 1, ..other }), Life::Dead, "another process");
        child.kill().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(me.life_of(&other), Life::Dead, "killed and not waited for");
        child.wait().unwrap();
        assert_eq!(me.life_of(&other), Life::Dead);
        assert_eq!(me.life_of(&Owner { boot: 2, ..other }), Life::Dead);
        assert_eq!(me.life_of(&Owner { namespace: 7, ..other }), Life::Unknown);
        assert_eq!(other.to_string().parse::<Owner>().unwrap(), other);
        assert!("1/2/3".parse::<Owner>().is_err());
    }
}
