//! Models with the rooms that step them: one for all environments, benchmarks and threads that use a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use xmrl_mujoco::{Model, MujocoError, Room};

use super::arm::WELD;
use super::files::Files;

/// A model, and the rooms in which nobody is now: as many as threads have needed at a time.
pub(super) struct Scene {
    pub(super) model: Arc<Model>,
    free: Mutex<Vec<Room>>,
}

/// Scenes in use, by library and file of the model.
static SCENES: Mutex<Vec<([PathBuf; 2], Weak<Scene>)>> = Mutex::new(Vec::new());

impl Scene {
    /// Loads the model, a tenth of a second, or gives the one that is there. Errors in words: what is missing or does not compile.
    pub(super) fn of(files: &Files, xml: &str) -> Result<Arc<Self>, String> {
        let (library, file) = (files.library()?, files.model(xml)?);
        let key = [library.file().to_owned(), file.clone()];
        let mut scenes = SCENES.lock().unwrap_or_else(PoisonError::into_inner);
        scenes.retain(|(_, scene)| scene.strong_count() > 0);
        if let Some(scene) = scenes.iter().find(|(of, _)| *of == key).and_then(|(_, scene)| scene.upgrade()) {
            return Ok(scene);
        }
        let model = Model::load(library, &file, Some(&WELD)).map_err(|error| error.to_string())?;
        let scene = Arc::new(Scene { model: Arc::new(model), free: Mutex::default() });
        scenes.push((key, Arc::downgrade(&scene)));
        Ok(scene)
    }

    /// A room, for a while.
    pub(super) fn take(&self) -> Result<Room, MujocoError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.map_or_else(|| Room::new(&self.model), Ok)
    }

    /// Takes it back. One that met a fatal error is not given back.
    pub(super) fn give_back(&self, room: Room) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}

/// Rooms that a call has on loan: one of each scene that it meets.
pub(super) struct Loans<'a>(Vec<(&'a Scene, Option<Room>)>);

impl<'a> Loans<'a> {
    pub(super) fn new() -> Self {
        Loans(Vec::new())
    }

    /// Calls `work` with a room of the scene. After an error the room is thrown away.
    pub(super) fn with<T>(
        &mut self,
        scene: &'a Scene,
        work: impl FnOnce(Room) -> Result<(Room, T), MujocoError>,
    ) -> Result<T, MujocoError> {
        let lent = self.0.iter().position(|(of, _)| std::ptr::eq(*of, scene)).unwrap_or_else(|| {
            self.0.push((scene, None));
            self.0.len() - 1
        });
        let slot = &mut self.0[lent].1;
        let room = slot.take().map_or_else(|| scene.take(), Ok)?;
        let (room, done) = work(room)?;
        *slot = Some(room);
        Ok(done)
    }
}

impl Drop for Loans<'_> {
    fn drop(&mut self) {
        for (scene, room) in &mut self.0 {
            if let Some(room) = room.take() {
                scene.give_back(room);
            }
        }
    }
}
