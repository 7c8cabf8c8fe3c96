//! How adapters are trained.

use std::ffi::c_char;

use aion_core::Result;
use aion_core::base::Module;
use aion_core::dataset::{ChatFormat, EncoderOptions};
use aion_core::lora::{CheckpointPlan, Schedule, TrainOptions, TrainerOptions};

use crate::handle::invalid;
use crate::text::{self, AionStr};

/// The learning rate stays.
pub const AION_SCHEDULE_CONSTANT: u32 = 0;
/// The learning rate falls to 0 in a straight line.
pub const AION_SCHEDULE_LINEAR: u32 = 1;
/// The learning rate falls to 0 as half a wave of a cosine.
pub const AION_SCHEDULE_COSINE: u32 = 2;

/// What a trainer is told. Begin with aion_lora_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionLoraOptions {
    /// The rank of the adapter's matrices, 1 to 1024. The default is 16.
    pub rank: usize,
    /// The adapter's output is scaled by alpha / rank. The default is 32.
    pub alpha: f64,
    /// How much of the adapter's input is dropped in training, 0 to below 1. The default is 0.05.
    pub dropout: f64,
    /// The layers that get an adapter, such as "q_proj"; none for all seven, which is the default.
    pub target_modules: *const AionStr,
    /// How many target modules there are.
    pub target_module_count: usize,
    /// The learning rate of AdamW, before the schedule. The default is 2e-4.
    pub learning_rate: f64,
    /// The decoupled weight decay of AdamW. The default is 0.
    pub weight_decay: f64,
    /// How the learning rate goes on: one of AION_SCHEDULE_*.
    pub schedule: u32,
    /// Updates in all, for the schedules that fall.
    pub total_steps: u64,
    /// Updates over which the learning rate rises from 0.
    pub warmup_steps: u64,
    /// The norm that gradients are clipped to; 0 for none. The default is 1.
    pub max_grad_norm: f64,
    /// The longest sequence, in tokens. The default is 2048.
    pub max_length: usize,
    /// Calls of aion_lora_step to one update. The default is 16.
    pub gradient_accumulation: u32,
    /// Whether layers are computed again in the backward pass instead of kept: slower, in far less memory.
    pub recompute: bool,
    /// What a new adapter, the dropout and the order of a set are drawn from.
    pub seed: u64,
    /// Threads; 0 for the cores that this process may use.
    pub threads: usize,
}

impl AionLoraOptions {
    /// # Safety
    /// The target modules must be as many texts as they are said to be.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<TrainerOptions> {
        let mut resolved = TrainerOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        let (items, count) = (options.target_modules, options.target_module_count);
        // SAFETY: the caller vouches for the texts.
        let names = unsafe { text::list(items, count, "target_modules") }?;
        if !names.is_empty() {
            resolved.target_modules = names.into_iter().map(module).collect::<Result<_>>()?;
        }
        resolved.rank = options.rank;
        resolved.alpha = options.alpha;
        resolved.dropout = options.dropout;
        resolved.learning_rate = options.learning_rate;
        resolved.weight_decay = options.weight_decay;
        resolved.schedule = schedule(options.schedule, options.total_steps)?;
        resolved.warmup_steps = options.warmup_steps;
        resolved.max_grad_norm = options.max_grad_norm;
        resolved.max_length = options.max_length;
        resolved.gradient_accumulation = options.gradient_accumulation;
        resolved.recompute = options.recompute;
        resolved.seed = options.seed;
        resolved.threads = (options.threads > 0).then_some(options.threads);
        Ok(resolved)
    }
}

fn module(name: &str) -> Result<Module> {
    let known = || Module::ALL.map(Module::name).join(", ");
    Module::from_name(name)
        .ok_or_else(|| invalid(format!("target_modules has {name:?}; known are {}", known())))
}

fn schedule(kind: u32, total: u64) -> Result<Schedule> {
    match kind {
        AION_SCHEDULE_CONSTANT => Ok(Schedule::Constant),
        AION_SCHEDULE_LINEAR => Ok(Schedule::Linear { total }),
        AION_SCHEDULE_COSINE => Ok(Schedule::Cosine { total }),
        _ => Err(invalid(format!("schedule is {kind}, which is none of AION_SCHEDULE_*"))),
    }
}

/// How a trainer goes over a set. Begin with zeros, which are the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionLoraTrainOptions {
    /// How often every sequence is learnt from; 0 for once.
    pub epochs: u32,
    /// Sequences of an update; 0 for two for each of the trainer's gradient_accumulation.
    pub batch_size: usize,
    /// Most tokens that are computed at once; 0 for 4096. Memory grows with it.
    pub batch_tokens: usize,
    /// The share of sequences that is not learnt from but evaluated on, 0 to 0.5.
    pub held_out: f64,
    /// Updates between evaluations; 0 for none but at the end of each epoch.
    pub evaluate_every: u64,
    /// The file that the trainer is written to, for aion_lora_resume; empty for none.
    pub checkpoint: *const c_char,
    /// How many bytes `checkpoint` has.
    pub checkpoint_length: usize,
    /// Updates between two checkpoints; 0 for 100. The end has one in any case.
    pub checkpoint_every: u64,
    /// Whether only the assistant's words are learnt.
    pub assistant_only: bool,
    /// Whether conversations are written by the chat template of the base, and not in the platform's format.
    pub chat_template: bool,
}

impl AionLoraTrainOptions {
    /// # Safety
    /// The path must be as many bytes as its length says.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<(TrainOptions, EncoderOptions)> {
        let (mut train, mut encoder) = (TrainOptions::default(), EncoderOptions::default());
        let Some(options) = options else { return Ok((train, encoder)) };
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(options.checkpoint, options.checkpoint_length, "checkpoint") }?;
        if options.epochs > 0 {
            train.epochs = options.epochs;
        }
        if options.batch_size > 0 {
            train.batch_size = Some(options.batch_size);
        }
        if options.batch_tokens > 0 {
            train.batch_tokens = options.batch_tokens;
        }
        train.held_out = options.held_out;
        train.evaluate_every = (options.evaluate_every > 0).then_some(options.evaluate_every);
        let every = if options.checkpoint_every > 0 { options.checkpoint_every } else { 100 };
        let is_given = !path.as_os_str().is_empty();
        train.checkpoint = is_given.then(|| CheckpointPlan { path: path.to_owned(), every });
        encoder.assistant_only = options.assistant_only;
        if options.chat_template {
            encoder.format = ChatFormat::Template;
        }
        Ok((train, encoder))
    }
}

/// The default options.
#[unsafe(no_mangle)]
pub extern "C" fn aion_lora_options_default() -> AionLoraOptions {
    let usual = TrainerOptions::default();
    AionLoraOptions {
        rank: usual.rank,
        alpha: usual.alpha,
        dropout: usual.dropout,
        target_modules: std::ptr::null(),
        target_module_count: 0,
        learning_rate: usual.learning_rate,
        weight_decay: usual.weight_decay,
        schedule: AION_SCHEDULE_CONSTANT,
        total_steps: 0,
        warmup_steps: usual.warmup_steps,
        max_grad_norm: usual.max_grad_norm,
        max_length: usual.max_length,
        gradient_accumulation: usual.gradient_accumulation,
        recompute: usual.recompute,
        seed: usual.seed,
        threads: 0,
    }
}
