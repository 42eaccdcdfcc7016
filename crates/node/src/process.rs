//! What a run asks of the operating system and Node does not offer: a lock that the kernel gives back when its holder is
//! gone, and an end that waits for nothing.

use std::io;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicUsize, Ordering};

use napi_derive::napi;

use crate::error::{Result, SeamError};

/// Exit code of a process that is ended by a second signal: that of a program that Ctrl-C ended.
const ENDED: c_int = 130;
/// Signals are numbered from 1 to 64.
const SIGNALS: usize = 65;
/// The same signal again within so many milliseconds is the same request.
const TWICE: i64 = 30;
/// So too where our parent passes on what another has sent.
const PASSED_ON: i64 = 500;

/// Takes the kernel's advisory lock (`flock`) on an open file: true where this open file has it now, false where another
/// open file has it, of this process or of any other. It is held until it is given back, until the descriptor is closed, or
/// until the process is gone, however it ends. `ERR_OUTPUT` says why where the file system has no locks.
#[napi]
pub(crate) fn lock_file(descriptor: i32) -> napi::Result<bool> {
    loop {
        // SAFETY: a descriptor that is not open is an error of the call.
        if unsafe { libc::flock(descriptor, libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EWOULDBLOCK) => return Ok(false),
            _ => return Err(SeamError::new("ERR_OUTPUT", error.to_string()).into()),
        }
    }
}

/// Gives the lock of an open file back, also where a child that is just being started still has a copy of the descriptor.
#[napi]
pub(crate) fn unlock_file(descriptor: i32) {
    // SAFETY: as above; what is not locked stays so.
    unsafe { libc::flock(descriptor, libc::LOCK_UN) };
}

/// From now on the kernel kills this process when the thread that started it is gone, whatever this process is doing.
#[napi]
pub(crate) fn end_with_parent() {
    // SAFETY: sets one attribute of the process.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

/// Ends the process at once with an exit code: no clean-up, no thread is waited for, in whatever code it is.
#[napi]
pub(crate) fn end_process(code: i32) {
    // SAFETY: nothing of ours is used afterwards.
    unsafe { libc::_exit(code) }
}

/// What came since `end_on_second_signal`.
static CAME: Came = Came { signal: AtomicI32::new(0), sender: AtomicI32::new(0), milliseconds: AtomicI64::new(0) };
/// The handlers that were there before, by signal.
static BEFORE: [AtomicUsize; SIGNALS] = [const { AtomicUsize::new(libc::SIG_DFL) }; SIGNALS];

/// The first signal; 0 before there is one.
struct Came {
    signal: AtomicI32,
    /// Process that sent it; 0 is the kernel, and so a terminal.
    sender: AtomicI32,
    milliseconds: AtomicI64,
}

/// One request that comes twice is one: `timeout` signals its child and then the child's group, and npm passes on to its child
/// the Ctrl-C that the terminal has sent to both.
fn echo(signal: c_int, sender: i32, now: i64) -> bool {
    let after = now - CAME.milliseconds.load(Ordering::SeqCst);
    // SAFETY: asks for a number.
    let parent = unsafe { libc::getppid() };
    let passed_on = sender == parent && CAME.sender.load(Ordering::SeqCst) != parent;
    CAME.signal.load(Ordering::SeqCst) == signal && after < if passed_on { PASSED_ON } else { TWICE }
}

/// Calls only what a signal handler may: atomics, the clock, `_exit`, and the handler that was there (Node's, written to be one).
extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let mut clock = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel hands over a `siginfo_t`; the clock is written into a structure of ours.
    let sender = unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut clock);
        if (*info).si_code == libc::SI_USER { (*info).si_pid() } else { 0 }
    };
    let now = clock.tv_sec * 1000 + clock.tv_nsec / 1_000_000;
    if CAME.signal.load(Ordering::SeqCst) == 0 {
        CAME.sender.store(sender, Ordering::SeqCst);
        CAME.milliseconds.store(now, Ordering::SeqCst);
        CAME.signal.store(signal, Ordering::SeqCst);
    } else if !echo(signal, sender, now) {
        // SAFETY: ends every thread of the process at once.
        unsafe { libc::_exit(ENDED) };
    } else {
        return;
    }
    let before = BEFORE[signal as usize].load(Ordering::SeqCst);
    if before != libc::SIG_DFL && before != libc::SIG_IGN {
        // SAFETY: `sigaction` gave it as a handler without `SA_SIGINFO`.
        unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(before)(signal) };
    }
}

/// The first of `signals` that comes goes to the listeners that the process has for it; the second, of whichever kind, ends
/// the process with exit code 130 at once, whatever its threads are doing, JavaScript or native code. To be called after the
/// listeners are set; taking the last of them away undoes it. `ERR_USAGE` for what is no signal with a listener.
#[napi]
pub(crate) fn end_on_second_signal(signals: Vec<i32>) -> napi::Result<()> {
    CAME.signal.store(0, Ordering::SeqCst);
    for signal in signals {
        install(signal)?;
    }
    Ok(())
}

fn install(signal: c_int) -> Result<()> {
    let refused = || SeamError::new("ERR_USAGE", format!("{signal} is no signal that is listened to"));
    let place = usize::try_from(signal).ok().and_then(|number| BEFORE.get(number)).ok_or_else(refused)?;
    let ours = on_signal as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
    // SAFETY: both structures are plain data that live through the calls.
    unsafe {
        let mut there: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, std::ptr::null(), &raw mut there) != 0 {
            return Err(refused());
        }
        match there.sa_sigaction {
            handler if handler == ours => return Ok(()),
            libc::SIG_DFL | libc::SIG_IGN => return Err(refused()),
            _ if there.sa_flags & libc::SA_SIGINFO != 0 => return Err(refused()),
            handler => place.store(handler, Ordering::SeqCst),
        }
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = ours;
        action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
        libc::sigfillset(&raw mut action.sa_mask);
        if libc::sigaction(signal, &raw const action, std::ptr::null_mut()) != 0 {
            return Err(refused());
        }
    }
    Ok(())
}
