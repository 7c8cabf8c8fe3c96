//! Tokens that the training step learns from in a second of processor time, on the shape of a 135M Llama.
//!
//! `python models/make_llama_135m.py target/models/llama-135m`, and then
//! `cargo bench --bench lora -- target/models/llama-135m THREADS WORK [recompute]`, where WORK is `2x512`, `1x2048` or
//! `mixed`. It is a program of its own for each figure, since peak memory is that of a process. Beside it:
//! `benches/peers/lora.py`.

#![expect(clippy::print_stdout, reason = "it tells its figures")]

use std::path::PathBuf;
use std::time::Instant;

use aion_benches::Outcome;
use aion_core::Control;
use aion_core::dataset::Sequence;
use aion_core::lora::{Trainer, TrainerOptions};

/// Steps that are measured, after one that is not.
const STEPS: usize = 3;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(base) = arguments.next().map(PathBuf::from) else {
        println!("not run: give the directory of a model, see the top of benches/lora.rs");
        return Ok(());
    };
    let mut options = TrainerOptions::default();
    options.threads = Some(arguments.next().map_or(Ok(1), |threads| threads.parse())?);
    let work = arguments.next().unwrap_or_else(|| "2x512".to_owned());
    options.recompute = arguments.next().is_some_and(|argument| argument == "recompute");
    options.gradient_accumulation = 1;
    let (threads, recompute) = (options.threads, options.recompute);
    let mut trainer = Trainer::open(&base, options)?;
    let batches = batches(&work);
    trainer.lora_step(&batches[0], &Control::default())?;
    let (begun, cpu) = (Instant::now(), processor_seconds());
    let mut tokens = 0;
    for batch in batches.iter().cycle().take(STEPS.max(batches.len())) {
        trainer.lora_step(batch, &Control::default())?;
        tokens += batch.iter().map(|sequence| sequence.ids().len()).sum::<usize>();
    }
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), processor_seconds() - cpu);
    let (threads, per_cpu) = (threads.unwrap_or_default(), tokens as f64 / cpu);
    println!(
        "{work} threads {threads} recompute {recompute}: {per_cpu:.1} tokens per CPU-second, {:.1} per second, peak {} MB",
        tokens as f64 / wall,
        peak_megabytes()
    );
    Ok(())
}

fn batches(work: &str) -> Vec<Vec<Sequence>> {
    let lengths: Vec<Vec<usize>> = match work {
        "1x2048" => vec![vec![2048]],
        // Those of `benches/peers/lora.py`: 30 to 600 tokens, two at a time there, about a thousand tokens here.
        "mixed" => mixed_lengths().chunks(6).map(<[usize]>::to_vec).collect(),
        _ => vec![vec![512; 2]],
    };
    let sequence = |(index, length): (usize, usize)| Sequence::new(tokens(length, index as u64));
    lengths.into_iter().map(|lengths| lengths.into_iter().enumerate().map(sequence).collect()).collect()
}

/// Lengths of a log-normal law around 150, cut to 30 and 600.
fn mixed_lengths() -> Vec<usize> {
    let normal = |index: u64| (0..12).map(|part| unit(index * 12 + part)).sum::<f64>() - 6.0;
    (0..24).map(|index| (150f64.ln() + 0.7 * normal(index)).exp().clamp(30.0, 600.0) as usize).collect()
}

fn tokens(length: usize, seed: u64) -> Vec<u32> {
    (0..length as u64).map(|index| (unit(seed << 32 | index) * 49152.0) as u32).collect()
}

/// A number from 0 to below 1, told by `index`.
fn unit(index: u64) -> f64 {
    let mut value = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((value ^ (value >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Processor time of the process, in user mode and in the kernel (Linux).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|size| size.parse::<u64>().ok()).unwrap_or_default() / 1024
}
