//! Compresses the `OpenAPI` documents of `docs/`, which the service carries in
//! itself: `openapi.json`, and one for each dialect.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::{env, io};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let dialects = docs.join("compat");
    println!("cargo::rerun-if-changed={}", dialects.display());
    let mut files = vec![docs.join("openapi.json")];
    for entry in fs::read_dir(dialects)? {
        files.push(entry?.path());
    }
    for file in files {
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            println!("cargo::rerun-if-changed={}", file.display());
            let name = file.file_name().unwrap_or_default();
            let packed = File::create(out.join(name).with_extension("json.gz"))?;
            let mut packed = GzEncoder::new(packed, Compression::best());
            io::copy(&mut File::open(&file)?, &mut packed)?;
            packed.finish()?;
        }
    }
    Ok(())
}
