//! Where Meta-World's models and libmujoco lie.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use xmrl_mujoco::{LIBRARY_SHA256, Library};

/// Where they are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The folder that `xmrl data metaworld` makes.
    pub folder: PathBuf,
    /// Another libmujoco 3.3.0 than the folder's, of the user's own: then its hash may be any.
    pub library: Option<PathBuf>,
}

static FILES: Mutex<Option<Files>> = Mutex::new(None);

impl Files {
    /// Has this process look here from now on. Worlds that are there stay as they are.
    pub fn look_here(self) {
        *FILES.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }

    /// Where it looks; an error in words where nobody has said so.
    pub(super) fn here() -> Result<Files, String> {
        let files = FILES.lock().unwrap_or_else(PoisonError::into_inner).clone();
        files.ok_or_else(|| "nobody has said where they lie".to_owned())
    }

    /// Opens the library. Errors in words: what is missing, or another one.
    pub(super) fn library(&self) -> Result<&'static Library, String> {
        let own = self.folder.join("libmujoco.so.3.3.0");
        let (file, hash) = match &self.library {
            Some(file) => (file, None),
            None => (&own, Some(LIBRARY_SHA256)),
        };
        present(file)?;
        Library::open(file, hash).map_err(|error| error.to_string())
    }

    /// The lean twin of a model: what is only drawn is left out. Errors in words.
    pub(super) fn model(&self, xml: &str) -> Result<PathBuf, String> {
        let file = self.folder.join("assets").join("sawyer_xyz").join(format!("lean_{xml}"));
        present(&file)?;
        Ok(file)
    }
}

fn present(file: &Path) -> Result<(), String> {
    if file.exists() { Ok(()) } else { Err(format!("there is no {}", file.display())) }
}
