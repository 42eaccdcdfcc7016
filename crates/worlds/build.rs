//! Links as a Node addon that stays where it is.
fn main() {
    napi_build::setup();
    // Node unloads an addon with the last environment that loaded it; its threads, if only just ended, would lose their code.
    println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
}
