//! The serialized network of a language file: layers in layers, each with its sizes, which have to match.

use super::reader::Reader;

/// Deeper nesting than any network has.
const DEEPEST: u32 = 16;
/// More values between two layers than any network has; keeps the products below from overflowing.
const WIDEST: u32 = 1 << 16;
/// Layers that keep a learning rate for each of their children.
const FLAG_LAYER_RATES: u32 = 64;

/// What the rest of the file has to match.
pub(super) struct Network {
    /// How many codes the last layer tells apart.
    pub(super) outputs: usize,
    /// Whether the weights are bytes.
    pub(super) is_int: bool,
}

/// Reads one network; `None` when Tesseract could not read it or could not run it.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Network> {
    let mut weights = Weights { is_int: None };
    let top = layer(reader, &mut weights, DEEPEST)?;
    (top.kind == Kind::Series && top.outputs > 1)
        .then(|| Some(Network { outputs: top.outputs as usize, is_int: weights.is_int? }))?
}

/// The sizes of a layer, as the layers around it see them.
struct Layer {
    kind: Kind,
    inputs: u32,
    outputs: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Input,
    Convolve,
    Maxpool,
    Reconfig,
    Parallel,
    Series,
    Reversed,
    Lstm,
    SoftmaxLstm { is_encoded: bool },
    FullyConnected,
}

fn kind(name: &[u8]) -> Option<Kind> {
    Some(match name {
        b"Input" => Kind::Input,
        b"Convolve" => Kind::Convolve,
        b"Maxpool" => Kind::Maxpool,
        b"Reconfig" => Kind::Reconfig,
        b"Parallel" | b"Replicated" | b"ParBidiLSTM" | b"DepParUDLSTM" | b"Par2dLSTM" => Kind::Parallel,
        b"Series" => Kind::Series,
        b"RTLReversed" | b"TTBReversed" | b"XYTranspose" => Kind::Reversed,
        b"LSTM" | b"SummLSTM" => Kind::Lstm,
        b"LSTMSoftmax" => Kind::SoftmaxLstm { is_encoded: false },
        b"LSTMBinarySoftmax" => Kind::SoftmaxLstm { is_encoded: true },
        b"Logistic" | b"LinLogistic" | b"LinTanh" | b"Tanh" | b"Relu" | b"Linear" | b"Softmax"
        | b"SoftmaxNoCTC" => Kind::FullyConnected,
        _ => return None,
    })
}

/// A header that all layers share, then what each kind adds to it.
fn layer(reader: &mut Reader<'_>, weights: &mut Weights, depth: u32) -> Option<Layer> {
    let depth = depth.checked_sub(1)?;
    let is_named = reader.u8()? == 0;
    let kind = if is_named { kind(reader.string()?)? } else { return None };
    let is_training = reader.u8()? == 1;
    reader.u8()?; // whether it would pass gradients on
    let flags = reader.u32()?;
    let inputs = reader.u32().filter(|&size| size < WIDEST)?;
    let outputs = reader.u32().filter(|&size| size < WIDEST)?;
    reader.u32()?; // the number of weights, which is for reports
    reader.string()?; // its name, which is for reports
    let outputs = match kind {
        // A checkpoint of a training holds gradients as well, which are of no use here.
        _ if is_training => return None,
        Kind::Input => input(reader, inputs).filter(|&depth| depth == outputs)?,
        Kind::Convolve => inputs.checked_mul(window(reader, |half| 2 * half + 1)?)?,
        Kind::Reconfig => inputs.checked_mul(window(reader, |side| side)?)?,
        Kind::Maxpool => window(reader, |side| side).map(|_| inputs)?,
        Kind::FullyConnected => weights.read(reader, outputs, inputs).map(|()| outputs)?,
        Kind::Lstm => lstm(reader, weights, inputs, 0, outputs).map(|_| outputs)?,
        Kind::SoftmaxLstm { is_encoded } => {
            let fed_back =
                if is_encoded { outputs.max(1).next_power_of_two().trailing_zeros() } else { outputs };
            let states = lstm(reader, weights, inputs, fed_back, 0)?;
            let softmax = layer(reader, weights, depth).filter(|inner| inner.kind == Kind::FullyConnected)?;
            (softmax.inputs == states && softmax.outputs == outputs).then_some(outputs)?
        }
        Kind::Series | Kind::Parallel | Kind::Reversed => {
            return stack(reader, weights, kind, flags, depth);
        }
    };
    (outputs < WIDEST).then_some(Layer { kind, inputs, outputs })
}

