//! Links as a Node addon that stays where it is.
fn main() {
    napi_build::setup();
    // Node unloads an addon with the last environment that loaded it. Handlers of the C library's `exit` would then point
    // nowhere, and a job that is still on its way out would lose its code.
    println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
}
