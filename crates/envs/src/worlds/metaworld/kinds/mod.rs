//! The environments: how each is arranged, what is seen of it, what it rewards. Formulas are those of Meta-World's "v2" rewards.

mod buttons;
mod coffee;
mod doors;
mod drawers;
mod goals;
mod handles;
mod holes;
mod levers;
mod locks;
mod pegs;
mod places;
mod plates;
mod rules;
mod sticks;
mod sweeps;
mod tools;
mod walls;

pub(super) use rules::{Judged, Rules, frame};

/// The rules of an environment; `None` for a name that is none.
pub(super) fn rules(name: &str) -> Option<&'static dyn Rules> {
    let rules: &'static dyn Rules = match name {
        "reach" | "reach-wall" => &goals::Reach,
        "push" => &goals::Push,
        "pick-place" => &goals::PickPlace,
        "push-wall" => &walls::PushWall,
        "pick-place-wall" => &walls::PickPlaceWall,
        "door-open" => &doors::DoorOpen,
        "door-close" => &doors::DoorClose,
        "door-lock" => &locks::DoorLock,
        "door-unlock" => &locks::DoorUnlock,
        "drawer-close" => &drawers::DrawerClose,
        "drawer-open" => &drawers::DrawerOpen,
        "button-press" => &buttons::FRONT,
        "button-press-wall" => &buttons::FRONT_WALL,
        "button-press-topdown" => &buttons::TOPDOWN,
        "button-press-topdown-wall" => &buttons::TOPDOWN_WALL,
        "coffee-button" => &buttons::CoffeeButton,
        "coffee-pull" => &coffee::PULL,
        "coffee-push" => &coffee::PUSH,
        "window-open" => &levers::WindowOpen,
        "window-close" => &levers::WindowClose,
        "lever-pull" => &levers::LeverPull,
        "faucet-open" => &levers::FAUCET_OPEN,
        "faucet-close" => &levers::FAUCET_CLOSE,
        "dial-turn" => &levers::DialTurn,
        "handle-press" | "handle-press-side" => &handles::HandlePress,
        "handle-pull" => &handles::HandlePull,
        "handle-pull-side" => &handles::HandlePullSide,
        "plate-slide" => &plates::IN,
        "plate-slide-back" => &plates::BACK,
        "plate-slide-side" => &plates::SIDE,
        "plate-slide-back-side" => &plates::BACK_SIDE,
        "peg-insert-side" => &pegs::PegInsertSide,
        "peg-unplug-side" => &pegs::PegUnplugSide,
        "basketball" => &places::Basketball,
        "shelf-place" => &places::ShelfPlace,
        "assembly" => &tools::Assembly,
        "disassemble" => &tools::Disassemble,
        "hammer" => &tools::Hammer,
        "stick-push" => &sticks::StickPush,
        "stick-pull" => &sticks::StickPull,
        "bin-picking" => &holes::BinPicking,
        "box-close" => &holes::BoxClose,
        "hand-insert" => &holes::HandInsert,
        "pick-out-of-hole" => &holes::PickOutOfHole,
        "sweep" => &sweeps::Sweep,
        "sweep-into" => &sweeps::SweepInto,
        "push-back" => &sweeps::PushBack,
        "soccer" => &sweeps::Soccer,
        _ => return None,
    };
    Some(rules)
}
