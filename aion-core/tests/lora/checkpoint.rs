//! Checkpoints: going on is bit-identical, and what is on disk is whole.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aion_core::ErrorKind;
use aion_core::dataset::Sequence;
use aion_core::lora::{Schedule, Trainer, TrainerOptions};

use crate::support::{free, open, tokens};

fn trainer(threads: usize) -> Trainer {
    let mut options = TrainerOptions::default();
    (options.rank, options.gradient_accumulation, options.threads) = (6, 3, Some(threads));
    options.dropout = 0.2;
    (options.learning_rate, options.weight_decay) = (0.012_345_678_9, 0.01);
    (options.schedule, options.warmup_steps) = (Schedule::Cosine { total: 10 }, 1);
    Trainer::new(open("qwen2"), options, None).unwrap()
}

fn step(trainer: &mut Trainer, index: u32) -> f64 {
    let batch = [20, 33].map(|length| Sequence::new(tokens(length, index)));
    trainer.lora_step(&batch, &free()).unwrap().loss
}

#[test]
fn going_on_gives_the_same_bits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    for stop in [0, 1, 3, 5] {
        let mut whole = trainer(1);
        let losses: Vec<f64> = (0..9).map(|index| step(&mut whole, index)).collect();
        let mut first = trainer(2);
        let mut resumed: Vec<f64> = (0..stop).map(|index| step(&mut first, index)).collect();
        first.checkpoint(&path, &stop.to_le_bytes()).unwrap();
        drop(first);
        let (mut second, cursor) = Trainer::resume(&path, open("qwen2"), Some(1)).unwrap();
        assert_eq!(cursor, stop.to_le_bytes());
        assert_eq!(second.step(), u64::from(stop) / 3);
        resumed.extend((stop..9).map(|index| step(&mut second, index)));
        assert_eq!(losses, resumed, "stopped at {stop}");
        assert_eq!(whole.adapter(), second.adapter(), "stopped at {stop}");
        assert_eq!(whole.gradients(), second.gradients(), "stopped at {stop}");
    }
}

#[test]
fn a_checkpoint_knows_its_model() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    trainer(1).checkpoint(&path, b"").unwrap();
    assert!(Trainer::checkpoint_base(&path).unwrap().ends_with("qwen2"));
    let error = Trainer::resume(&path, open("qwen3"), Some(1)).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("another model"), "{error}");
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    trainer(1).checkpoint(&path, b"cursor").unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Trainer::resume(&path, open("qwen2"), Some(1)).map(drop).map_err(|error| error.kind())
    };
    for length in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(refused(&bytes[..length]), Err(ErrorKind::InvalidInput), "{length} bytes");
    }
    let mut nan = bytes.clone();
    let end = nan.len() - b"cursor".len();
    nan[end - 4..end].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(refused(&nan), Err(ErrorKind::InvalidInput));
    let version = br#"\"version\":"#;
    let at = bytes.windows(version.len()).position(|window| window == version).unwrap() + version.len();
    let mut newer = bytes.clone();
    newer[at] = b'9';
    assert_eq!(refused(&newer), Err(ErrorKind::Unsupported));
    assert_eq!(refused(&bytes), Ok(()));
    let missing = Trainer::resume(directory.path().join("none"), open("qwen2"), None).map(drop).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

/// Runs one of the tests below in a process of its own, in `directory`, after `prelude` in a shell.
fn child(name: &str, directory: &Path, prelude: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!(r#"{prelude}exec "$@""#);
    command.args(["-c", &script, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("checkpoint::{name}"), "--ignored", "--quiet"]);
    command.current_dir(directory);
    command
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_and_leaves_the_old_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    trainer(1).checkpoint(&path, b"old").unwrap();
    // Nothing may be written past 50 kB: to the child, the disk is full.
    let mut command = child("writes_to_a_full_disk", directory.path(), "trap '' XFSZ; ulimit -f 100; ");
    assert!(command.output().unwrap().status.success());
    let (_, cursor) = Trainer::resume(&path, open("qwen2"), Some(1)).unwrap();
    assert_eq!(cursor, b"old");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "something half-written was left");
}

#[test]
#[ignore = "the child of another test"]
fn writes_to_a_full_disk() {
    let mut trainer = trainer(1);
    step(&mut trainer, 0);
    let error = trainer.checkpoint("run.safetensors", b"new").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("run.safetensors"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_killed_process_leaves_a_whole_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    trainer(1).checkpoint(&path, &0u32.to_le_bytes()).unwrap();
    for round in 0..8 {
        let mut command = child("writes_until_it_is_killed", directory.path(), "");
        let mut process = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 37 * round));
        process.kill().unwrap();
        process.wait().unwrap();
        let (resumed, cursor) = Trainer::resume(&path, open("qwen2"), Some(1)).unwrap();
        let index = u32::from_le_bytes(cursor.try_into().unwrap());
        assert_eq!(resumed.step(), u64::from(index) / 3);
    }
}

#[test]
#[ignore = "the child of another test"]
fn writes_until_it_is_killed() {
    let (mut trainer, cursor) = Trainer::resume("run.safetensors", open("qwen2"), Some(1)).unwrap();
    let mut index = u32::from_le_bytes(cursor.try_into().unwrap());
    loop {
        step(&mut trainer, index);
        index += 1;
        trainer.checkpoint("run.safetensors", &index.to_le_bytes()).unwrap();
    }
}
