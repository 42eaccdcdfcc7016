//! Without Meta-World's files, in a process of its own: everything else is there, and what is missing is said.

use xmrl_envs::{EnvError, MetaworldFiles, environment, environments};

#[test]
fn a_preset_without_its_files_says_which_command_fetches_them() {
    let message = |preset: &str| match environment(preset) {
        Err(error @ EnvError::NoMetaworld { .. }) => (error.code(), error.to_string()),
        other => panic!("{other:?}"),
    };
    let (code, said) = message("metaworld/reach");
    assert_eq!(code, "ERR_METAWORLD");
    assert!(said.starts_with("metaworld/reach needs Meta-World's models and libmujoco 3.3.0: "), "{said}");
    assert!(said.ends_with("; `npx xmrl data metaworld` fetches them once with pip"), "{said}");

    MetaworldFiles { folder: "/nowhere".into(), library: None }.look_here();
    assert!(message("metaworld/ml10").1.contains("there is no /nowhere/libmujoco.so.3.3.0"));
    // Another library than the one whose hash is known.
    let folder = std::env::temp_dir().join(format!("xmrl-metaworld-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("libmujoco.so.3.3.0"), "another library").unwrap();
    MetaworldFiles { folder: folder.clone(), library: None }.look_here();
    let other = message("metaworld/push").1;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(other.contains("libmujoco.so.3.3.0 is not the library it must be: its sha256 is"), "{other}");

    assert!(environments().iter().any(|spec| spec.preset == "metaworld/push"));
    environment("drone-planar").unwrap();
}
