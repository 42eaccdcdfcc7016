//! Rooms of small models whose motion is known.

use std::path::Path;

use super::*;
use crate::library::Library;

/// Where `npx xmrl data metaworld` puts libmujoco; tests of it say so where it is not there.
fn library() -> Option<&'static Library> {
    let folder =
        std::env::var("XMRL_DATA_DIR").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../.data").into());
    let file = Path::new(&folder).join("metaworld-3.1.1/libmujoco.so.3.3.0");
    let file = file.canonicalize().ok()?;
    Some(Library::open(&file, Some(crate::LIBRARY_SHA256)).unwrap())
}

fn pendulum(name: &str) -> std::path::PathBuf {
    let file = std::env::temp_dir().join(format!("xmrl-{}-{name}.xml", std::process::id()));
    let xml = r#"<mujoco><option integrator="Euler" timestep="0.001"/><worldbody><body name="bob" pos="0 0 1">
        <joint name="pivot" type="hinge" axis="0 1 0"/><geom name="ball" size=".01" pos="0 0 -.5" mass="2"/>
        </body></worldbody></mujoco>"#;
    std::fs::write(&file, xml).unwrap();
    file
}

#[test]
fn a_pendulum_swings_with_the_period_of_its_length() {
    let Some(library) = library() else { return };
    let file = pendulum("swing");
    let model = Arc::new(Model::load(library, &file, None).unwrap());
    std::fs::remove_file(&file).unwrap();
    let (ball, pivot) = (model.id(Kind::Geom, "ball").unwrap(), model.id(Kind::Joint, "pivot").unwrap());
    assert_eq!((model.nq(), model.nv(), model.position_of(pivot)), (1, 1, 0));
    let missing = model.id(Kind::Body, "cat").unwrap_err().to_string();
    assert!(missing.ends_with("it has no Body cat"), "{missing}");
    let mut room = Room::new(&model).unwrap();
    room.qpos_mut()[0] = 0.01;
    room.forward().unwrap();
    assert!((room.geom(ball)[2] - (1.0 - 0.5 * 0.01f64.cos())).abs() < 1e-15);
    // Half a period of a small swing; the ball has a moment of inertia of its own.
    let length = 0.5 + 0.4 * 0.01f64.powi(2) / 0.5;
    let half = std::f64::consts::PI * (length / 9.81f64).sqrt();
    room.step((half / 0.001).round() as usize).unwrap();
    assert!((room.qpos()[0] + 0.01).abs() < 1e-5, "{}", room.qpos()[0]);
}

#[test]
fn what_lies_on_the_floor_presses_with_its_weight_and_moves_in_one_room_alone() {
    let Some(library) = library() else { return };
    let file = std::env::temp_dir().join(format!("xmrl-{}-ball.xml", std::process::id()));
    let xml = r#"<mujoco><option cone="elliptic"/><worldbody><body name="table" pos="0 0 0"><geom name="top" type="box" size="1 1 .1"/></body>
        <body name="ball" pos="0 0 .2"><freejoint/><geom name="skin" size=".1" mass="2"/></body></worldbody></mujoco>"#;
    std::fs::write(&file, xml).unwrap();
    let model = Arc::new(Model::load(library, &file, None).unwrap());
    std::fs::remove_file(&file).unwrap();
    let geom = |name| model.id(Kind::Geom, name).unwrap();
    let (top, skin, table) = (geom("top"), geom("skin"), model.id(Kind::Body, "table").unwrap());
    let [mut room, mut other] = [0, 1].map(|_| Room::new(&model).unwrap());
    room.step(2000).unwrap();
    room.forward().unwrap();
    let weight = 2.0 * 9.81;
    for pressed in [room.pressing(top, skin), room.pressing(skin, top)] {
        assert!((pressed - weight).abs() < 1e-3 * weight, "{pressed}");
    }
    assert_eq!(room.pressing(top, top), 0.0);
    // Without the table below it the ball falls, here alone.
    room.place(Some((table, [0.0, 0.0, -3.0])));
    room.forward().unwrap();
    other.forward().unwrap();
    assert_eq!((room.body(table)[2], other.body(table)[2], room.pressing(top, skin)), (-3.0, 0.0, 0.0));
    room.place(None);
    room.forward().unwrap();
    assert_eq!((room.body(table), room.pressing(top, skin) > 0.0), ([0.0; 3], true));
}

