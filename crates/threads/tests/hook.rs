//! Panics of threads that work for nobody go to the hook that was there before. The only test of its process: the hook is the
//! process's.

use std::panic::set_hook;
use std::sync::Mutex;
use std::thread;

use xmrl_threads::{Ended, Owner};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn panics_of_threads_without_an_owner_go_where_they_went_before() {
    set_hook(Box::new(|info| HEARD.lock().unwrap().push(info.payload_as_str().unwrap_or_default().to_owned())));
    let (owner, _another) = (Owner::new(), Owner::new());
    assert!(thread::spawn(|| panic!("nobody's")).join().is_err());
    assert!(matches!(owner.work(|| panic!("an owner's")), Err(Ended::Panicked(panic)) if panic.text == "an owner's"));
    assert!(thread::spawn(|| panic!("nobody's again")).join().is_err());
    assert_eq!(*HEARD.lock().unwrap(), ["nobody's", "nobody's again"]);
}
