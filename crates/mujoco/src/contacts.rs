//! What touches what.

use crate::layout;
use crate::room::Room;

impl Room {
    /// The normal forces of all contacts between two geoms since the last [`forward`](Room::forward) or [`step`](Room::step), summed, N;
    /// 0 where they do not touch. Of models with elliptic cones of friction: others solve no normal force by itself.
    #[must_use]
    pub fn pressing(&self, a: usize, b: usize) -> f64 {
        let pair = |[first, second]: [i32; 2]| [(a, b), (b, a)].contains(&(first as usize, second as usize));
        // SAFETY: arrays of libmujoco's own lengths `ncon` and `nefc`. A row of the forces is asked for only where the contact has one.
        unsafe {
            let contacts: *const u8 = self.pointer(layout::DATA_CONTACT);
            let forces: *const f64 = self.pointer(layout::DATA_EFC_FORCE);
            let (count, rows) = (self.number(layout::DATA_NCON), self.number(layout::DATA_NEFC));
            let of = |contact: usize| {
                let contact = contacts.add(contact * layout::CONTACT_SIZE);
                let row = *contact.add(layout::CONTACT_EFC_ADDRESS).cast::<i32>();
                let touches = pair(*contact.add(layout::CONTACT_GEOM).cast());
                if touches && (0..rows).contains(&row) { *forces.add(row as usize) } else { 0.0 }
            };
            (0..count.max(0) as usize).map(of).sum()
        }
    }
}
