//! What Linux says about the memory of a process.

use std::{fs, io};

/// Lets Linux begin anew to look for the peak of a process's memory.
pub(crate) fn forget_peak(pid: u64) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// The most memory that a process has had since then, in megabytes.
pub(crate) fn peak(pid: u64) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let kilobytes = line.and_then(|number| number.trim().parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes / 1024).ok_or_else(|| io::Error::other("no VmHWM"))
}
