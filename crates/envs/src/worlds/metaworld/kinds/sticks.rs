//! stick-push, stick-pull: a container is moved with a stick.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail};
use super::super::space::{distance, plus, weighted};
use super::rules::{Judged, Rules, write};

/// Where the stick begins, z.
const LOW: f64 = 0.02;

/// How near a container must be to its goal, m.
const THERE: f64 = 0.12;

const STICK: usize = 0;
const INSERTION: usize = 1;
const CONTAINER: usize = 2;

/// The stick, and the container's opening with an offset.
fn write_stick(arm: &Arm, offset: [f64; 3], objects: &mut [f64]) {
    let stick = arm.own(STICK);
    write(objects, arm.room.body(stick), as_quat(arm.room.body_mat(stick)));
    write(&mut objects[7..], plus(arm.room.site(arm.own(INSERTION)), offset), [0.0; 4]);
}

/// Lays the stick down, and slides the container; where that is then.
fn lay(arm: &mut Arm, stick: [f64; 3], slide: [f64; 2]) -> Result<[f64; 3], MujocoError> {
    arm.set_object(stick)?;
    let speeds = arm.room.qvel().len();
    // Of the container's two speeds Meta-World stops the second.
    arm.set(16, &slide, speeds - 1..speeds)?;
    Ok(arm.room.body(arm.own(CONTAINER)))
}

fn start_of(random: &[f64]) -> [f64; 3] {
    [random[0], random[1], LOW]
}

fn lifted(stick: [f64; 3], start: [f64; 3]) -> bool {
    stick[2] - 0.01 > start[2]
}

/// The container is pushed with the stick, which must be held to the end.
pub(super) struct StickPush;

impl Rules for StickPush {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[
            (Kind::Body, "stick"),
            (Kind::Site, "insertion"),
            (Kind::Body, "object"),
            (Kind::Geom, "objGeom"),
            (Kind::Geom, "leftpad_geom"),
            (Kind::Geom, "rightpad_geom"),
        ]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = start_of(&given.random);
        given.target = [given.random[3], given.random[4], arm.room.site(arm.own(INSERTION))[2]];
        given.own = lay(arm, given.object, [0.0, 0.0])?;
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_stick(arm, [0.0, 0.09, 0.0], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let (stick, target) = (plus(seen.object(), [0.015, 0.0, 0.0]), given.target);
        let left = distance(seen.second(), target);
        let [near, placed] = [(stick, given.object), (seen.second(), given.own)]
            .map(|(at, start)| long_tail(distance(at, target), [0.0, THERE], distance(start, target) - THERE));
        let cage = Cage { radius: 0.04, pad: 0.05, aside: 0.01, effort: 1.0 };
        let mut reward = cage.dense(seen, given, stick);
        let up = lifted(stick, given.object);
        if distance(stick, seen.fingers) < 0.02 && seen.opening() > 0.0 && up {
            reward = if left <= THERE { 10.0 } else { 2.0 + 5.0 * near + 3.0 * placed };
        }
        let [own, pads @ ..] = [3, 4, 5].map(|thing| seen.arm.own(thing));
        let pressed = pads.into_iter().all(|pad| seen.arm.room.pressing(pad, own) > 0.0);
        let held = pressed && seen.opening() > 0.0 && lifted(seen.object(), given.object);
        Judged { reward, success: held && left <= THERE }
    }
}

/// The container is pulled with the stick in its handle.
pub(super) struct StickPull;

impl Rules for StickPull {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "stick"), (Kind::Site, "insertion"), (Kind::Body, "object"), (Kind::Site, "stick_end")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.own = start_of(&given.random);
        given.target = [given.random[3], given.random[4], LOW];
        // What Meta-World's cage goes by is where the container began, not the stick.
        given.object = lay(arm, given.own, [0.0, 0.09])?;
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_stick(arm, [0.0; 3], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        const WEIGHTS: [f64; 3] = [1.0, 1.0, 2.0];
        const SIDE: [f64; 3] = [0.05, 0.0, 0.0];
        let (stick, handle, end) = (seen.object(), seen.second(), seen.site(3));
        let (start, target) = (given.own, given.target);
        let container = plus(handle, SIDE);
        let margin = weighted(start, plus(given.object, SIDE), WEIGHTS);
        let near = long_tail(weighted(stick, container, WEIGHTS), [0.0, NEAR], margin);
        let carried = long_tail(distance(stick, target), [0.0, NEAR], distance(start, target));
        let placed = long_tail(distance(container, target), [0.0, NEAR], distance(given.object, target));
        let held = distance(stick, seen.fingers) < 0.02 && seen.opening() > 0.0 && lifted(stick, start);
        let cage = Cage { radius: 0.014, pad: 0.05, aside: 0.01, effort: 1.0 };
        let mut reward = both(if held { 1.0 } else { cage.dense(seen, given, stick) }, near);
        let inserted = end[0] >= handle[0] && (end[1] - handle[1]).abs() <= 0.04 && (end[2] - handle[2]).abs() <= 0.06;
        let there = distance(handle, target) <= THERE;
        if held {
            reward = match (inserted, there) {
                (false, _) => 1.0 + reward + 5.0 * near,
                (true, false) => 1.0 + reward + 5.0 + 2.0 * carried + placed,
                (true, true) => 10.0,
            };
        }
        Judged { reward, success: there && inserted }
    }
}