/// The shape of the pictures: batch, height, width, depth and the loss; 0 stands for any width or height.
///
/// A line of text is scaled to that height and padded to that width, so both bound the work.
fn input(reader: &mut Reader<'_>, inputs: u32) -> Option<u32> {
    const TALLEST: u32 = 256;
    const LONGEST: u32 = 4096;
    reader.u32()?;
    let height = reader.u32().filter(|&height| height <= TALLEST)?;
    reader.u32().filter(|&width| width <= LONGEST)?;
    let depth = reader.u32().filter(|&depth| (1..=TALLEST).contains(&depth))?;
    reader.u32()?;
    // One row of pixels is fed column by column.
    let is_fit = inputs == if height == 1 { depth } else { height };
    is_fit.then_some(depth)
}

/// The area of a window whose two numbers are turned into sides by `side`.
fn window(reader: &mut Reader<'_>, side: impl Fn(u32) -> u32) -> Option<u32> {
    const LONGEST: u32 = 64;
    let x = reader.u32().filter(|&x| x <= LONGEST).map(&side)?;
    let y = reader.u32().filter(|&y| y <= LONGEST).map(&side)?;
    (x > 0 && y > 0).then_some(x * y)
}

/// Gates over the inputs, what is fed back, and the state; returns the size of the state.
///
/// `states` is that size where it is known already, or else 0.
fn lstm(
    reader: &mut Reader<'_>,
    weights: &mut Weights,
    inputs: u32,
    fed_back: u32,
    states: u32,
) -> Option<u32> {
    let all = reader.u32().filter(|&all| all < 4 * WIDEST)?;
    let (found, _) = weights.shape(reader, all)?;
    if states != 0 && states != found {
        return None;
    }
    let is_2d = all == inputs + fed_back + 2 * found;
    if !is_2d && all != inputs + fed_back + found {
        return None;
    }
    for _ in 0..if is_2d { 4 } else { 3 } {
        weights.read(reader, found, all)?;
    }
    Some(found)
}

/// A stack of layers: one after the other in a series, side by side in the others.
fn stack(
    reader: &mut Reader<'_>,
    weights: &mut Weights,
    kind: Kind,
    flags: u32,
    depth: u32,
) -> Option<Layer> {
    const TALLEST: u32 = 64;
    let size = reader.u32().filter(|&size| size <= TALLEST)?;
    let is_fit = match kind {
        Kind::Series => size > 1,
        Kind::Reversed => size == 1,
        _ => size > 0,
    };
    let mut whole = is_fit.then(|| layer(reader, weights, depth))??;
    for _ in 1..size {
        let next = layer(reader, weights, depth)?;
        if kind == Kind::Series {
            whole.outputs = (next.inputs == whole.outputs).then_some(next.outputs)?;
        } else {
            whole.outputs = (next.inputs == whole.inputs).then_some(whole.outputs + next.outputs)?;
        }
    }
    if flags & FLAG_LAYER_RATES != 0 {
        let rates = reader.u32().filter(|&rates| rates <= TALLEST)?;
        reader.take(rates as usize * 4)?;
    }
    Some(Layer { kind, ..whole })
}

/// Reads matrices, all of them of one number type.
struct Weights {
    is_int: Option<bool>,
}

impl Weights {
    /// A matrix of `outputs` rows, each of `inputs` weights and a bias.
    fn read(&mut self, reader: &mut Reader<'_>, outputs: u32, inputs: u32) -> Option<()> {
        self.shape(reader, inputs).filter(|&(rows, _)| rows == outputs).map(drop)
    }

    /// The size of a matrix whose rows hold `inputs` weights and a bias.
    fn shape(&mut self, reader: &mut Reader<'_>, inputs: u32) -> Option<(u32, u32)> {
        const FLAG_INT: u8 = 1;
        /// Absent in files of 2017; Tesseract built for speed ends the process over those.
        const FLAG_DOUBLE: u8 = 128;
        let mode = reader.u8().filter(|mode| mode & FLAG_DOUBLE != 0)?;
        let is_int = mode & FLAG_INT != 0;
        if *self.is_int.get_or_insert(is_int) != is_int {
            return None;
        }
        let rows = reader.u32().filter(|&rows| rows > 0 && rows < WIDEST)?;
        let columns = reader.u32().filter(|&columns| columns == inputs + 1)?;
        let item = if is_int { 1 } else { 8 };
        reader.take(item)?; // the value of a cell that was never set
        reader.take(rows as usize * columns as usize * item)?;
        if is_int {
            let scales = reader.u32().filter(|&scales| scales == rows)?;
            reader.take(scales as usize * 8)?;
        }
        Some((rows, columns))
    }
}
