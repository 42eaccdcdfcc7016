//! One Python process: what it is asked, how it answers, and what is said where it does not.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use xmrl_threads::leave_if_stopped;

use crate::layout::{Layout, RowSizes, Shared};
use crate::spawn::{Launch, Started};

/// How often a wait looks whether its owner still wants the answer.
const LOOK: Duration = Duration::from_millis(50);

/// Lines of a traceback, or of what was printed, that an error shows.
const LINES: usize = 6;

/// Bytes at the end of what was printed among which they are.
const TAIL: u64 = 4096;

/// What a request is called in messages, and how long its answer may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) what: &'static str,
    pub(crate) limit: Duration,
}

/// What went wrong: where, as far as is known, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Row and step of the block.
    pub(crate) at: Option<(usize, usize)>,
    pub(crate) text: String,
}

impl Fault {
    fn new(text: impl Into<String>) -> Self {
        Fault { at: None, text: text.into() }
    }
}

/// A process and the memory that is shared with it. Dropping it ends the process and what that one started.
pub(crate) struct Process {
    started: Started,
    arrays: Option<(Layout, Shared)>,
    /// Environments that it has made.
    pub(crate) made: usize,
    /// A request has no answer yet, so nothing can be asked.
    waiting: bool,
    /// It was waited for: its number may be another's.
    reaped: bool,
}

