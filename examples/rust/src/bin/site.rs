//! Serves the example site on this machine until it is stopped.
//!
//!     cargo run -p aion-examples --bin site -- [PORT] [FOLDER]

use std::error::Error;

use aion_examples::site::Site;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(8000), |port| port.parse())?;
    let folder = arguments.next().unwrap_or_else(|| "examples/site".into());
    let site = Site::open(folder, port)?;
    println!("{}", site.url());
    loop {
        std::thread::park();
    }
}
