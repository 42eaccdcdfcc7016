//! What `scripts/metaworld/oracle.py` has written.

use std::path::{Path, PathBuf};

/// One step of Meta-World.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) action: Vec<f64>,
    /// With the action in double precision.
    pub(crate) reward: f64,
    /// As Meta-World gives it, single precision in some branches.
    pub(crate) own: f64,
    pub(crate) success: bool,
    /// Two frames, where they were written.
    pub(crate) seen: Vec<f64>,
    pub(crate) state: Vec<f64>,
}

/// One episode of Meta-World.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) random: Vec<f64>,
    pub(crate) start: Vec<f64>,
    pub(crate) first: Vec<f64>,
    pub(crate) steps: Vec<Step>,
}

fn number(digits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(digits, 16).expect("16 hex digits"))
}

fn episode(path: &Path) -> Recorded {
    let file = path.file_name().unwrap().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let name = file.split('.').next().unwrap().to_owned();
    let mut recorded = Recorded { name, file, random: vec![], start: vec![], first: vec![], steps: vec![] };
    for line in text.lines() {
        let mut words = line.split(' ');
        let word = words.next().unwrap();
        let numbers: Vec<f64> = words.map(number).collect();
        if word == "act" {
            recorded.steps.push(Step { action: numbers, ..Step::default() });
            continue;
        }
        match word {
            "random" => recorded.random = numbers,
            "start" => recorded.start = numbers,
            "first" => recorded.first = numbers,
            _ => {
                let step = recorded.steps.last_mut().unwrap();
                match word {
                    "reward" => step.reward = numbers[0],
                    "own" => step.own = numbers[0],
                    "success" => step.success = numbers[0] != 0.0,
                    "seen" => step.seen = numbers,
                    "state" => step.state = numbers,
                    other => panic!("{}: {other}", path.display()),
                }
            }
        }
    }
    recorded
}

/// Where recordings lie: those of the gate (`XMRL_METAWORLD_RECORDED`), else the small one that is committed.
pub(crate) fn folder() -> PathBuf {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/metaworld");
    std::env::var_os("XMRL_METAWORLD_RECORDED").map_or_else(|| committed.into(), PathBuf::from)
}

/// Every recorded episode, by file name.
pub(crate) fn episodes() -> Vec<Recorded> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "episode")).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|path| episode(path)).collect()
}

/// A task that Meta-World drew.
pub(crate) struct Drawn {
    pub(crate) seed: u64,
    pub(crate) list: String,
    pub(crate) name: String,
    pub(crate) random: Vec<f64>,
}

/// Tasks, in the order in which they were drawn.
pub(crate) fn drawn() -> Vec<Drawn> {
    let text = std::fs::read_to_string(folder().join("tasks")).unwrap();
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let random = words[3..].iter().map(|digits| number(digits)).collect();
        Drawn { seed: words[0].parse().unwrap(), list: words[1].to_owned(), name: words[2].to_owned(), random }
    };
    text.lines().map(line).collect()
}
