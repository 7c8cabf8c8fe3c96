//! The arithmetic of a transformer, forward and back.

mod attention;
mod gemm;
mod lanes;
mod math;
mod memory;
mod panels;
mod rows;
mod tile;
mod workspace;

pub(crate) use attention::{Attention, Gradients};
pub(crate) use gemm::{Panels, matmul};
pub(crate) use lanes::{Level, simd};
pub(crate) use math::{add, add_product, dot, gated_backward, rms_norm, rms_norm_backward, softmax};
pub(crate) use memory::Memory;
pub(crate) use panels::{Rhs, Values};
pub(crate) use rows::{ROWS, gated_rows, matvec, rms_norm_rows};
pub(crate) use tile::{Lhs, Target};
pub(crate) use workspace::Workspace;
