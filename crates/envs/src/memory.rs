//! How much memory there is, so that a request for more is an error and not the end of the process.

use std::sync::OnceLock;

/// Bytes that this process may have: the machine's, or what its control group is allowed, or what is left of its address space where that
/// has a limit (`ulimit -v`). Without a word from the system, no bound but the largest number.
pub fn memory_of_machine() -> u64 {
    static BYTES: OnceLock<u64> = OnceLock::new();
    *BYTES.get_or_init(|| {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
        let limits = limits.into_iter().filter_map(|path| read(path).trim().parse().ok());
        let left = address_space(&read("/proc/self/limits"), &read("/proc/self/status"));
        limits.chain(left).chain(total(&read("/proc/meminfo"))).filter(|bytes| *bytes > 0).min().unwrap_or(u64::MAX)
    })
}

/// `MemTotal:  16301136 kB` in bytes.
fn total(meminfo: &str) -> Option<u64> {
    kilobytes(meminfo, "MemTotal:")
}

/// What the soft limit of the address space leaves beyond what the process has, bytes; at least one, since none means no word.
fn address_space(limits: &str, status: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(kilobytes(status, "VmSize:")?).max(1))
}

/// The line `name  16301136 kB` of a table of the kernel's, in bytes.
fn kilobytes(table: &str, name: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The product of counts and sizes, the largest number where it is larger.
pub fn product(factors: &[usize]) -> u64 {
    factors.iter().fold(1, |all: u64, &factor| all.saturating_mul(factor as u64))
}

/// Bytes in GiB, for a message.
pub fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_the_kernels_table() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       16301136 kB\n"), Some(16_301_136 * 1024));
        assert_eq!(total("MemTotal: many\n"), None);
        // A machine that runs this has more than 64 MiB and less than an exabyte.
        assert!((1 << 26..1 << 60).contains(&memory_of_machine()));
    }

    #[test]
    fn a_limit_of_the_address_space_leaves_what_is_not_taken() {
        let limits = |soft| {
            format!("Limit  Soft Limit  Hard Limit  Units\nMax address space         {soft}     unlimited   bytes\n")
        };
        let status = "Name:\tnode\nVmPeak:\t  900 kB\nVmSize:\t  800 kB\n";
        assert_eq!(address_space(&limits("1048576"), status), Some(1_048_576 - 800 * 1024));
        assert_eq!(address_space(&limits("1000"), status), Some(1));
        assert_eq!(address_space(&limits("unlimited"), status), None);
        assert_eq!(address_space("", status), None);
    }

    #[test]
    fn products_do_not_wrap() {
        assert_eq!(product(&[3, 5, 7]), 105);
        assert_eq!(product(&[usize::MAX, 2]), u64::MAX);
        assert_eq!(product(&[0, usize::MAX]), 0);
    }
}
