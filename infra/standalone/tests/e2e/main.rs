//! The real program, started as a child process and spoken to over HTTP: what only a process that is started, killed and
//! started again can show.

#![cfg(test)]

mod audit;
mod bridge;
mod busy;
mod calls;
mod command_line;
mod demonstration;
mod disturbed;
#[cfg(target_os = "linux")]
mod full_disk;
mod killed;
mod network;
mod proxy;
mod readme;
mod scene;
mod seats;
mod slices;
mod telling;
mod tokens;
