//! A resolver of the host: names into addresses by a function in C.

use std::ffi::{c_char, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::sync::Arc;

use aion_core::crawl::{Resolver, SystemResolver};
use aion_core::{Error, ErrorKind};

use crate::crawl_options::{self, AionCrawlOptions};
use crate::error::AionError;
use crate::handle::{invalid, required};
use crate::panic::guard;
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// More addresses of one name are not taken.
const MAX_ADDRESSES: usize = 64;

/// The answer of a resolver, lent to it while it runs.
#[derive(Default)]
pub struct AionAddresses(Vec<IpAddr>);

/// Turns the name `host` into addresses: adds each by aion_addresses_add and returns true, or returns false when it
/// can not. `host` lives until this returns. It may block, may run on any thread and on several at once, and must not
/// throw or jump. What it answers is checked as any address is, so it opens no door to a private one.
pub type AionResolver = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        host: *const c_char,
        host_length: usize,
        addresses: &mut AionAddresses,
    ) -> bool,
>;

/// Told once, on any thread, that nobody will use `user` any more. It must not throw or jump.
pub type AionRelease = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// The functions of the host and what they want to be called with. Dropped when no crawl can call them any more.
struct HostResolver {
    resolve: unsafe extern "C" fn(*mut c_void, *const c_char, usize, &mut AionAddresses) -> bool,
    release: AionRelease,
    user: *mut c_void,
}

// SAFETY: the header asks for functions that may run on any thread, together with what `user` points to.
unsafe impl Send for HostResolver {}
// SAFETY: as for `Send`; the header says too that the resolver may run on several threads at once.
unsafe impl Sync for HostResolver {}

impl Resolver for HostResolver {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut addresses = AionAddresses::default();
        let name = AionText::from(host);
        let (text, length) = name.parts();
        // SAFETY: the host gave this function and this `user` for exactly this.
        let is_known = unsafe { (self.resolve)(self.user, text, length, &mut addresses) };
        match is_known && !addresses.0.is_empty() {
            true => Ok(addresses.0),
            false => Err(io::Error::other(format!("the host's resolver knows no address of {host}"))),
        }
    }
}

impl Drop for HostResolver {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the host gave this function and this `user` for exactly this, once.
            unsafe { release(self.user) };
        }
    }
}

/// Sets the function that turns names into addresses, with `user` as its first argument; NULL for the default, the
/// operating system, which passes over `user` and `release`. A name that is still being resolved when its crawl is
/// freed is not waited for: the resolver and `user` must stay usable until `release` was called with `user`, which
/// happens once, when the options and all their crawls are gone, or at once when this call fails. `release` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_resolver(
    options: Option<&mut AionCrawlOptions>,
    resolver: AionResolver,
    user: *mut c_void,
    release: AionRelease,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let host = resolver.map(|resolve| HostResolver { resolve, release, user });
        crawl_options::set(options, |options| match host {
            Some(host) => options.resolver = Arc::new(host),
            None => options.resolver = Arc::new(SystemResolver),
        })
    })
}

/// Adds the IP address in `text`, such as "192.0.2.7" or "2001:db8::7", to the answer of a resolver.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for what is no IP address, and AION_ERROR_LIMIT_EXCEEDED for more than 64.
///
/// # Safety
/// `text` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_addresses_add(
    addresses: Option<&mut AionAddresses>,
    text: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let addresses = required(addresses, "addresses")?;
        // SAFETY: the caller vouches for the bytes.
        let text = unsafe { text::input(text, length, "text") }?;
        let address = text.parse().map_err(|_| invalid(format!("{text:?} is no IP address")))?;
        if addresses.0.len() == MAX_ADDRESSES {
            let message = format!("a name with more than {MAX_ADDRESSES} addresses");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        addresses.0.push(address);
        Ok(())
    })
}
