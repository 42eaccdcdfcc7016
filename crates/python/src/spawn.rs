//! Starts Python processes so that they end with this one.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How the processes of a world are started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The Python to run: a path, or a name that is looked for in `PATH`.
    pub python: String,
    /// worker.py of this version.
    pub worker: PathBuf,
    /// `module:factory`.
    pub reference: String,
    /// Folders in which modules are looked for before all others.
    pub folders: Vec<PathBuf>,
    /// How long a step or the beginning of episodes may take, for all rows of a process together.
    pub limit: Duration,
    /// How long a process may take until it is ready, and to draw tasks.
    pub patience: Duration,
}

/// A process that has just been started, and what it shares with this one.
pub(crate) struct Started {
    pub(crate) child: Child,
    /// Our end.
    pub(crate) socket: UnixStream,
    /// What arrays are mapped from.
    pub(crate) memory: File,
    /// What it prints.
    pub(crate) printed: File,
    /// The end of a pipe that nobody writes to: once this process no longer holds it, however it ended, the kernel ends the group.
    _life: OwnedFd,
}

impl Launch {
    /// Starts a process; `known` is what an earlier one has found out, as JSON.
    pub(crate) fn start(&self, known: &str) -> io::Result<Started> {
        let (socket, theirs) = UnixStream::pair()?;
        let (memory, printed) = (unnamed(c"xmrl-worlds")?, unnamed(c"xmrl-printed")?);
        append(&printed)?;
        let (life, ours) = pipe()?;
        let inherited = [theirs.as_raw_fd(), memory.as_raw_fd(), life.as_raw_fd()];
        let mut command = Command::new(&self.python);
        command.arg(&self.worker).args(inherited.map(|number| number.to_string())).arg(known).arg(&self.reference);
        command.args(&self.folders);
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(printed.try_clone()?);
        // A process steps its environments one after another; a machine's CPUs are shared by processes.
        for threads in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            if std::env::var_os(threads).is_none() {
                command.env(threads, "1");
            }
        }
        // A group of its own: a terminal's Ctrl-C is for us, who save first, and the group can be ended with what it started.
        command.process_group(0);
        let prepare = move || {
            // SAFETY: a system call that may be made between fork and exec, on numbers of this process.
            unsafe {
                for number in inherited {
                    if libc::fcntl(number, libc::F_SETFD, 0) != 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
            }
            Ok(())
        };
        // SAFETY: `prepare` allocates nothing and takes no lock.
        unsafe { command.pre_exec(prepare) };
        let child = command.spawn()?;
        Ok(Started { child, socket, memory, printed, _life: ours })
    }
}

/// A file in memory alone.
fn unnamed(name: &CStr) -> io::Result<File> {
    // SAFETY: `name` is NUL-terminated; the number that comes back is owned by nobody else.
    unsafe {
        // By its number: glibc has a name for it from 2.27 on only.
        let number = libc::syscall(libc::SYS_memfd_create, name.as_ptr(), libc::MFD_CLOEXEC) as libc::c_int;
        if number < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(number).into()) }
    }
}

/// A pipe's ends: to read, and to write.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: room for two numbers, which are owned by nobody else.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

/// Has every writer of a file write at its end, also after it was cut.
fn append(file: &File) -> io::Result<()> {
    // SAFETY: changes a flag of a file of ours.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, libc::O_APPEND) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
