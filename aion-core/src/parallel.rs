//! Work of one call spread over scoped threads: no pool outlives the call.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result, catch_panic};

/// Applies `work` to every item on up to `threads` threads and gives the results in the order of the items.
/// A panic costs only its own item: it becomes [`ErrorKind::Internal`].
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Vec<Result<R>> {
    let next = AtomicUsize::new(0);
    let slots: Vec<_> = items.iter().map(|_| Mutex::new(None)).collect();
    let worker = || {
        while let Some((item, slot)) = take(items, &slots, &next) {
            *slot.lock() = Some(catch_panic(|| work(item)));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            // At the process's limit of threads the others do all of it.
            let _ = std::thread::Builder::new().spawn_scoped(scope, worker);
        }
        worker();
    });
    let missing = || Err(Error::new(ErrorKind::Internal, "a worker ended before its item was done"));
    slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(missing)).collect()
}

fn take<'a, T, S>(items: &'a [T], slots: &'a [S], next: &AtomicUsize) -> Option<(&'a T, &'a S)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((items.get(index)?, &slots[index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_and_a_panic_costs_one_item() {
        let items: Vec<u32> = (0..100).collect();
        let results = map(&items, 4, |&n| if n == 57 { panic!("item {n}") } else { Ok(n * 2) });
        for (n, result) in results.into_iter().enumerate() {
            match (n, result) {
                (57, Err(error)) => assert!(error.to_string().contains("item 57"), "{error}"),
                (_, result) => assert_eq!(result.unwrap() as usize, n * 2),
            }
        }
    }

    #[test]
    fn no_items_need_no_threads() {
        assert!(map(&[] as &[u32], 4, |_| Ok(())).is_empty());
    }
}
