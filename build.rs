//! Lists the catalog files so that adding a library is adding one YAML file, and compiles them into the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn list(folder: &str, constant: &str, out: &mut String) {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files: Vec<PathBuf> = fs::read_dir(root.join(folder))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    files.sort();
    println!("cargo::rerun-if-changed={folder}");
    writeln!(out, "static {constant}: &[(&str, &str)] = &[").expect("writing to a string");
    for file in files {
        let name = file
            .file_name()
            .map(Path::new)
            .expect("it was listed")
            .display()
            .to_string();
        println!("cargo::rerun-if-changed={folder}/{name}");
        writeln!(
            out,
            "    (\"{folder}/{name}\", include_str!({:?})),",
            file.display().to_string()
        )
        .expect("writing to a string");
    }
    out.push_str("];\n");
}

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut out = String::new();
    list("rules/libraries", "LIBRARIES", &mut out);
    list("rules/frameworks", "FRAMEWORKS", &mut out);
    for (constant, file) in [
        ("DIALECTS", "rules/dialects.yaml"),
        ("CONTEXTS", "rules/contexts.yaml"),
        ("UNITS", "rules/units.yaml"),
    ] {
        println!("cargo::rerun-if-changed={file}");
        writeln!(
            out,
            "static {constant}: &str = include_str!({:?});",
            format!("{root}/{file}")
        )
        .expect("writing to a string");
    }
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("catalog_files.rs");
    fs::write(target, out).expect("the build folder can be written");
}
