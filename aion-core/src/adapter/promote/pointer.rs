//! `aion-current`: a symbolic link to a version, or a file with its name where links are not to be had.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::layout::{CURRENT, VERSIONS, is_id, link_to};
use crate::durable::{
    AtomicFile, cannot_write, exchange, fault, parent_of, rename, sync_directory, unfinished_name,
};
use crate::error::{Error, Result};

/// What begins the names of foreign things that were in the place of `aion-current`.
const ASIDE: &str = "aion-current.before-";

/// What `aion-current` is made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Pointer {
    /// A symbolic link where the file system has them, or else a file.
    #[default]
    Auto,
    /// A file that holds the path of the version. Only this library follows it.
    File,
}

/// What `aion-current` is found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pointed {
    /// It points to the version of this id, whether that exists or not.
    Version(String),
    /// It is not there.
    Nothing,
    /// It is something that this library did not make.
    Foreign,
}

/// Where `aion-current` points to.
pub(super) fn read(root: &Path) -> Pointed {
    let current = root.join(CURRENT);
    let Ok(metadata) = fs::symlink_metadata(&current) else { return Pointed::Nothing };
    let target = if metadata.is_symlink() {
        fs::read_link(&current).ok()
    } else if metadata.is_file() {
        read_file(&current).ok().map(|text| text.trim_end().into())
    } else {
        None
    };
    target.and_then(|target| id_of(&target)).map_or(Pointed::Foreign, Pointed::Version)
}

/// The directory that `path` leads to, if it is an `aion-current`, whether a link or a file, and `path` itself
/// elsewhere. Whoever reads several files of it must go through this once, since `aion-current` may lead to another
/// version by the second one.
///
/// # Errors
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is nothing, [`ErrorKind::Io`](crate::ErrorKind::Io).
pub(crate) fn follow(path: &Path) -> Result<PathBuf> {
    let real = path.canonicalize().map_err(|error| Error::io(path, error))?;
    if !real.is_file() {
        return Ok(real);
    }
    let id = read_file(&real).ok().and_then(|text| id_of(text.trim_end().as_ref()));
    Ok(id.map_or_else(|| real.clone(), |id| parent_of(&real).join(link_to(&id))))
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(1 << 10).read_to_string(&mut text)?;
    Ok(text)
}

fn id_of(target: &Path) -> Option<String> {
    let parts: Vec<_> = target.components().collect();
    match parts[..] {
        [Component::Normal(folder), Component::Normal(id)] if folder == VERSIONS => {
            id.to_str().filter(|id| is_id(id)).map(str::to_owned)
        }
        _ => None,
    }
}

/// Makes `aion-current` point to the version `id`, at one stroke: the commit point of a promotion. Something foreign
/// that was there is kept beside it.
pub(super) fn flip(root: &Path, id: &str, kind: Pointer) -> Result<()> {
    let current = root.join(CURRENT);
    let is_foreign = read(root) == Pointed::Foreign;
    // In an exchange the foreign entry gets this name, and keeps it.
    let made = if is_foreign { aside(root) } else { root.join(unfinished_name()) };
    let flip = || {
        if kind == Pointer::File {
            return Err(io::ErrorKind::Unsupported.into());
        }
        link(id, &made)?;
        if is_foreign {
            replace(&made, &current)?
        } else {
            rename(&made, &current)?
        }
        sync_directory(root)
    };
    let flipped: io::Result<()> = flip();
    if flipped.is_err() && is_link_of_ours(&made) {
        // What can not be removed is removed when the root is opened next.
        let _ = fs::remove_file(&made);
    }
    match flipped {
        Err(error) if has_no_links(&error) => write_file(root, id, is_foreign),
        flipped => flipped.map_err(|error| cannot_write(&current, error)),
    }
}

/// A name for something foreign.
fn aside(root: &Path) -> PathBuf {
    root.join(format!("{ASIDE}{}", uuid::Uuid::now_v7()))
}

/// Removes the links that were made and never came to their place.
pub(super) fn remove_unused_links(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let is_aside = entry.file_name().to_str().is_some_and(|name| name.starts_with(ASIDE));
        if is_aside && is_link_of_ours(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_link_of_ours(path: &Path) -> bool {
    fs::read_link(path).is_ok_and(|target| id_of(&target).is_some())
}

#[cfg(unix)]
fn link(id: &str, at: &Path) -> io::Result<()> {
    fault::point("create a link")?;
    std::os::unix::fs::symlink(link_to(id), at)
}

/// Links need a privilege elsewhere.
#[cfg(not(unix))]
fn link(_id: &str, _at: &Path) -> io::Result<()> {
    fault::point("create a link")?;
    Err(io::ErrorKind::Unsupported.into())
}

/// What file systems without links answer; `EPERM` is that of Linux.
fn has_no_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

fn write_file(root: &Path, id: &str, is_foreign: bool) -> Result<()> {
    let current = root.join(CURRENT);
    let mut file = AtomicFile::create(&current)?;
    writeln!(file, "{VERSIONS}/{id}").map_err(|error| cannot_write(&current, error))?;
    if !is_foreign {
        return file.commit();
    }
    let kept = set_aside(&current).map_err(|error| cannot_write(&current, error))?;
    file.commit().inspect_err(|_| put_back(&kept, &current))
}

/// Puts `link` in the place of a directory, which a rename can not.
fn replace(link: &Path, current: &Path) -> io::Result<()> {
    match exchange(link, current) {
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => {
            let kept = set_aside(current)?;
            rename(link, current).inspect_err(|_| put_back(&kept, current))
        }
        exchanged => exchanged,
    }
}

/// Keeps what is foreign under another name. Until something is in its place there is no `aion-current`; after a crash
/// then the version that was made of it comes back.
fn set_aside(current: &Path) -> io::Result<PathBuf> {
    let kept = aside(parent_of(current));
    rename(current, &kept).map(|()| kept)
}

/// Undoes [`set_aside`] if nothing came into the place.
fn put_back(kept: &Path, current: &Path) {
    if fs::symlink_metadata(current).is_err() {
        // If this fails too, it is still there under its other name.
        let _ = fs::rename(kept, current);
    }
}