impl Process {
    /// Starts one and waits until it has made its environment; returns what that one is.
    pub(crate) fn start(launch: &Launch, known: Option<&Value>) -> Result<(Process, Value), Fault> {
        let known = known.map_or_else(|| "null".to_owned(), ToString::to_string);
        let started = launch.start(&known).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Fault::new(format!(
                "there is no Python called `{}`: install Python 3 with numpy and gymnasium, or name one in XMRL_PYTHON",
                launch.python
            )),
            _ => Fault::new(format!("`{}` cannot be started: {error}", launch.python)),
        })?;
        let mut process = Process { started, arrays: None, made: 1, waiting: true, reaped: false };
        let opening = Call { what: "open", limit: launch.patience };
        let description = process.answer(opening)?;
        Ok((process, description))
    }

    /// Whether it can be asked something.
    pub(crate) fn ready(&self) -> bool {
        !self.waiting
    }

    /// Shares arrays for `width` worlds; until then there are none.
    pub(crate) fn open(&mut self, width: usize, sizes: RowSizes, limit: Duration) -> Result<(), Fault> {
        let layout = Layout::new(width, sizes);
        let shared = Shared::new(&self.started.memory, layout.len());
        let mut shared = shared.map_err(|error| Fault::new(format!("no shared memory: {error}")))?;
        shared.of_mut(&(0..layout.len())).fill(0.0);
        self.arrays = Some((layout, shared));
        let mut request = vec![b'O'];
        request.extend_from_slice(&u32::try_from(width).unwrap_or(u32::MAX).to_le_bytes());
        self.ask(&request, Call { what: "open", limit }).map(|_| ())
    }

    /// The arrays and where they lie.
    pub(crate) fn arrays(&mut self) -> (&Layout, &mut Shared) {
        let (layout, shared) = self.arrays.as_mut().expect("arrays are asked for after they were shared");
        (layout, shared)
    }

    /// Sends a request and waits for its answer: null where that is a byte.
    pub(crate) fn ask(&mut self, request: &[u8], call: Call) -> Result<Value, Fault> {
        self.send(request, call)?;
        self.answer(call)
    }

    /// Sends a request, whose [`answer`](Process::answer) is the next thing to ask for.
    pub(crate) fn send(&mut self, request: &[u8], call: Call) -> Result<(), Fault> {
        self.waiting = true;
        self.started.socket.write_all(request).map_err(|error| self.gone(call, &error))
    }

    /// Waits for the answer of what was sent; its time begins now.
    pub(crate) fn answer(&mut self, call: Call) -> Result<Value, Fault> {
        let until = Instant::now() + call.limit;
        let mut kind = [0];
        self.read(&mut kind, until, call)?;
        if kind[0] == b'k' {
            self.waiting = false;
            return Ok(Value::Null);
        }
        let mut length = [0; 4];
        self.read(&mut length, until, call)?;
        let mut text = vec![0; u32::from_le_bytes(length) as usize];
        self.read(&mut text, until, call)?;
        let value: Value = serde_json::from_slice(&text)
            .map_err(|error| Fault::new(format!("an answer of worker.py cannot be read: {error}")))?;
        if kind[0] == b'e' {
            return Err(raised(&value));
        }
        self.waiting = false;
        Ok(value)
    }

    /// Fills `bytes`, or says why they do not come. Unwinds where the thread's owner was stopped; the process is then of no use.
    fn read(&mut self, bytes: &mut [u8], until: Instant, call: Call) -> Result<(), Fault> {
        let mut filled = 0;
        while filled < bytes.len() {
            if !self.wait(until) {
                return Err(self.hangs(call));
            }
            match self.started.socket.read(&mut bytes[filled..]) {
                Ok(0) => return Err(self.gone(call, &ErrorKind::UnexpectedEof.into())),
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.gone(call, &error)),
            }
        }
        Ok(())
    }

    /// Waits until there is something to read; false where the time is up.
    fn wait(&self, until: Instant) -> bool {
        loop {
            leave_if_stopped();
            let left = until.saturating_duration_since(Instant::now());
            let mut socket = libc::pollfd { fd: self.started.socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            let slice = left.min(LOOK).as_millis() as libc::c_int;
            // SAFETY: one entry, which lives through the call.
            let ready = unsafe { libc::poll(&raw mut socket, 1, slice) };
            if ready > 0 {
                return true;
            }
            if ready == 0 && left.is_zero() {
                return false;
            }
        }
    }

    /// Where Python was working, as the shared memory says.
    fn place(&mut self) -> Option<(usize, usize)> {
        let (layout, shared) = self.arrays.as_mut()?;
        let place = shared.of(&layout.place);
        Some((place[0] as usize, place[1] as usize))
    }

    /// The fault of a process that does not answer; it says where it is, and is ended.
    fn hangs(&mut self, call: Call) -> Fault {
        self.signal(libc::SIGUSR1);
        // Its faulthandler writes where it stands, within a millisecond where Python runs at all.
        sleep(Duration::from_millis(100));
        let text = format!(
            "{} took longer than {} s, and its process was ended; mend it, or give it more by XMRL_PYTHON_LIMIT (seconds){}",
            call.what,
            call.limit.as_secs_f64(),
            self.last_printed()
        );
        let at = self.place();
        self.signal(libc::SIGKILL);
        Fault { at: at.filter(|_| call.what != "open"), text }
    }

    /// The fault of a process that has ended.
    fn gone(&mut self, call: Call, error: &io::Error) -> Fault {
        let status = match self.ended() {
            true => self.reap().map_or_else(|error| error.to_string(), |status| status.to_string()),
            false => error.to_string(),
        };
        let text = format!("its process ended in {} ({status}){}", call.what, self.last_printed());
        Fault { at: self.place().filter(|_| call.what != "open"), text }
    }

    /// Whether it has ended, or does so within two seconds. It is not waited for: its number stays its own.
    fn ended(&self) -> bool {
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            // SAFETY: plain data, which the call fills.
            let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
            let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
            // SAFETY: `info` lives through the call; a child of ours that was not waited for.
            let done = unsafe { libc::waitid(libc::P_PID, self.started.child.id(), &raw mut info, flags) };
            // SAFETY: the field that every answer of waitid has.
            if done == 0 && unsafe { info.si_pid() } != 0 {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(Duration::from_millis(1));
        }
    }

    /// Ends what is left of the process and of what it started; how it ended.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        if !std::mem::replace(&mut self.reaped, true) {
            self.signal(libc::SIGKILL);
        }
        self.started.child.wait()
    }

    /// The last lines that it printed, below a sentence.
    fn last_printed(&self) -> String {
        let length = self.started.printed.metadata().map_or(0, |data| data.len());
        let mut bytes = vec![0; length.min(TAIL) as usize];
        if self.started.printed.read_exact_at(&mut bytes, length.saturating_sub(TAIL)).is_err() {
            return String::new();
        }
        let text = String::from_utf8_lossy(&bytes);
        let own = |line: &&str| line.contains("worker.py") || line.starts_with("Extension modules");
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !own(line)).collect();
        if lines.is_empty() {
            return String::new();
        }
        // Of a traceback that goes inwards the first lines are the innermost.
        let dumped = lines.iter().rposition(|line| line.contains("(most recent call first)"));
        let shown = match dumped {
            Some(at) => lines[at + 1..].iter().take(LINES).copied().collect::<Vec<_>>(),
            None => lines[lines.len().saturating_sub(LINES)..].to_vec(),
        };
        let place = if dumped.is_some() { "it stood at (innermost first)" } else { "it last printed" };
        format!("\n{place}:\n{}", shown.join("\n"))
    }

    /// A signal to the process; SIGKILL to all that it started, too.
    fn signal(&self, signal: libc::c_int) {
        let id = self.started.child.id() as libc::pid_t;
        let target = if signal == libc::SIGKILL { -id } else { id };
        // SAFETY: the process was not waited for (`reap`), so its number and its group's are its own.
        unsafe { libc::kill(target, signal) };
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.reap());
    }
}

/// What Python raised, or refused: the words, then where in the environment's code.
fn raised(value: &Value) -> Fault {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |key: &str| value.get(key).and_then(Value::as_u64).map(|number| number as usize);
    let lines = value.get("trace").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let lines: Vec<&str> = lines.collect();
    let stack: String = lines[lines.len().saturating_sub(LINES)..].iter().flat_map(|line| ["\n", line]).collect();
    let call = text("where");
    let call = if call == "open" { String::new() } else { format!("{call}: ") };
    Fault { at: number("row").zip(number("step")), text: format!("{call}{}{stack}", text("text")) }
}
