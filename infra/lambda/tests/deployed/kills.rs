//! Functions that die in the middle of what they do: the processes that the emulator runs them in, killed.

use rand::{RngExt, rngs::SmallRng};
use rustix::process::{Pid, Signal, kill_process};
use std::{collections::BTreeMap, fs};

/// Kills one of the functions that run below a process, by lot. Returns which; none where none runs.
pub fn kill_one(below: u32, random: &mut SmallRng) -> Option<String> {
    let processes = processes();
    let functions: Vec<&Process> = processes
        .values()
        .filter(|process| process.name == "bootstrap" && is_below(&processes, process, below))
        .collect();
    let victim = functions.get(random.random_range(0..functions.len().max(1)))?;
    let pid = Pid::from_raw(i32::try_from(victim.pid).unwrap())?;
    kill_process(pid, Signal::KILL).ok()?;
    Some(victim.function.clone())
}

struct Process {
    pid: u32,
    parent: u32,
    name: String,
    function: String,
}

fn processes() -> BTreeMap<u32, Process> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    pids.filter_map(process).map(|process| (process.pid, process)).collect()
}

/// None where it has ended meanwhile.
fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = stat.rsplit_once(") ")?;
    let name = before.split_once('(')?.1.to_owned();
    let parent = after.split(' ').nth(1)?.parse().ok()?;
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let environment = String::from_utf8_lossy(&environment);
    let function = environment.split('\0').find_map(|pair| pair.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="));
    Some(Process { pid, parent, name, function: function.unwrap_or_default().to_owned() })
}

fn is_below(all: &BTreeMap<u32, Process>, process: &Process, ancestor: u32) -> bool {
    std::iter::successors(Some(process), |process| all.get(&process.parent))
        .any(|process| process.parent == ancestor)
}
