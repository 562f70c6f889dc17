//! Compiles `proto/` without protoc: protox parses, tonic generates the messages, the client and the server.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let files =
        ["event_service", "party_service", "score_service", "quality"].map(|name| format!("rapport/v1/{name}.proto"));
    let descriptors = protox::compile(files, ["proto"])?;
    // The whole set, comments and all, is served by reflection and reads and writes JSON.
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=migrations");
    Ok(())
}
