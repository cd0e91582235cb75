//! The real program, started as a child process and spoken to over HTTP: what only a process that is started, killed and
//! started again can show.

#![cfg(test)]

mod audit;
mod bridge;
mod calls;
mod command_line;
mod demonstration;
mod killed;
mod readme;
mod scene;
mod telling;
mod tokens;
