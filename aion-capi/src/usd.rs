//! Money: whole micro-US-dollars, so that no sum is ever off by a rounding.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Price, Result, Usd};

use crate::error::AionError;
use crate::handle::required;
use crate::panic::guard;
use crate::status::AionStatus;
use crate::text;

/// The cost of a call when nobody knows the most that it can cost. Such a call is never paid.
pub const AION_COST_UNKNOWN: i64 = -1;

/// What a provider charges, in micro-US-dollars: millionths, so $2.50 are 2500000. Begin with zeros.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPrice {
    /// For a million tokens of input.
    pub input_per_million: i64,
    /// For a million tokens of output.
    pub output_per_million: i64,
    /// For each call, whatever its tokens.
    pub per_call: i64,
}

impl AionPrice {
    /// # Errors
    /// Invalid argument for an amount below zero.
    pub(crate) fn core(&self) -> Result<Price> {
        let [input, output] = [self.input_per_million, self.output_per_million].map(Usd::from_micros);
        Ok(Price::new(input?, output?).with_fee(Usd::from_micros(self.per_call)?))
    }
}

/// Reads an amount of dollars, such as "0.0123" or "1e-3", and rounds it up to a micro-dollar: for a cost.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for what is no number, negative or above a billion dollars; `*micro_usd`
/// is 0 then.
///
/// # Safety
/// `text` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_usd_at_least(
    text: *const c_char,
    length: usize,
    micro_usd: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        unsafe { read(text, length, micro_usd, |text| Usd::at_least(text)) }
    })
}

/// As aion_usd_at_least, but rounds down: for a limit. Below zero is 0.
///
/// # Safety
/// `text` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_usd_at_most(
    text: *const c_char,
    length: usize,
    micro_usd: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        unsafe { read(text, length, micro_usd, |text| Usd::at_most(text)) }
    })
}

/// What a call of so many tokens costs, rounded up. With the most tokens that its input can have and the most that
/// the provider was told to answer with, it is the most that the call can cost: what aion_budget_decide asks for.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a price that is negative and a cost above a billion dollars;
/// `*micro_usd` is 0 then.
#[unsafe(no_mangle)]
pub extern "C" fn aion_price_cost(
    price: Option<&AionPrice>,
    input_tokens: u64,
    output_tokens: u64,
    micro_usd: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let micro_usd = required(micro_usd, "micro_usd")?.write(0);
        let price = required(price, "price")?;
        *micro_usd = price.core()?.cost(input_tokens, output_tokens)?.micros();
        Ok(())
    })
}

/// # Safety
/// `text` must point to `length` bytes.
unsafe fn read(
    text: *const c_char,
    length: usize,
    micro_usd: Option<&mut MaybeUninit<i64>>,
    round: impl FnOnce(&str) -> Result<Usd>,
) -> Result<()> {
    let micro_usd = required(micro_usd, "micro_usd")?.write(0);
    // SAFETY: the caller vouches for the bytes.
    let text = unsafe { text::input(text, length, "text") }?;
    *micro_usd = round(text)?.micros();
    Ok(())
}
