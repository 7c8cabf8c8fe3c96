//! Tokens that `LocalModel` reads and says in a second, on the shape of a 135M Llama.
//!
//! `python models/make_llama_135m.py target/models/llama-135m`, and then
//! `cargo bench --bench generate -- target/models/llama-135m THREADS [ADAPTER]`. It is a program of its own for each
//! figure, since peak memory is that of a process. Beside it: `benches/peers/generate.py`.

#![expect(clippy::print_stdout, reason = "it tells its figures")]

use std::path::PathBuf;
use std::time::Instant;

use aion_benches::Outcome;
use aion_core::Control;
use aion_core::generate::{GenerateOptions, LocalModel, LocalModelOptions};

/// Words of the question.
const WORDS: usize = 126;
/// Tokens that are said after the first.
const TOKENS: usize = 128;
const ROUNDS: usize = 3;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(base) = arguments.next().map(PathBuf::from) else {
        println!("not run: give the directory of a model, see the top of benches/generate.rs");
        return Ok(());
    };
    let mut options = LocalModelOptions::default();
    options.threads = Some(arguments.next().map_or(Ok(1), |threads| threads.parse())?);
    let adapter = arguments.next().map(PathBuf::from);
    let model = LocalModel::open(&base, adapter.as_deref(), &options)?;
    let question = (0..WORDS).map(|word| format!("t{}", 1000 + word * 37)).collect::<Vec<_>>().join(" ");
    let messages = [aion_core::dataset::Message::new(aion_core::dataset::Role::User, question)];
    let say = |max_tokens: usize| -> Result<(usize, f64), Box<dyn std::error::Error>> {
        let mut options = GenerateOptions::default();
        options.max_tokens = max_tokens;
        let begun = Instant::now();
        let answer = model.generate(&messages[..], &options, None, &Control::default())?;
        assert_eq!(answer.tokens.len(), max_tokens, "the answer ended early");
        Ok((answer.prompt_tokens, begun.elapsed().as_secs_f64()))
    };
    say(2)?;
    let (mut read, mut said) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (prompt_tokens, first) = say(1)?;
        let (_, all) = say(1 + TOKENS)?;
        read.push(prompt_tokens as f64 / first);
        said.push(TOKENS as f64 / (all - first));
    }
    println!("{:.1} {:.1} {}", median(&mut said), median(&mut read), peak_megabytes());
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|size| size.parse::<u64>().ok()).unwrap_or_default() / 1024
}
