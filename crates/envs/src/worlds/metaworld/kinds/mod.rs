//! The environments: how each is arranged, what is seen of it, what it rewards. Formulas are those of Meta-World's "v2" rewards.

mod doors;
mod drawers;
mod goals;
mod levers;
mod pegs;
mod places;
mod rules;
mod sweeps;

pub(super) use rules::{Judged, Rules, frame};

/// The rules of an environment; `None` for one that is not here yet.
pub(super) fn rules(name: &str) -> Option<&'static dyn Rules> {
    let rules: &'static dyn Rules = match name {
        "reach" => &goals::Reach,
        "push" => &goals::Push,
        "pick-place" => &goals::PickPlace,
        "door-open" => &doors::DoorOpen,
        "door-close" => &doors::DoorClose,
        "drawer-close" => &drawers::DrawerClose,
        "drawer-open" => &drawers::DrawerOpen,
        "button-press-topdown" => &levers::ButtonPressTopdown,
        "window-open" => &levers::WindowOpen,
        "lever-pull" => &levers::LeverPull,
        "peg-insert-side" => &pegs::PegInsertSide,
        "basketball" => &places::Basketball,
        "shelf-place" => &places::ShelfPlace,
        "sweep" => &sweeps::Sweep,
        "sweep-into" => &sweeps::SweepInto,
        _ => return None,
    };
    Some(rules)
}
