//! The kernels' PTX, a file a family of worlds.

/// Family and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/ptx.rs"));

/// Families that have kernels.
pub fn families() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(family, _)| *family)
}

/// The PTX of a family; none where it has no kernels.
#[must_use]
pub fn ptx(family: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == family).map(|(_, text)| *text)
}
