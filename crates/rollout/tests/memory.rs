//! Alone in its process, so that no other test's memory is counted.

#[path = "suite/support.rs"]
mod support;

use support::{Setup, run};
use xmrl_rollout::{Precision, Record, Request};

/// 1000 collections leave the resident memory where the first hundred put it.
#[test]
fn memory_does_not_grow() {
    let resident = || -> usize {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    };
    let setup = Setup::new();
    let request = Request { record: Record::Returns, precision: Precision::F32, ..setup.request() };
    let learning = setup.request();
    let mut after_warm_up = 0;
    for round in 0..1000 {
        let request = if round % 2 == 0 { &request } else { &learning };
        assert_eq!(run(request, 2).len(), 5);
        if round == 100 {
            after_warm_up = resident();
        }
    }
    let grown = resident().saturating_sub(after_warm_up);
    assert!(grown < 8 << 20, "{grown} bytes");
}