#[test]
fn fatal_errors_are_values_and_the_room_goes_on_after_a_reset() {
    let Some(library) = library() else { return };
    let file = pendulum("fatal");
    let model = Arc::new(Model::load(library, &file, None).unwrap());
    std::fs::remove_file(&file).unwrap();
    // From inside libmujoco: no such part of a state.
    let fatal = guarded(|| unsafe { (library.state_size)(model.raw, 1 << 31) }).unwrap_err();
    assert!(matches!(&fatal, MujocoError::Fatal(said) if said.contains("mj_stateSize")), "{fatal}");
    let mut room = Room::new(&model).unwrap();
    room.qpos_mut()[0] = f64::NAN;
    room.step(1).unwrap();
    assert!(room.warned());
    room.reset().unwrap();
    room.step(1).unwrap();
    assert!(!room.warned() && room.qpos() == [0.0]);
    let broken = std::env::temp_dir().join(format!("xmrl-{}-broken.xml", std::process::id()));
    std::fs::write(&broken, "<mujoco><worldbody><body><geom size='0'/></body></worldbody></mujoco>").unwrap();
    let error = Model::load(library, &broken, None).err().unwrap().to_string();
    std::fs::remove_file(&broken).unwrap();
    assert!(error.contains("broken.xml: ") && error.contains("size"), "{error}");
}

#[test]
fn another_file_is_refused() {
    let open = |path: &str, sha: Option<&str>| Library::open(Path::new(path), sha).unwrap_err().to_string();
    assert!(open("libmujoco.so", None).contains("give an absolute path"));
    assert!(open("/nowhere/libmujoco.so", None).contains("/nowhere/libmujoco.so does not open"));
    let own = std::env::current_exe().unwrap();
    let own = own.to_str().unwrap();
    let other = open(own, Some(crate::LIBRARY_SHA256));
    assert!(other.contains("its sha256 is") && other.ends_with(crate::LIBRARY_SHA256), "{other}");
    assert!(open(own, None).contains("does not open"));
}

#[test]
fn whatever_is_no_number_is_a_warning() {
    let Some(library) = library() else { return };
    let file = std::env::temp_dir().join(format!("xmrl-{}-motor.xml", std::process::id()));
    let xml = r#"<mujoco><worldbody><body><joint name="hinge" type="hinge" axis="0 1 0"/><geom size=".1" pos="0 0 -.5" mass="2"/></body></worldbody>
        <actuator><motor joint="hinge" gear="1000"/></actuator></mujoco>"#;
    std::fs::write(&file, xml).unwrap();
    let model = Arc::new(Model::load(library, &file, None).unwrap());
    std::fs::remove_file(&file).unwrap();
    let mut room = Room::new(&model).unwrap();
    room.ctrl_mut()[0] = 1.0;
    room.step(1).unwrap();
    assert!(!room.warned());
    // The last: a control that is one, and turns a moment of inertia of half a unit by more than 1e10 rad/s².
    let spoilt: [fn(&mut Room); 4] = [
        |room| room.qpos_mut()[0] = f64::INFINITY,
        |room| room.qvel_mut()[0] = f64::NAN,
        |room| room.ctrl_mut()[0] = f64::NAN,
        |room| room.ctrl_mut()[0] = 9e9,
    ];
    for (at, spoil) in spoilt.into_iter().enumerate() {
        room.reset().unwrap();
        spoil(&mut room);
        room.step(1).unwrap();
        assert!(room.warned(), "case {at}");
    }
}
