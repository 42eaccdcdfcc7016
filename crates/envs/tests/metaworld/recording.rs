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
#[derive(Default)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    /// File and line that it begins in.
    pub(crate) place: String,
    pub(crate) random: Vec<f64>,
    pub(crate) start: Vec<f64>,
    pub(crate) first: Vec<f64>,
    /// Where things are to go.
    pub(crate) goal: Vec<f64>,
    pub(crate) steps: Vec<Step>,
}

/// A number's bits: 16 digits, or 8 of one in single precision.
fn number(digits: &str) -> f64 {
    match u64::from_str_radix(digits, 16).expect("hex digits") {
        bits if digits.len() == 16 => f64::from_bits(bits),
        bits => f64::from(f32::from_bits(u32::try_from(bits).expect("8 hex digits"))),
    }
}

fn step(words: &[&str]) -> Step {
    let [x, y, z, grip, reward, own, success] = words else { panic!("a step has seven words: {words:?}") };
    Step {
        action: [x, y, z, grip].into_iter().map(|digits| number(digits)).collect(),
        reward: number(reward),
        own: number(own),
        success: *success == "1",
        ..Step::default()
    }
}

fn episodes_of(path: &Path) -> Vec<Recorded> {
    let file = path.file_name().unwrap().to_str().unwrap();
    let name = file.split('.').next().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let mut recorded: Vec<Recorded> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let (word, rest) = line.split_once(' ').unwrap();
        let words: Vec<&str> = rest.split(' ').collect();
        if word == "random" {
            let place = format!("{file}:{}", at + 1);
            recorded.push(Recorded { name: name.to_owned(), place, ..Recorded::default() });
        }
        let episode = recorded.last_mut().expect("an episode begins with its task");
        if word == "step" {
            episode.steps.push(step(&words));
            continue;
        }
        let numbers = words.into_iter().map(number).collect();
        match word {
            "random" => episode.random = numbers,
            "start" => episode.start = numbers,
            "first" => episode.first = numbers,
            "goal" => episode.goal = numbers,
            "seen" => episode.steps.last_mut().unwrap().seen = numbers,
            "state" => episode.steps.last_mut().unwrap().state = numbers,
            other => panic!("{file}: {other}"),
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
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "episodes")).collect();
    files.sort();
    assert_eq!(files.len(), 50);
    files.iter().flat_map(|path| episodes_of(path)).collect()
}

/// A task that Meta-World drew.
pub(crate) struct Drawn {
    pub(crate) seed: u64,
    pub(crate) list: String,
    pub(crate) name: String,
    /// Which of the environment's goals.
    pub(crate) number: usize,
    pub(crate) random: Vec<f64>,
}

/// Tasks, in the order in which they were drawn.
pub(crate) fn drawn() -> Vec<Drawn> {
    let text = std::fs::read_to_string(folder().join("tasks")).unwrap();
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [list, name] = [1, 2].map(|word| words[word].to_owned());
        let random = words[4..].iter().map(|digits| number(digits)).collect();
        Drawn { seed: words[0].parse().unwrap(), list, name, number: words[3].parse().unwrap(), random }
    };
    text.lines().map(line).collect()
}
