//! How something is timed, and how disturbed the machine was meanwhile.

use std::time::{Duration, Instant};

/// Cores of other programs above which a run does not count, where runs may be repeated.
const MOST_FOREIGN: f64 = 0.15;

/// How long and how often something is timed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Runs of which the median is taken. Default 3.
    pub runs: usize,
    /// Least seconds of a run; the work is repeated until then. Default .3.
    pub seconds: f64,
    /// How many runs may be thrown away because other programs took more than .15 of a core meanwhile; once they are
    /// spent, every run counts. Default 0.
    pub tries: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self { runs: 3, seconds: 0.3, tries: 0 }
    }
}

/// Seconds of one repetition of some work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Median of the runs.
    pub median: f64,
    /// The quickest run.
    pub min: f64,
    /// The slowest.
    pub max: f64,
    /// Runs that count.
    pub runs: usize,
    /// Runs thrown away.
    pub discarded: usize,
    /// Cores that other programs took, in the most disturbed run that counts; `None` where the system does not tell.
    pub foreign: Option<f64>,
}

/// Times `work`, which repeats itself as often as it is told and returns the time spent, after a warm-up.
///
/// # Errors
/// The first error of `work`.
pub fn timed<E>(plan: &Plan, mut work: impl FnMut(u64) -> Result<Duration, E>) -> Result<Timing, E> {
    work(1)?;
    let once = work(1)?.as_secs_f64().max(1e-9);
    let times = (plan.seconds / once) as u64 + 1;
    let (mut quiet, mut disturbed) = (Vec::new(), Vec::new());
    let wanted = plan.runs.max(1);
    while quiet.len() < wanted && quiet.len() + disturbed.len() < wanted + plan.tries {
        let (from, busy) = (Instant::now(), foreign_seconds());
        let seconds = work(times)?.as_secs_f64() / times as f64;
        // The counters tick in hundredths of a second.
        let lasted = from.elapsed().as_secs_f64().max(0.05);
        let foreign = foreign_seconds().zip(busy).map(|(after, before)| (after - before).max(0.0) / lasted);
        if foreign.unwrap_or(0.0) <= MOST_FOREIGN {
            quiet.push((seconds, foreign));
        } else {
            disturbed.push((seconds, foreign));
            if plan.tries > 0 {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    }
    let discarded = if quiet.len() < wanted {
        quiet.append(&mut disturbed);
        0
    } else {
        disturbed.len()
    };
    let mut seconds: Vec<f64> = quiet.iter().map(|(seconds, _)| *seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let runs = seconds.len();
    Ok(Timing {
        median: 0.5 * (seconds[(runs - 1) / 2] + seconds[runs / 2]),
        min: seconds[0],
        max: seconds[runs - 1],
        runs,
        discarded,
        foreign: quiet.iter().filter_map(|(_, foreign)| *foreign).reduce(f64::max),
    })
}

/// `times` calls of `work`, as [`timed`] wants them.
pub(crate) fn repeat<T, E>(times: u64, mut work: impl FnMut() -> Result<T, E>) -> Result<Duration, E> {
    let from = Instant::now();
    for _ in 0..times {
        std::hint::black_box(work()?);
    }
    Ok(from.elapsed())
}

/// CPU seconds since the machine started that this process did not use (Linux).
fn foreign_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal: all but the fourth and fifth are work.
    let busy = ticks.get(..8)?.iter().sum::<f64>() - ticks[3] - ticks[4];
    // SAFETY: sysconf reads a constant of the system; getrusage fills the zeroed struct it is given.
    let (tick, own) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        if libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) != 0 {
            return None;
        }
        (libc::sysconf(libc::_SC_CLK_TCK) as f64, usage)
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + 1e-6 * time.tv_usec as f64;
    Some(busy / tick - seconds(own.ru_utime) - seconds(own.ru_stime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_repeats_the_work_until_it_is_long_enough() {
        let mut told = Vec::new();
        let timing = timed::<()>(&Plan { runs: 4, seconds: 1.0, tries: 0 }, |times| {
            told.push(times);
            Ok(Duration::from_millis(100) * u32::try_from(times).unwrap_or(0))
        });
        assert_eq!(told, [1, 1, 11, 11, 11, 11]);
        let timing = timing.expect("no error");
        assert!((timing.median - 0.1).abs() < 1e-9 && timing.runs == 4 && timing.min <= timing.max);
    }

    #[test]
    fn the_median_is_the_middle() {
        let mut left = vec![5, 1, 4, 9, 9];
        let timing = timed::<()>(&Plan { runs: 3, seconds: 0.0, tries: 0 }, |_| {
            Ok(Duration::from_secs(left.pop().unwrap_or(0)))
        });
        let timing = timing.expect("no error");
        assert_eq!((timing.min, timing.median, timing.max), (1.0, 4.0, 5.0));
    }

    #[test]
    fn errors_end_it() {
        assert_eq!(timed(&Plan::default(), |_| Err::<Duration, _>("broken")), Err("broken"));
    }
}
